"""Texts of many requests through one model together: a thread and the bounded queue before it, without torch."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic

from services.llm.generation import QueueFull, Stopped
from services.llm.turns import Row, T, Taken, Turns, Work, length_of

log = logging.getLogger(__name__)

FIRST_TOKENS = 1024
"""How much goes into the first turn, when nobody knows yet how fast the model is."""
LEAST_TOKENS = 128
MOST_FAILURES = 8
"""After so many texts in a row that failed each by itself, the device is past help, and a new program has to take
over."""
STOP_SECONDS = 30
"""A pass that takes longer is not waited for at the end."""
TURN_SECONDS = 0.15
"""How long a turn should take at most: a text that comes in between waits no longer for its own."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits right now."""

    requests: int
    texts: int
    tokens: int
    stalled_s: float
    """How long work has been pending since the last batch ended; 0 when there is none."""


@dataclass(slots=True)
class Counts:
    """What has been done since the start; only ever grows."""

    texts: int = 0
    tokens: int = 0
    padding_tokens: int = 0
    batches: int = 0
    failed_batches: int = 0


class Microbatch(Generic[T, Row]):
    """Gives texts to `run` in batches, called from `lanes` threads: a row per text, or an exception.

    A batch that fails is tried again in halves; a text that fails alone fails its request.
    """

    def __init__(
        self,
        run: Callable[[Sequence[T]], Iterable[Row]],
        *,
        window_s: float,
        batch_tokens: int,
        pass_tokens: int = 64,
        lanes: int = 1,
        waiting_texts: int = 16_384,
        waiting_tokens: int = 2_000_000,
    ) -> None:
        self.counts = Counts()
        self._run = run
        self._window_s = window_s  # how long to wait for company
        self._batch_tokens = batch_tokens
        self._pass_tokens = pass_tokens  # what an empty pass through the model costs, in tokens
        self._waiting_texts = waiting_texts
        self._waiting_tokens = waiting_tokens
        self._room = min(FIRST_TOKENS, batch_tokens)
        self._turns: Turns[T, Row] = Turns()
        self._has_company = self._stopped = False
        self._running = 0  # threads that are at a turn
        self._failures = 0  # texts in a row that failed, each by itself
        self._changed = threading.Condition()
        self._moved = time.monotonic()
        self._threads = [threading.Thread(target=self._work, name="encoder", daemon=True) for _ in range(lanes)]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self, drain_s: float = 0) -> None:
        """Take nothing more, go on with what waits for so long, fail the rest with Stopped; blocks."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._join(drain_s)
        self._fail_all()
        self._join(STOP_SECONDS)

    def submit(self, texts: Sequence[T]) -> Work[T, Row]:
        """Ask for the rows of some texts; raises QueueFull or Stopped. Any thread."""
        work: Work[T, Row] = Work(texts)
        with self._changed:
            if self._stopped:
                raise Stopped
            too_many = self._turns.texts + len(texts) > self._waiting_texts
            if self._turns and (too_many or self._turns.tokens + work.tokens_left > self._waiting_tokens):
                raise QueueFull
            if not (self._turns or self._running):
                self._moved = time.monotonic()
            self._turns.add(work)
            # While it waits for company, the thread is woken only when there is enough of it.
            if len(self._turns) == 1 or self._turns.tokens >= self._room:
                self._changed.notify_all()
        return work

    def cancel(self, work: Work[T, Row]) -> None:
        """Nobody wants these rows any more; for a finished one nothing happens. Any thread."""
        with self._changed:
            self._turns.drop(work)
            work.future.cancel()

    def backlog(self) -> Backlog:
        """What waits right now. Any thread."""
        with self._changed:
            stalled_s = time.monotonic() - self._moved if self._turns or self._running else 0.0
            return Backlog(len(self._turns), self._turns.texts, self._turns.tokens, stalled_s)

    @property
    def is_alive(self) -> bool:
        """Whether the threads run."""
        return all(thread.is_alive() for thread in self._threads)

    def _join(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _fail_all(self) -> None:
        with self._changed:
            self._stopped = True
            for work in self._turns.drop_all():
                work.fail(Stopped())
            self._changed.notify_all()

    def _work(self) -> None:
        while self._failures < MOST_FAILURES and (turn := self._gather()):
            began = time.monotonic()
            padded = sum(self._encode(batch) for batch in self._cut(turn))
            seconds = time.monotonic() - began
            with self._changed:
                self._running -= 1
            if seconds > TURN_SECONDS:
                self._room = max(LEAST_TOKENS, min(self._room, int(padded * TURN_SECONDS / seconds)))
            elif self._turns:
                self._room = min(self._batch_tokens, self._room * 2)
        if self._failures >= MOST_FAILURES:
            log.critical("The model failed on %d texts in a row; its work ends.", self._failures)
        self._fail_all()

    def _gather(self) -> list[Taken[T, Row]]:
        """Wait for texts and take as many as there is room for; nothing at the end of all."""
        with self._changed:
            turn: list[Taken[T, Row]] = []
            while not turn:
                self._changed.wait_for(lambda: self._turns or self._stopped)
                if self._stopped and not self._turns:
                    break
                if self._has_company:  # who was alone so far need not wait for others
                    self._changed.wait_for(
                        lambda: self._turns.tokens >= self._room or self._stopped, self._window_s
                    )
                self._has_company = len(self._turns) > 1
                turn = self._turns.take(self._room)  # nothing, if another thread was faster
            self._running += bool(turn)
            if self._turns:
                self._changed.notify()
            return turn

    def _cut(self, turn: list[Taken[T, Row]]) -> list[list[Taken[T, Row]]]:
        """Batches of texts about equally long: cut where padding would cost more than another pass does."""
        batches: list[list[Taken[T, Row]]] = []
        end = longest = 0
        for at in reversed(range(len(turn))):
            length = length_of(turn[at])
            wasted = (longest - length) * (at + 1)
            if not batches or wasted > self._pass_tokens or (end - at) * longest > self._batch_tokens:
                batches.append([])
                end, longest = at + 1, length
            batches[-1].append(turn[at])
        return batches[::-1]

    def _encode(self, batch: list[Taken[T, Row]]) -> int:
        """Run a batch and hand its rows out; how many tokens it had, padding included."""
        batch = [(work, at) for work, at in batch if not work.future.done()]
        if not batch:
            return 0
        lengths = [length_of(taken) for taken in batch]
        padded = len(batch) * max(lengths)
        try:
            rows = list(zip(batch, self._run([work.texts[at] for work, at in batch]), strict=True))
        except Exception as error:  # whatever a text does to the model, the others get their rows
            self.counts.failed_batches += 1
            if len(batch) == 1:
                log.exception("A text of %d tokens failed", padded)
                self._fail(batch[0][0], error)
                return padded
            log.warning("A batch of %d texts failed and is tried in halves: %r", len(batch), error)
            self._room = max(LEAST_TOKENS, min(self._room, padded // 2))
            half = len(batch) // 2
            return self._encode(batch[:half]) + self._encode(batch[half:])
        finally:
            self._moved = time.monotonic()
        with self._changed:
            self._failures = 0
            self.counts.batches += 1
            self.counts.texts += len(batch)
            self.counts.tokens += sum(lengths)
            self.counts.padding_tokens += padded - sum(lengths)
            for (work, at), row in rows:
                work.give(at, row)
        return padded

    def _fail(self, work: Work[T, Row], error: Exception) -> None:
        with self._changed:
            self._failures += 1
            self._turns.drop(work)
            work.fail(error)
