import queue
import threading
from collections.abc import Iterator

import pytest

from services.llm.engine import Engine, Job, Piece, QueueFull, Stopped
from services.llm.writing import Failure, Finish, IsUnwanted, Sampling, Take
from tests.waiting import wait_for

SAMPLING = Sampling(max_tokens=8)
SECONDS = 10


class Pen:
    """Writes the prompt back, word by word, as long as it is held down by nobody."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.threads: set[int] = set()

    def write(self, prompt: list[int], sampling: Sampling, take: Take, is_unwanted: IsUnwanted) -> Finish:
        self.threads.add(threading.get_ident())
        if not prompt:
            raise MemoryError
        while not self.free.wait(0.01):
            if is_unwanted():
                return Finish("length", len(prompt), 0)
        for token in prompt:
            take(f"{token} ")
        return Finish("stop", len(prompt), len(prompt))


@pytest.fixture
def pen() -> Pen:
    return Pen()


@pytest.fixture
def engine(pen: Pen) -> Iterator[Engine]:
    engine = Engine(pen.write, waiting=2)
    engine.start()
    yield engine
    engine.stop()


def ask(engine: Engine, *prompt: int) -> tuple[Job, "queue.Queue[Piece]"]:
    pieces: queue.Queue[Piece] = queue.Queue()
    return engine.submit(list(prompt), SAMPLING, pieces.put), pieces


def running(engine: Engine, waiting: int) -> None:
    wait_for(lambda: engine.load() == (1, waiting), what=f"1 running and {waiting} waiting")


def test_replies_come_in_order_from_one_thread(engine: Engine, pen: Pen) -> None:
    replies = [ask(engine, number, number)[1] for number in range(3)]
    pen.free.set()
    for number, pieces in enumerate(replies):
        said = [pieces.get(timeout=SECONDS) for _ in range(3)]
        assert said == [f"{number} ", f"{number} ", Finish("stop", 2, 2)]
    assert len(pen.threads) == 1


def test_a_full_queue_refuses(engine: Engine, pen: Pen) -> None:
    ask(engine, 1)
    running(engine, 0)
    last = [ask(engine, 2), ask(engine, 3)][-1][1]
    with pytest.raises(QueueFull):
        ask(engine, 4)
    pen.free.set()
    assert last.get(timeout=SECONDS) == "3 "


def test_what_is_cancelled_while_it_waits_gives_its_place_back(engine: Engine, pen: Pen) -> None:
    ask(engine, 1)
    running(engine, 0)
    (first, cancelled), (_, kept) = ask(engine, 2), ask(engine, 3)
    engine.cancel(first)
    _, late = ask(engine, 4)
    pen.free.set()
    assert kept.get(timeout=SECONDS) == "3 "
    assert late.get(timeout=SECONDS) == "4 "
    assert cancelled.empty()


def test_what_is_cancelled_while_it_is_written_ends(engine: Engine) -> None:
    job, pieces = ask(engine, 1)
    running(engine, 0)
    engine.cancel(job)
    wait_for(lambda: engine.load() == (0, 0), what="the end of the reply")
    assert pieces.empty()


def test_a_reply_that_breaks_off_says_so_and_the_next_is_written(engine: Engine, pen: Pen) -> None:
    pen.free.set()
    assert ask(engine)[1].get(timeout=SECONDS) == Failure()
    assert ask(engine, 7)[1].get(timeout=SECONDS) == "7 "


def test_stopping_ends_what_runs_and_refuses_the_rest(pen: Pen) -> None:
    engine = Engine(pen.write, waiting=2)
    engine.start()
    ask(engine, 1)
    running(engine, 0)
    ask(engine, 2)
    engine.stop()
    assert not engine.is_alive
    assert engine.load() == (0, 0)
    with pytest.raises(Stopped):
        ask(engine, 3)
