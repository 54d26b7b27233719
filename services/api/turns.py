"""The threads in which the assistant takes its turns: a fixed number, however many people ask."""

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from frontdesk.answering.service import Assistant

log = logging.getLogger(__name__)

# Turns of dead processes and forgotten wake-ups are found by looking anyway.
LOOK_SECONDS = 1.0


class Turns:
    """Takes turns until stopped. The table of conversations is the queue; `wake` only saves waiting."""

    def __init__(self, assistant: Assistant, threads: int) -> None:
        self._assistant = assistant
        self._wanted = threading.Semaphore(0)
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"turn-{number}", daemon=True) for number in range(threads)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is a message to answer."""
        self._wanted.release()

    def stop(self, seconds: float) -> None:
        """Let the turns that are under way finish, for so long; others are taken up after the restart."""
        self._stopped.set()
        for _ in self._threads:
            self._wanted.release()
        for thread in self._threads:
            thread.join(seconds / len(self._threads))

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wanted.acquire(timeout=LOOK_SECONDS)
            try:
                while not self._stopped.is_set() and self._assistant.take_turn():
                    pass
            except SQLAlchemyError as error:
                log.error("No turn can be taken, the database does not answer: %s", error)
                self._stopped.wait(LOOK_SECONDS)
            except Exception:
                # The thread must live: the conversation's lease runs out and it is tried again.
                log.exception("A turn broke off")
