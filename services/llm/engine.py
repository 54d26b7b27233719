"""The inference thread: takes jobs, has the scheduler plan and a runner run each step, and gives the pieces out."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from services.llm.generation import Counts, Failure, Job, Load, Piece, Started, Stopped
from services.llm.runner import OutOfMemory, Runner
from services.llm.scheduler import Move, Scheduler, Step
from services.llm.sequence import Sequence

log = logging.getLogger(__name__)

MOST_FAILURES = 8
"""After so many failed steps in a row the device is past help, and a new program has to take over."""

LONGEST_STEP_S = 30
"""A step that takes longer is not waited for at the end."""

Deliver = Callable[[list[tuple[Job, Piece]]], object]


class Engine:
    """Writes replies side by side. Every method may be called from any thread."""

    def __init__(
        self,
        runner: Runner,
        eos: frozenset[int],
        tokenizer: Any | None,
        *,
        waiting: int,
        waiting_tokens: int,
        deliver: Deliver | None = None,
    ) -> None:
        """Without a tokenizer no text is made. `deliver` gets all pieces of a step at once, in the inference
        thread; without it each goes to its job's `listen`."""
        self.context_tokens = runner.context_tokens
        self.vocabulary = runner.vocabulary
        self.counts = Counts()
        self._runner = runner
        self._eos = eos
        self._tokenizer = tokenizer
        self._deliver = deliver or _listen
        self._scheduler = Scheduler(runner, waiting, waiting_tokens)
        self._sequences: dict[Job, Sequence] = {}
        self._unwanted: list[Job] = []
        self._is_stopping = False
        self._is_broken = False
        self._busy_since = 0.0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self, drain_s: float = 0) -> None:
        """Take nothing more, let what was taken finish for so long, then break off; a hanging step stays behind."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._sequences or self._is_broken, drain_s)
            self._is_broken = True
            self._changed.notify_all()
        self._thread.join(LONGEST_STEP_S)

    def submit(self, job: Job) -> int:
        """Ask for a reply; how many are before it in the queue. Prompt and reply have to fit `context_tokens`.

        Raises QueueFull or Stopped, and ValueError for a prompt without a token, which nothing can follow.
        """
        if not job.prompt:
            raise ValueError("a prompt has one token at least")
        sequence = Sequence(job, self._tokenizer, self._eos)
        with self._changed:
            if self._is_stopping or self._is_broken:
                raise Stopped
            position = self._scheduler.submit(sequence)
            if not self._sequences:
                self._busy_since = time.monotonic()
            self._sequences[job] = sequence
            self._changed.notify_all()
        return position

    def cancel(self, job: Job) -> None:
        """Nobody wants this reply any more; for one that is finished nothing happens."""
        with self._changed:
            if job in self._sequences:
                self._unwanted.append(job)
                self._changed.notify_all()

    def load(self) -> Load:
        """What there is to do right now."""
        with self._changed:
            stalled = time.monotonic() - self._busy_since if self._sequences else 0.0
            return Load(
                running=len(self._scheduler.running),
                waiting=len(self._scheduler.waiting),
                waiting_tokens=self._scheduler.waiting_tokens,
                slots=self._runner.slots,
                cached_tokens=self._scheduler.held_tokens(),
                capacity_tokens=self._runner.slots * self._runner.context_tokens,
                stalled_s=stalled,
            )

    @property
    def is_alive(self) -> bool:
        """Whether the inference thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        failures = 0
        try:
            while planned := self._plan():
                moves, started, step = planned
                if started:
                    self._deliver([(sequence.job, Started()) for sequence in started])
                try:
                    pieces = self._step(moves, step)
                    failures = 0
                except Exception as error:  # whatever one request does to the model, the others are answered
                    failures += 1
                    pieces = [(step.newest.job, self._fail(step.newest, error))]
                self._busy_since = time.monotonic()
                self._deliver(pieces)
                if failures >= MOST_FAILURES:
                    log.critical("The model failed %d times in a row; the inference thread ends.", failures)
                    return
        finally:
            self._end()

    def _plan(self) -> tuple[list[Move], list[Sequence], Step] | None:
        """The next step, as soon as there is one; None when it is time to end."""
        with self._changed:
            while True:
                for job in self._unwanted:
                    if sequence := self._sequences.pop(job, None):
                        self._scheduler.remove(sequence)
                        self.counts.cancelled += 1
                self._unwanted.clear()
                self._changed.notify_all()
                if self._is_broken:
                    return None
                if self._sequences:
                    return self._scheduler.plan()
                self._changed.wait()

    def _step(self, moves: list[Move], step: Step) -> list[tuple[Job, Piece]]:
        self._runner.move(moves)
        chosen = self._runner.run(step)
        pieces: list[tuple[Job, Piece]] = []
        ended: list[Sequence] = []
        broken: list[tuple[Sequence, Exception]] = []
        for chunk in step.chunks:
            chunk.sequence.known = chunk.start + chunk.tokens
            self.counts.prompt_tokens += chunk.tokens
        for sequence, logprob in zip(step.choosing, chosen, strict=True):
            sequence.job.decode_steps += 1
            try:
                text, finish = sequence.take(logprob)
            except Exception as error:  # a grammar's, say; the rows beside it have their tokens
                broken.append((sequence, error))
                continue
            pieces += [(sequence.job, piece) for piece in (text, finish) if piece]
            if finish:
                ended.append(sequence)
        with self._changed:
            self.counts.steps += 1
            self.counts.completion_tokens += len(chosen)
            self.counts.finished += len(ended)
            self.counts.cached_tokens += sum(sequence.cached_tokens for sequence in ended)
            # Slots are exchanged only now that every sequence knows how far it is.
            for sequence in ended:
                self._forget(sequence)
        return pieces + [(sequence.job, self._fail(sequence, error)) for sequence, error in broken]

    def _fail(self, sequence: Sequence, error: Exception) -> Failure:
        if isinstance(error, OutOfMemory):
            log.warning("No memory for a step: a request of %d tokens fails.", len(sequence.tokens))
            failure = Failure("out_of_memory", "The model server has no memory for this right now. Try again soon.")
        else:
            log.error("A step failed", exc_info=error)
            failure = Failure("generation_failed", "The reply broke off.")
        with self._changed:
            self.counts.failed += 1
            self.counts.out_of_memory += isinstance(error, OutOfMemory)
            self._forget(sequence)
        return failure

    def _forget(self, sequence: Sequence) -> None:
        if self._sequences.pop(sequence.job, None):
            self._scheduler.remove(sequence)

    def _end(self) -> None:
        """Tell everybody who still waits."""
        with self._changed:
            self._is_broken = True
            left, self._sequences = list(self._sequences), {}
            self._changed.notify_all()
        failure = Failure("stopping", "The model server is stopping. Try again soon.")
        self._deliver([(job, failure) for job in left])


def _listen(pieces: list[tuple[Job, Piece]]) -> None:
    for job, piece in pieces:
        job.listen(piece)
