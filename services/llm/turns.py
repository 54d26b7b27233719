"""Whose texts are encoded next: requests take turns, text by text, so that a long one holds nobody up."""

from collections.abc import Sequence, Sized
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T", bound=Sized)
"""A text; it is as long as it has tokens."""
Row = TypeVar("Row")


class Work(Generic[T, Row]):
    """The texts of one request. `future` gives their rows, in the order of the texts."""

    def __init__(self, texts: Sequence[T]) -> None:
        self.texts = texts
        self.future: Future[list[Row]] = Future()
        self.has_started = False
        self.tokens_left = sum(map(len, texts))
        # Those that still wait, the shortest last, where it is taken from.
        self.left = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        self._rows: dict[int, Row] = {}

    def give(self, at: int, row: Row) -> None:
        """The row of one text; the last one completes the request."""
        self._rows[at] = row
        if len(self._rows) == len(self.texts) and self._is_wanted():
            self.future.set_result([self._rows[at] for at in range(len(self.texts))])

    def fail(self, error: Exception) -> None:
        """No row will follow."""
        if self._is_wanted():
            self.future.set_exception(error)

    def _is_wanted(self) -> bool:
        return not self.future.done() and self.future.set_running_or_notify_cancel()


Taken = tuple[Work[T, Row], int]
"""A text that is to be encoded: its request, and its place there."""


class Turns(Generic[T, Row]):
    """The requests that wait. Not for several threads at once."""

    def __init__(self) -> None:
        self.texts = 0
        self.tokens = 0
        self._works: dict[Work[T, Row], None] = {}  # in the order of their turns

    def __len__(self) -> int:
        return len(self._works)

    def add(self, work: Work[T, Row]) -> None:
        """Its first turn comes after everybody else's next one."""
        self._works[work] = None
        self.texts += len(work.left)
        self.tokens += work.tokens_left

    def drop(self, work: Work[T, Row]) -> None:
        """Forget what is left of a request, if anything is."""
        if work in self._works:
            del self._works[work]
            self.texts -= len(work.left)
            self.tokens -= work.tokens_left

    def drop_all(self) -> list[Work[T, Row]]:
        """Forget everything; returns whose texts these were."""
        works = list(self._works)
        for work in works:
            self.drop(work)
        return works

    def take(self, room: int) -> list[Taken[T, Row]]:
        """As many texts as have `room` tokens together, one at least; the shortest first."""
        taken: list[Taken[T, Row]] = []
        while self._works:
            work = next(iter(self._works))
            at = work.left[-1]
            length = len(work.texts[at])
            if taken and length > room:
                break
            room -= length
            taken.append((work, at))
            self.drop(work)
            work.left.pop()
            work.tokens_left -= length
            work.has_started = True
            if work.left:
                self.add(work)
        return sorted(taken, key=length_of)


def length_of(taken: Taken[T, Row]) -> int:
    """How many tokens the text has."""
    work, at = taken
    return len(work.texts[at])
