"""What is asked of a model and what comes back; shared by the model, the engine and the HTTP side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Take = Callable[[str], object]
"""Gets a reply piece by piece."""
IsUnwanted = Callable[[], bool]
"""Asked after every token: whether the rest of the reply would be for nobody."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to choose the next token, and when to end. What is None is left to the model's own defaults."""

    max_tokens: int
    temperature: float | None = None
    """0 takes the likeliest token each time."""
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of a reply."""

    reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Failure:
    """The reply broke off; the log knows why."""


Write = Callable[[list[int], Sampling, Take, IsUnwanted], Finish]
"""Writes the reply to a prompt."""


@dataclass(frozen=True, slots=True)
class Served:
    """A model as callers see it."""

    name: str
    context_tokens: int
    """The most that a prompt and its reply may have together."""
    reply_tokens: int
    """How long a reply may get when the request does not say."""
    encode: Callable[[Sequence[Mapping[str, str]]], list[int]]
    """The prompt for a conversation; raises PromptRefused."""


class PromptRefused(Exception):
    """The conversation cannot be put to this model; the text tells a caller why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class StopScanner:
    """Passes text on up to the first stop sequence, which it keeps back together with what follows."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""
        self.found = False

    def feed(self, text: str) -> str:
        """The part of the text so far that certainly comes before a stop sequence and was not passed on yet."""
        if self.found:
            return ""
        self._held += text
        ends = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if ends:
            self.found = True
            return self._take(min(ends))
        return self._take(len(self._held) - self._doubtful())

    def rest(self) -> str:
        """What was kept back in case a stop sequence would follow; for the end of the text."""
        return "" if self.found else self._take(len(self._held))

    def _take(self, length: int) -> str:
        taken, self._held = self._held[:length], self._held[length:]
        return taken

    def _doubtful(self) -> int:
        """Length of the longest end of the held text that begins a stop sequence."""
        return max(
            (
                length
                for stop in self._stops
                for length in range(min(len(stop) - 1, len(self._held)), 0, -1)
                if self._held.endswith(stop[:length])
            ),
            default=0,
        )
