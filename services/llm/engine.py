"""One inference thread and the bounded queue before it. It knows neither HTTP nor torch."""

import logging
import threading
from collections import deque
from collections.abc import Callable

from services.llm.writing import Failure, Finish, Sampling, Write

log = logging.getLogger(__name__)

Piece = str | Finish | Failure
Listen = Callable[[Piece], object]


class QueueFull(Exception):
    """As many requests wait as may."""


class Stopped(Exception):
    """The engine takes nothing more."""


class Job:
    """A reply that was asked for. `listen` gets its pieces in the inference thread, the last one not a text."""

    def __init__(self, prompt: list[int], sampling: Sampling, listen: Listen) -> None:
        self.prompt = prompt
        self.sampling = sampling
        self.listen = listen
        self.unwanted = threading.Event()


class Engine:
    """Answers in the order of asking; `write` is called from one thread, once at a time."""

    def __init__(self, write: Write, waiting: int) -> None:
        self._write = write
        self._most_waiting = waiting
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._stopped = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Break off what runs, drop what waits, and return when the thread has ended."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            if self._running:
                self._running.unwanted.set()
            self._changed.notify_all()
        self._thread.join()

    def submit(self, prompt: list[int], sampling: Sampling, listen: Listen) -> Job:
        """Ask for a reply; raises QueueFull or Stopped."""
        job = Job(prompt, sampling, listen)
        with self._changed:
            if self._stopped:
                raise Stopped
            # While nothing runs, the first in the queue is about to: it does not wait.
            if len(self._waiting) >= self._most_waiting + (self._running is None):
                raise QueueFull
            self._waiting.append(job)
            self._changed.notify_all()
        return job

    def cancel(self, job: Job) -> None:
        """Nobody wants this reply any more; for one that is finished nothing happens."""
        with self._changed:
            job.unwanted.set()
            if job in self._waiting:
                self._waiting.remove(job)

    def load(self) -> tuple[int, int]:
        """How many requests are being answered, and how many wait."""
        with self._changed:
            return int(self._running is not None), len(self._waiting)

    @property
    def is_alive(self) -> bool:
        """Whether the inference thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while job := self._next():
            try:
                end: Piece = self._write(job.prompt, job.sampling, job.listen, job.unwanted.is_set)
            except Exception:  # whatever one request does to the model, the next is answered
                log.exception("A reply broke off")
                end = Failure()
            with self._changed:
                self._running = None
            if not job.unwanted.is_set():
                job.listen(end)

    def _next(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopped)
            if self._stopped:
                return None
            self._running = self._waiting.popleft()
            return self._running
