"""The engine over a real model: what jobs get, who waits, what is reused, and what happens when a step fails."""

import random
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from services.llm.engine import MOST_FAILURES, Engine
from services.llm.generation import Failure, Finish, Job, Logprob, QueueFull, Sampling, Started, Stopped, Text
from services.llm.runner import OutOfMemory
from services.llm.scheduler import WORTH_WAITING_TOKENS, Step
from services.llm.slots import SlotRunner
from tests.llm.tiny import VOCABULARY, Reply, generated, make, make_engine
from tests.waiting import wait_for

CONTEXT = 512


class Reins(SlotRunner):
    """The shipped runner, which a test can hold before a step, or have fail."""

    def __init__(self, model: Any, slots: int = 4) -> None:
        super().__init__(model, slots, CONTEXT, chunk_tokens=64)
        self.may_run = threading.Event()
        self.may_run.set()
        self.holds = threading.Event()
        self.failures: list[Exception] = []
        self.steps: list[Step] = []

    def run(self, step: Step) -> list[Logprob]:
        if not self.may_run.is_set():
            self.holds.set()
            assert self.may_run.wait(60)
        self.steps.append(step)
        if self.failures:
            raise self.failures.pop()
        return super().run(step)


@pytest.fixture(scope="module")
def model() -> Any:
    return make("qwen3")


@pytest.fixture
def runner(model: Any) -> Iterator[Reins]:
    model.set_attn_implementation("sdpa")
    runner = Reins(model)
    yield runner
    runner.may_run.set()


@pytest.fixture
def engine(runner: Reins) -> Iterator[Engine]:
    engine = make_engine(runner, waiting=3, waiting_tokens=300)
    engine.start()
    yield engine
    runner.may_run.set()
    engine.stop()


def prompt(seed: int, length: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.randrange(VOCABULARY) for _ in range(length)]


def ask(engine: Engine, tokens: list[int], length: int = 8, **wishes: Any) -> Reply:
    reply = Reply(tokens, length, **wishes)
    engine.submit(reply.job)
    return reply


def hold(engine: Engine, runner: Reins) -> Reply:
    """Have the engine stand in the middle of a step."""
    runner.may_run.clear()
    runner.holds.clear()
    reply = ask(engine, prompt(99, 5), 2)
    assert runner.holds.wait(60)
    return reply


def test_a_job_gets_its_start_its_tokens_one_by_one_and_its_end(engine: Engine) -> None:
    reply = ask(engine, prompt(1, 20), 5)
    kinds = [type(reply.next()) for _ in range(7)]
    assert kinds == [Started, *[Text] * 5, Finish]
    assert reply.end == Finish("length", 20, 5, 0)
    assert reply.job.decode_steps == 5


def test_an_end_of_sequence_ends_the_reply_and_is_no_text(runner: Reins, model: Any) -> None:
    words = prompt(2, 30)
    engine = make_engine(runner)
    engine.start()
    expected = ask(engine, words, 20).whole()
    engine.stop()
    ending = make_engine(runner, eos=frozenset({expected[6]}))
    ending.start()
    reply = ask(ending, words, 20)
    first = expected.index(expected[6])
    assert reply.whole() == expected[:first]
    assert reply.end == Finish("stop", 30, first + 1, 0)
    ending.stop()


def test_more_than_may_wait_is_refused(engine: Engine, runner: Reins) -> None:
    held = hold(engine, runner)
    replies = [Reply(prompt(seed, 10)) for seed in range(6)]
    assert [engine.submit(reply.job) for reply in replies] == [0, 0, 0, 1, 2, 3]
    with pytest.raises(QueueFull):
        engine.submit(Reply(prompt(7, 10)).job)
    load = engine.load()
    assert (load.running, load.waiting, load.waiting_tokens, load.slots) == (1, 6, 60, 4)
    runner.may_run.set()
    for reply in [held, *replies]:
        assert isinstance(reply.whole() and reply.end, Finish)
    assert ask(engine, prompt(7, 10)).whole()


def test_more_prompt_tokens_than_may_wait_are_refused(engine: Engine, runner: Reins) -> None:
    hold(engine, runner)
    for seed in range(3):
        ask(engine, prompt(seed, 80))
    with pytest.raises(QueueFull):
        engine.submit(Reply(prompt(9, 80)).job)
    engine.submit(Reply(prompt(9, 20)).job)


def test_what_waits_can_be_cancelled(engine: Engine, runner: Reins) -> None:
    hold(engine, runner)
    unwanted = ask(engine, prompt(1, 10))
    engine.cancel(unwanted.job)
    runner.may_run.set()
    ask(engine, prompt(2, 10)).whole()
    assert unwanted.pieces.empty()
    assert unwanted.job.decode_steps == 0
    assert engine.counts.cancelled == 1


def test_what_runs_can_be_cancelled_and_costs_no_step_more(engine: Engine, runner: Reins) -> None:
    unwanted = ask(engine, prompt(1, 10), 400)
    while unwanted.job.decode_steps < 3:
        unwanted.next()
    hold(engine, runner)
    engine.cancel(unwanted.job)
    steps = unwanted.job.decode_steps
    runner.may_run.set()
    ask(engine, prompt(2, 10), 30).whole()
    # The step under way may still have been for it.
    assert unwanted.job.decode_steps <= steps + 1
    assert engine.load().running == 0


def test_cancelling_what_is_finished_changes_nothing(engine: Engine) -> None:
    reply = ask(engine, prompt(1, 10))
    reply.whole()
    engine.cancel(reply.job)
    assert ask(engine, prompt(1, 10)).whole() == reply.tokens
    assert engine.counts.cancelled == 0


def test_the_next_turn_of_a_conversation_reads_only_what_is_new(engine: Engine, model: Any) -> None:
    first = ask(engine, prompt(1, 100), 10)
    told = first.whole()
    turn = ask(engine, prompt(1, 100) + told + prompt(2, 20), 10)
    turn.whole()
    assert turn.end == Finish("length", 130, 10, 109)


def test_one_tenant_never_uses_what_another_left(engine: Engine) -> None:
    words = prompt(1, 100)
    ask(engine, words, tenant="a", shared_tokens=40).whole()
    cached = {}
    for name, tenant, shared in [("other", "b", 40), ("less", "c", 25), ("nothing", "d", 0), ("same", "a", 40)]:
        reply = ask(engine, words, tenant=tenant, shared_tokens=shared)
        reply.whole()
        assert isinstance(reply.end, Finish)
        cached[name] = reply.end.cached_tokens
    assert cached == {"other": 40, "less": 25, "nothing": 0, "same": 99}


def test_a_burst_with_one_head_reads_the_head_once(engine: Engine, runner: Reins) -> None:
    head = prompt(1, 200)
    hold(engine, runner)
    replies = [ask(engine, head + prompt(seed, 10)) for seed in range(2, 5)]
    before = engine.counts.prompt_tokens
    runner.may_run.set()
    for reply in replies:
        reply.whole()
    # A prompt does not wait for the last few tokens of its head.
    assert engine.counts.prompt_tokens - before < 5 + 210 + 2 * (10 + WORTH_WAITING_TOKENS)


def test_what_was_used_last_stays_when_slots_run_out(engine: Engine) -> None:
    conversations = [prompt(seed, 60) for seed in range(6)]
    for words in conversations:
        ask(engine, words).whole()
    cached = []
    for words in reversed(conversations):
        reply = ask(engine, words)
        reply.whole()
        assert isinstance(reply.end, Finish)
        cached.append(reply.end.cached_tokens)
    assert [tokens >= 59 for tokens in cached] == [True] * 4 + [False] * 2


def test_a_prompt_is_read_in_chunks_between_which_others_go_on(engine: Engine, runner: Reins) -> None:
    talking = ask(engine, prompt(1, 5), 200)
    talking.next(), talking.next()
    ask(engine, prompt(2, 300), 2).whole()
    both = [step for step in runner.steps if step.chunks and step.decoding]
    assert len(both) >= 4
    assert all(sum(chunk.tokens for chunk in step.chunks) <= 64 for step in runner.steps)


def test_lack_of_memory_fails_one_request_and_no_other(engine: Engine, runner: Reins, model: Any) -> None:
    runner.may_run.clear()
    words = [prompt(seed, 30 + seed) for seed in range(4)]
    replies = [ask(engine, each, 12) for each in words]
    runner.failures = [OutOfMemory("injected")]
    runner.may_run.set()
    for reply in replies:
        reply.whole()
    failed = [reply for reply in replies if isinstance(reply.end, Failure)]
    assert [reply.end.code for reply in failed if isinstance(reply.end, Failure)] == ["out_of_memory"]
    assert engine.counts.out_of_memory == 1
    model.set_attn_implementation("sdpa")
    expected = [generated(model, each, 12) for each in words]
    assert sum(reply.tokens == tokens for reply, tokens in zip(replies, expected, strict=True)) == 3
    assert engine.load().running == 0


def test_memory_that_torch_itself_lacks_fails_the_request(model: Any) -> None:
    class Greedy(SlotRunner):
        def _forward(self, *arguments: Any) -> Any:
            if self.wants:
                self.wants -= 1
                torch.empty(2**60, dtype=torch.uint8)
            return super()._forward(*arguments)

        wants = 0

    model.set_attn_implementation("sdpa")
    runner = Greedy(model, 2, CONTEXT, 64)
    engine = make_engine(runner)
    engine.start()
    runner.wants = 1
    reply = ask(engine, prompt(1, 10))
    reply.whole()
    assert isinstance(reply.end, Failure)
    assert reply.end.code == "out_of_memory"
    assert len(ask(engine, prompt(1, 10)).whole()) == 8
    engine.stop()


def test_any_other_error_fails_one_request_too(engine: Engine, runner: Reins) -> None:
    runner.failures = [ValueError("a bug")]
    reply = ask(engine, prompt(1, 10))
    reply.whole()
    assert isinstance(reply.end, Failure)
    assert reply.end.code == "generation_failed"
    assert len(ask(engine, prompt(1, 10)).whole()) == 8


def test_a_model_past_help_ends_the_thread_and_tells_everybody(engine: Engine, runner: Reins) -> None:
    hold(engine, runner)
    replies = [ask(engine, prompt(seed, 10)) for seed in range(4)]
    runner.failures = [RuntimeError("the device is gone")] * 100
    replies += [ask(engine, prompt(7, 10)), ask(engine, prompt(8, 10))]
    runner.may_run.set()
    for reply in replies:
        reply.whole()
        assert isinstance(reply.end, Failure)
    for seed in range(MOST_FAILURES):
        try:
            ask(engine, prompt(seed, 10)).whole()
        except Stopped:
            break
    wait_for(lambda: not engine.is_alive, what="the thread ends")
    with pytest.raises(Stopped):
        engine.submit(Reply(prompt(1, 5)).job)


def test_a_prompt_of_nothing_is_not_taken(engine: Engine) -> None:
    with pytest.raises(ValueError, match="one token at least"):
        engine.submit(Reply([], 4).job)
    assert engine.load().waiting == 0


def test_stopping_lets_what_runs_finish(engine: Engine) -> None:
    reply = ask(engine, prompt(1, 10), 50)
    reply.next()
    engine.stop(drain_s=60)
    assert len(reply.whole()) == 50
    with pytest.raises(Stopped):
        engine.submit(Reply(prompt(1, 5)).job)


def test_stopping_at_once_breaks_off_and_says_so(engine: Engine) -> None:
    reply = ask(engine, prompt(1, 10), 400)
    reply.next()
    engine.stop()
    reply.whole()
    assert isinstance(reply.end, Failure)
    assert reply.end.code == "stopping"


def test_an_engine_that_stands_still_says_for_how_long(engine: Engine, runner: Reins) -> None:
    assert engine.load().stalled_s == 0
    hold(engine, runner)
    wait_for(lambda: engine.load().stalled_s > 0.2, what="the standstill shows")
    runner.may_run.set()
    wait_for(lambda: engine.load().stalled_s == 0, what="it goes on")


def test_a_listener_may_be_replaced_by_one_for_all_pieces_of_a_step(runner: Reins) -> None:
    steps: list[list[str]] = []
    over = threading.Event()

    def deliver(pieces: list[tuple[Job, Any]]) -> None:
        steps.append([type(piece).__name__ for _, piece in pieces])
        if any(isinstance(piece, Finish) for _, piece in pieces):
            over.set()

    engine = make_engine(runner, deliver=deliver)
    engine.start()
    engine.submit(Job(prompt(1, 5), Sampling(2, temperature=0, alternatives=0), print))
    assert over.wait(60)
    engine.stop()
    assert steps[:3] == [["Started"], ["Text"], ["Text", "Finish"]]


class Breaking:
    """A grammar that allows all and breaks at its third token."""

    def __init__(self) -> None:
        self.accepted = 0

    def mask(self) -> Any:
        return np.full(-(-VOCABULARY // 32), -1, dtype=np.int32)

    def accept(self, token: int) -> None:
        self.accepted += 1
        if self.accepted == 3:
            raise ValueError(token)


def test_a_grammar_that_breaks_fails_its_own_reply_and_costs_nobody_a_token(engine: Engine, runner: Reins) -> None:
    runner.may_run.clear()
    fine = [ask(engine, prompt(1, 10), 12)]
    broken = ask(engine, prompt(2, 10), 12, matcher=Breaking)
    fine.append(ask(engine, prompt(3, 10), 12))
    runner.may_run.set()
    assert [len(reply.whole()) for reply in fine] == [12, 12]
    assert len(broken.whole()) == 2
    assert isinstance(broken.end, Failure)
    assert broken.end.code == "generation_failed"
