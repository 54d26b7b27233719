"""Batches across requests: order, fairness, bounds, failures, the end. The model is a plain function here."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from services.llm.generation import QueueFull, Stopped
from services.llm.microbatch import MOST_FAILURES, TURN_SECONDS, Microbatch
from tests.waiting import wait_for

PATIENCE = 20


class Model:
    """Gives every text its own reverse; keeps what it was given, waits at the gate, fails as told."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.is_open = threading.Event()
        self.is_open.set()
        self.has_begun = threading.Event()
        self.most_tokens = 10**9
        self.bad = ""
        self.seconds = 0.0

    def __call__(self, texts: Sequence[str]) -> list[str]:
        self.batches.append(list(texts))
        self.has_begun.set()
        assert self.is_open.wait(PATIENCE)
        threading.Event().wait(self.seconds)
        if len(texts) * max(map(len, texts)) > self.most_tokens:
            raise MemoryError("too much at once")
        if self.bad and self.bad in texts:
            raise ValueError("no such text")
        return [text[::-1] for text in texts]


@contextmanager
def working(model: Model, **options: float) -> Iterator[Microbatch[str, str]]:
    settings = {"window_s": 0.003, "batch_tokens": 4096, **options}
    batches: Microbatch[str, str] = Microbatch(model, **settings)  # type: ignore[arg-type]
    batches.start()
    try:
        yield batches
    finally:
        model.is_open.set()
        batches.stop(PATIENCE)


@contextmanager
def busy(model: Model, batches: Microbatch[str, str]) -> Iterator[None]:
    """The model is at a text of its own for as long as this lasts, and everything else waits."""
    model.is_open.clear()
    model.has_begun.clear()
    batches.submit(["busy"])
    assert model.has_begun.wait(PATIENCE)
    yield
    model.is_open.set()


@pytest.mark.parametrize("lanes", [1, 3])
def test_everybody_gets_their_own_rows_in_their_order(lanes: int) -> None:
    model = Model()
    requests = [[f"{caller}-{'x' * ((7 * number + caller) % 30)}" for number in range(5)] for caller in range(64)]
    with working(model, lanes=lanes) as batches, ThreadPoolExecutor(64) as callers:
        rows = list(callers.map(lambda texts: batches.submit(texts).future.result(PATIENCE), requests))
    assert rows == [[text[::-1] for text in texts] for texts in requests]
    assert batches.counts.texts == 64 * 5
    assert batches.counts.batches < 64 * 5


def test_one_request_has_as_many_batches_at_once_as_there_are_lanes() -> None:
    together = threading.Barrier(2)

    def model(texts: Sequence[str]) -> list[str]:
        together.wait(PATIENCE)
        return [text[::-1] for text in texts]

    batches: Microbatch[str, str] = Microbatch(model, window_s=0, batch_tokens=100, lanes=2)
    batches.start()
    texts = [f"{number:010}" for number in range(200)]
    assert batches.submit(texts).future.result(PATIENCE) == [text[::-1] for text in texts]
    batches.stop(PATIENCE)


def test_requests_that_wait_go_together() -> None:
    model = Model()
    with working(model) as batches:
        with busy(model, batches):
            works = [batches.submit([f"word{number:02}"]) for number in range(64)]
        for work in works:
            work.future.result(PATIENCE)
    assert [len(batch) for batch in model.batches] == [1, 64]


def test_a_long_request_holds_nobody_up() -> None:
    model = Model()
    with working(model, batch_tokens=1000) as batches:
        with busy(model, batches):
            long = batches.submit(["a" * 20] * 2000)
            singles = [batches.submit(["b" * 20]) for _ in range(10)]
        for single in singles:
            single.future.result(PATIENCE)
        assert len(long.future.result(PATIENCE)) == 2000
    turn = [text for batch in model.batches[:2] for text in batch]
    assert turn.count("b" * 20) == 10


def test_a_stream_of_singles_does_not_starve_a_long_request() -> None:
    model = Model()
    with working(model, batch_tokens=100, waiting_texts=10_000) as batches:
        with busy(model, batches):
            singles = [batches.submit(["b" * 10]) for _ in range(500)]
            long = batches.submit(["a" * 10] * 20)
            singles += [batches.submit(["b" * 10]) for _ in range(500)]
        for work in (long, *singles):
            work.future.result(PATIENCE)
    firsts = [at for at, batch in enumerate(model.batches) if "a" * 10 in batch]
    assert firsts[0] < len(model.batches) / 2


def test_batches_are_bounded_and_of_like_lengths() -> None:
    model = Model()
    lengths = [1, 2, 300, 3, 290, 4, 310, 5, 2000, 6]
    with working(model, batch_tokens=1000) as batches:
        batches.submit(["x" * length for length in lengths]).future.result(PATIENCE)
    for batch in model.batches:
        longest = max(map(len, batch))
        assert len(batch) == 1 or len(batch) * longest <= 1000
        assert longest - min(map(len, batch)) <= 64
    assert batches.counts.tokens == sum(lengths)


def test_turns_become_short_when_the_model_is_slow_and_long_again_when_it_is_not() -> None:
    model = Model()
    with working(model) as batches:
        model.seconds = 2 * TURN_SECONDS
        batches.submit(["x" * 10] * 100).future.result(PATIENCE)
        model.seconds = 0
        batches.submit(["x" * 10] * 4000).future.result(PATIENCE)
    sizes = [len(batch) for batch in model.batches]
    assert sizes[1] < sizes[0]
    assert max(sizes) == 409


def test_a_model_past_help_ends_the_thread_and_tells_everybody() -> None:
    model = Model()
    model.bad = "x"
    with working(model) as batches:
        for _ in range(MOST_FAILURES - 1):
            with pytest.raises(ValueError, match="no such text"):
                batches.submit(["x"]).future.result(PATIENCE)
        assert batches.submit(["good"]).future.result(PATIENCE) == ["doog"]
        for _ in range(MOST_FAILURES - 1):
            with pytest.raises(ValueError, match="no such text"):
                batches.submit(["x"]).future.result(PATIENCE)
        with busy(model, batches):  # which works, and begins the count anew
            model.bad = "xx"
            last = [batches.submit(["xx"]) for _ in range(MOST_FAILURES)]
        for work in last:
            with pytest.raises(ValueError, match="no such text"):
                work.future.result(PATIENCE)
        wait_for(lambda: not batches.is_alive, what="the end of the thread")
        with pytest.raises(Stopped):
            batches.submit(["good"])


def test_a_model_past_help_is_found_by_several_threads_together() -> None:
    model = Model()
    model.bad = "x"
    with working(model, lanes=3) as batches:
        for work in [batches.submit(["x"]) for _ in range(MOST_FAILURES)]:
            with pytest.raises(ValueError, match="no such text"):
                work.future.result(PATIENCE)
        wait_for(lambda: not batches.is_alive, what="the end of the first thread")
        with pytest.raises(Stopped):
            batches.submit(["good"])


def test_the_queue_is_bounded_by_texts_and_by_tokens() -> None:
    model = Model()
    with working(model, waiting_texts=10, waiting_tokens=100) as batches:
        with busy(model, batches):
            batches.submit(["x"] * 50)  # whoever comes first is served, however much it is
            with pytest.raises(QueueFull):
                batches.submit(["x"])
            assert (batches.backlog().requests, batches.backlog().texts) == (1, 50)
        wait_for(lambda: batches.backlog().texts == 0, what="an empty queue")
        with busy(model, batches):
            batches.submit(["x" * 60])
            with pytest.raises(QueueFull):
                batches.submit(["x" * 41])
            assert batches.submit(["x" * 40])


def test_what_is_cancelled_is_not_encoded_and_leaves_its_place() -> None:
    model = Model()
    with working(model, waiting_texts=2) as batches:
        with busy(model, batches):
            unwanted = batches.submit(["never", "seen"])
            with pytest.raises(QueueFull):
                batches.submit(["wanted"])
            batches.cancel(unwanted)
            wanted = batches.submit(["wanted"])
        assert wanted.future.result(PATIENCE) == ["detnaw"]
        batches.cancel(wanted)
    assert unwanted.future.cancelled()
    assert model.batches == [["busy"], ["wanted"]]


def test_a_long_request_that_is_cancelled_halfway_ends() -> None:
    model = Model()
    with working(model, batch_tokens=100) as batches:
        model.is_open.clear()
        long = batches.submit(["x" * 10] * 1000)
        assert model.has_begun.wait(PATIENCE)
        batches.cancel(long)
        model.is_open.set()
        assert batches.submit(["y"]).future.result(PATIENCE) == ["y"]
    assert sum(map(len, model.batches)) < 30


def test_a_batch_that_does_not_fit_the_memory_is_tried_in_halves() -> None:
    model = Model()
    model.most_tokens = 100
    with working(model) as batches:
        texts = [f"{number:010}" for number in range(90)]
        assert batches.submit(texts).future.result(PATIENCE) == [text[::-1] for text in texts]
        assert batches.counts.failed_batches > 0
        assert batches.counts.texts == 90


def test_a_text_that_fails_fails_its_own_request_alone() -> None:
    model = Model()
    model.bad = "bad"
    with working(model) as batches:
        with busy(model, batches):
            works = [batches.submit([f"t{number}", "bad" if number == 5 else "fine"]) for number in range(10)]
        for number, work in enumerate(works):
            if number == 5:
                with pytest.raises(ValueError, match="no such text"):
                    work.future.result(PATIENCE)
            else:
                assert work.future.result(PATIENCE) == [f"t{number}"[::-1], "enif"]
        assert batches.is_alive
        assert batches.backlog().requests == 0


def test_a_model_that_forgets_a_row_fails_the_request_and_not_the_thread() -> None:
    batches: Microbatch[str, str] = Microbatch(lambda texts: [], window_s=0, batch_tokens=100)
    batches.start()
    with pytest.raises(ValueError, match="zip"):
        batches.submit(["x"]).future.result(PATIENCE)
    assert batches.is_alive
    batches.stop()


def test_the_end_lets_what_waits_finish() -> None:
    model = Model()
    with working(model) as batches:
        with busy(model, batches):
            works = [batches.submit([f"word{number}"]) for number in range(10)]
            stopping = threading.Thread(target=batches.stop, args=(PATIENCE,))
            stopping.start()
            wait_for(lambda: _is_closed(batches), what="the end of taking more")
        stopping.join(PATIENCE)
        assert [work.future.result(0) for work in works] == [[f"word{number}"[::-1]] for number in range(10)]


def test_the_end_does_not_wait_for_ever() -> None:
    model = Model()
    with working(model) as batches:
        with busy(model, batches):
            work = batches.submit(["late"])
            stopping = threading.Thread(target=batches.stop, args=(0,))
            stopping.start()
            with pytest.raises(Stopped):
                work.future.result(PATIENCE)
        stopping.join(PATIENCE)
        assert not batches.is_alive


def test_work_without_progress_is_told() -> None:
    model = Model()
    with working(model) as batches:
        assert batches.backlog().stalled_s == 0
        with busy(model, batches):
            first = batches.backlog().stalled_s
            wait_for(lambda: batches.backlog().stalled_s > first, what="a clock that goes on")
        wait_for(lambda: batches.backlog().stalled_s == 0, what="an idle thread")


def _is_closed(batches: Microbatch[str, str]) -> bool:
    try:
        batches.cancel(batches.submit(["x"]))
    except Stopped:
        return True
    return False
