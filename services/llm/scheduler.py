"""Who runs next: the bounded queue, the slots of the cache, and what the model reads in one step. No torch here.

The sequences that run hold the slots 0, 1, ... without a gap, so that one step over all of them is one slice of the
cache. A slot beyond them keeps what a finished sequence left in it, for the next prompt that begins alike.
"""

from bisect import insort
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.llm.generation import Job, QueueFull
from services.llm.sequence import Sequence

WORTH_WAITING_TOKENS = 64
"""A prompt lets this step pass when the next one can save it so many tokens."""
AGEING = 8
"""A waiting prompt gains one token on those that come later for each so many that may be read meanwhile."""
SUPERSEDED_SHARE = 0.9
"""Where so much of a residue or of a prompt is the same, the residue needs no slot of its own any more."""


@dataclass(frozen=True, slots=True)
class Move:
    """Copy the first `tokens` positions of a slot to another, or exchange them."""

    source: int
    target: int
    tokens: int
    swaps: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """Part of a prompt for one slot, to be written from position `start` on."""

    slot: int
    sequence: Sequence
    start: int
    tokens: int
    is_last: bool
    """Whether the next token can be chosen after it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One run of the model: a token for each decoding slot, and chunks of prompts."""

    running: list[Sequence]
    """By slot."""
    decoding: dict[int, Sequence]
    """By slot, in ascending order."""
    chunks: list[Chunk]
    adapter: str | None

    @property
    def choosing(self) -> list[Sequence]:
        """The sequences whose next token this step chooses, in the order of its logits."""
        return [*self.decoding.values(), *(chunk.sequence for chunk in self.chunks if chunk.is_last)]

    @property
    def newest(self) -> Sequence:
        """The sequence that started last, of those whose prompts are read if there are any."""
        reading = [chunk.sequence for chunk in self.chunks]
        return max(reading or [*self.decoding.values()] or self.running, key=lambda sequence: sequence.turn)


@dataclass(slots=True)
class Residue:
    """What a slot still holds after its sequence has ended."""

    tokens: NDArray[np.int64]
    job: Job
    used: int = 0


class Capacity(Protocol):
    """What a runner can hold."""

    slots: int
    context_tokens: int
    chunk_tokens: int
    """The most prompt tokens in one step."""
    reuses_prefixes: bool


class Scheduler:
    """Not safe for threads: the engine holds a lock around each call."""

    def __init__(self, capacity: Capacity, waiting: int, waiting_tokens: int) -> None:
        self._capacity = capacity
        self._most_waiting = waiting
        self._most_waiting_tokens = waiting_tokens
        self.waiting: list[Sequence] = []
        """Who is next comes first: short prompts before long ones, unless these have waited."""
        self.waiting_tokens = 0
        self.running: list[Sequence] = []
        self._residues: list[Residue | None] = [None] * capacity.slots
        self._moves: list[Move] = []
        self._served: dict[str | None, int] = {}
        self._clock = 0
        self._steps = 0

    def submit(self, sequence: Sequence) -> int:
        """Put it into the queue; how many are before it there that do not start at once. Raises QueueFull."""
        free = max(0, self._capacity.slots - len(self.running))
        queue = max(0, len(self.waiting) + 1 - free)
        tokens = self.waiting_tokens + len(sequence.prompt)
        if queue > self._most_waiting or (queue and tokens > self._most_waiting_tokens):
            raise QueueFull
        sequence.rank = len(sequence.prompt) + self._steps * self._capacity.chunk_tokens // AGEING
        insort(self.waiting, sequence, key=lambda waiting: waiting.rank)
        self.waiting_tokens = tokens
        return max(0, self.waiting.index(sequence) + 1 - free)

    def remove(self, sequence: Sequence) -> None:
        """End it, be it waiting or running; what it left in its slot may serve others."""
        if sequence in self.waiting:
            self.waiting.remove(sequence)
            self.waiting_tokens -= len(sequence.prompt)
            return
        slot = self.running.index(sequence)
        last = len(self.running) - 1
        if slot != last:
            known = max(sequence.known, self.running[last].known)
            self._moves.append(Move(slot, last, known, swaps=True))
            self.running[slot] = self.running[last]
        self.running.pop()
        if self._capacity.reuses_prefixes and sequence.known:
            tokens = np.asarray(sequence.tokens[: sequence.known], dtype=np.int64)
            self._residues[last] = Residue(tokens, sequence.job, self._tick())

    def plan(self) -> tuple[list[Move], list[Sequence], Step]:
        """What to do next: moves in the cache, who has just left the queue, and then the step."""
        self._steps += 1
        adapter = self._next_adapter()
        chunks, started = [], []
        budget = self._capacity.chunk_tokens
        for slot, sequence in enumerate(self.running):
            if sequence.pending > 1 and sequence.job.adapter == adapter and budget:
                chunks.append(_chunk(slot, sequence, budget))
                budget -= chunks[-1].tokens
        while budget and self.waiting and len(self.running) < self._capacity.slots:
            sequence = self.waiting[0]
            if not self._admit(sequence):
                break
            self.waiting.pop(0)
            self.waiting_tokens -= len(sequence.prompt)
            started.append(sequence)
            sequence.turn = self._tick()
            if sequence.pending > 1 and sequence.job.adapter == adapter:
                chunks.append(_chunk(len(self.running) - 1, sequence, budget))
                budget -= chunks[-1].tokens
        decoding = {
            slot: sequence
            for slot, sequence in enumerate(self.running)
            if sequence.pending == 1 and sequence.job.adapter == adapter
        }
        moves, self._moves = self._moves, []
        return moves, started, Step(self.running[:], decoding, chunks, adapter)

    def held_tokens(self) -> int:
        """How many positions of the cache hold something of use."""
        left = sum(len(residue.tokens) for residue in self._residues if residue)
        return left + sum(sequence.known for sequence in self.running)

    def _next_adapter(self) -> str | None:
        """Whose turn it is, since one step runs one adapter: the one that has not run for longest."""
        present = {sequence.job.adapter for sequence in self.running}
        if self.waiting and len(self.running) < self._capacity.slots:
            present.add(self.waiting[0].job.adapter)
        adapter = min(present, key=lambda name: self._served.get(name, 0))
        self._served[adapter] = self._tick()
        return adapter

    def _admit(self, sequence: Sequence) -> bool:
        """Give it the next slot, with as much of its prompt as the cache holds; False to let it pass one step."""
        target = len(self.running)
        if self._capacity.reuses_prefixes:
            source, reused, soon = self._longest_prefix(sequence)
            if soon - reused >= WORTH_WAITING_TOKENS:
                return False
            self._make_room(target, source, reused, len(sequence.prompt))
            sequence.known = sequence.cached_tokens = reused
        self.running.append(sequence)
        return True

    def _longest_prefix(self, sequence: Sequence) -> tuple[int, int, int]:
        """The slot that holds most of this prompt's beginning, how much, and how much one may hold soon."""
        best, reused, soon = len(self.running), 0, 0
        for slot, other in enumerate(self.running):
            common = _common(sequence, other.prompt, other.job)
            if other.pending > 1:
                soon = max(soon, common)
            if min(common, other.known) > reused:
                best, reused = slot, min(common, other.known)
        for slot, residue in enumerate(self._residues):
            if residue and (common := _common(sequence, residue.tokens, residue.job)) > reused:
                best, reused = slot, common
        return best, reused, soon

    def _make_room(self, target: int, source: int, reused: int, prompt_tokens: int) -> None:
        """Bring the prefix to the target; what stood there moves to the slot that was of no use for longest."""
        residue = self._residues[source]
        if residue and reused >= SUPERSEDED_SHARE * min(len(residue.tokens), prompt_tokens):
            victim = source
        else:
            if residue:
                residue.used = self._tick()
            free = range(target, self._capacity.slots)
            victim = min(free, key=lambda slot: held.used if (held := self._residues[slot]) else 0)
        kept = self._residues[target]
        if kept and victim == source != target:
            self._moves.append(Move(source, target, max(len(kept.tokens), reused), swaps=True))
        else:
            if kept and victim != target:
                self._moves.append(Move(target, victim, len(kept.tokens)))
            if reused and source != target:
                self._moves.append(Move(source, target, reused))
        self._residues[victim] = kept
        self._residues[target] = None

    def _tick(self) -> int:
        self._clock += 1
        return self._clock


def _chunk(slot: int, sequence: Sequence, budget: int) -> Chunk:
    tokens = min(sequence.pending, budget)
    return Chunk(slot, sequence, sequence.known, tokens, tokens == sequence.pending)


def _common(sequence: Sequence, tokens: NDArray[np.int64], job: Job) -> int:
    """How much of a prompt another has written; its last token has to be read anyhow."""
    if job.adapter != sequence.job.adapter:
        return 0
    length = min(len(tokens), len(sequence.prompt) - 1)
    if job.tenant != sequence.job.tenant:
        length = min(length, job.shared_tokens, sequence.job.shared_tokens)
    differs = sequence.prompt[:length] != tokens[:length]
    return int(differs.argmax()) if differs.any() else length
