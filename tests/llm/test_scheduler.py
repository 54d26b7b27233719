"""The plan, followed on paper: whatever comes, ends and leaves, each slot holds what its sequence has read."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from services.llm.generation import Job, Logprob, Sampling
from services.llm.scheduler import Scheduler, Step
from services.llm.sequence import Sequence

VOCABULARY = 50
GARBAGE = -1


@dataclass
class Paper:
    """A runner that only writes down which token, read by which adapter, stands where."""

    slots: int
    context_tokens: int = 120
    chunk_tokens: int = 16
    reuses_prefixes: bool = True

    def __post_init__(self) -> None:
        self.cache: list[list[Any]] = [[GARBAGE] * self.context_tokens for _ in range(self.slots)]

    def move(self, moves: list[Any]) -> None:
        for move in moves:
            source, target = self.cache[move.source], self.cache[move.target]
            kept = target[: move.tokens]
            target[: move.tokens] = source[: move.tokens]
            if move.swaps:
                source[: move.tokens] = kept

    def run(self, step: Step) -> None:
        if step.decoding:
            for slot, sequence in enumerate(step.running):  # as the slots do: all rows write
                token = sequence.tokens[sequence.known] if slot in step.decoding else GARBAGE
                self.cache[slot][sequence.known] = (token, step.adapter)
        for chunk in step.chunks:
            tokens = chunk.sequence.tokens[chunk.start : chunk.start + chunk.tokens]
            self.cache[chunk.slot][chunk.start : chunk.start + chunk.tokens] = [(t, step.adapter) for t in tokens]


def check(paper: Paper, scheduler: Scheduler, step: Step) -> None:
    assert step.choosing or step.chunks, "a step without work"
    assert len(step.running) <= paper.slots
    assert sum(chunk.tokens for chunk in step.chunks) <= paper.chunk_tokens
    taking_part = [*step.decoding.values(), *(chunk.sequence for chunk in step.chunks)]
    assert len(set(map(id, taking_part))) == len(taking_part)
    assert {sequence.job.adapter for sequence in taking_part} == {step.adapter}
    for slot, sequence in enumerate(scheduler.running):
        expected = [(token, sequence.job.adapter) for token in sequence.tokens[: sequence.known]]
        assert paper.cache[slot][: sequence.known] == expected
    for slot, residue in enumerate(scheduler._residues):
        if residue:
            assert slot >= len(scheduler.running)
            expected = [(token, residue.job.adapter) for token in residue.tokens.tolist()]
            assert paper.cache[slot][: len(expected)] == expected


@pytest.mark.parametrize("seed", range(12))
def test_every_slot_holds_what_its_sequence_has_read(seed: int) -> None:
    rng = random.Random(seed)
    paper = Paper(slots=rng.randint(1, 6), chunk_tokens=rng.choice([4, 16, 70]))
    scheduler = Scheduler(paper, waiting=1000, waiting_tokens=10**9)
    heads = [[rng.randrange(VOCABULARY) for _ in range(rng.randint(5, 70))] for _ in range(4)]
    adapters = [None, None, "a", "b"][: rng.choice([1, 4])]
    waiting: list[Sequence] = []
    saved = finished = 0
    for number in range(20_000):
        if number < 800 and rng.random() < 0.3:
            head = rng.choice(heads)
            prompt = head + [rng.randrange(VOCABULARY) for _ in range(rng.randint(1, 20))]
            tenant = rng.choice("xy")
            sampling = Sampling(rng.randint(1, 20))
            job = Job(prompt, sampling, print, tenant, rng.randint(0, len(head)), rng.choice(adapters))
            waiting.append(Sequence(job, None, frozenset()))
            scheduler.submit(waiting[-1])
        if waiting and rng.random() < 0.05:
            scheduler.remove(waiting.pop(rng.randrange(len(waiting))))
        if not waiting:
            if number >= 800:
                break
            continue
        moves, _, step = scheduler.plan()
        paper.move(moves)
        paper.run(step)
        if rng.random() < 0.05:  # the step failed after it had written
            waiting.remove(step.newest)
            scheduler.remove(step.newest)
            continue
        for chunk in step.chunks:
            chunk.sequence.known = chunk.start + chunk.tokens
        for sequence, finish in [
            (one, one.take(Logprob(rng.randrange(VOCABULARY), 0.0))[1]) for one in step.choosing
        ]:
            if finish:
                saved += finish.cached_tokens
                finished += 1
                waiting.remove(sequence)
                scheduler.remove(sequence)
        moves, scheduler._moves = scheduler._moves, []
        paper.move(moves)
        check(paper, scheduler, step)
    assert not waiting
    assert scheduler.waiting_tokens == 0
    assert finished > 40
    assert saved


def sequence(length: int = 10, **changes: Any) -> Sequence:
    return Sequence(Job(list(range(length)), Sampling(5), print, **changes), None, frozenset())


def test_the_position_in_the_queue_counts_who_starts_before() -> None:
    scheduler = Scheduler(Paper(slots=2), waiting=10, waiting_tokens=1000)
    assert [scheduler.submit(sequence()) for _ in range(5)] == [0, 0, 1, 2, 3]
    scheduler.plan()
    assert scheduler.submit(sequence()) == 4
    assert scheduler.waiting_tokens == 40


def test_short_prompts_go_first_and_long_ones_are_not_forgotten() -> None:
    scheduler = Scheduler(Paper(slots=1, chunk_tokens=64), waiting=100, waiting_tokens=10**6)
    long = sequence(100)
    scheduler.submit(sequence(10))
    scheduler.plan()
    assert scheduler.submit(long) == 1
    assert scheduler.submit(sequence(20)) == 1
    assert scheduler.waiting[-1] is long
    steps = 0
    while long in scheduler.waiting:
        scheduler.submit(sequence(10))
        _, _, step = scheduler.plan()
        for one in [one for one in step.choosing if one.take(Logprob(1, 0.0))[1]]:
            scheduler.remove(one)
        steps += 1
        assert steps < 100


def test_every_adapter_gets_its_turn() -> None:
    scheduler = Scheduler(Paper(slots=4), waiting=10, waiting_tokens=1000)
    for adapter in ("a", "a", None, "b"):
        scheduler.submit(sequence(1, adapter=adapter))
    turns = []
    for _ in range(9):
        _, _, step = scheduler.plan()
        turns.append(step.adapter)
        for one in step.choosing:
            one.take(Logprob(1, 0.0))
    assert {turns.count(adapter) for adapter in ("a", "b", None)} <= {2, 3, 4}


def test_the_newest_of_a_step_is_who_started_last_and_not_who_stands_last() -> None:
    scheduler = Scheduler(Paper(slots=3), waiting=10, waiting_tokens=1000)
    first, second, third = sequence(1), sequence(1), sequence(1)
    for one in (first, second, third):
        scheduler.submit(one)
    scheduler.plan()
    for one in (first, second, third):
        one.take(Logprob(1, 0.0))
    scheduler.remove(first)
    _, _, step = scheduler.plan()
    assert step.running == [third, second]
    assert step.newest is third
