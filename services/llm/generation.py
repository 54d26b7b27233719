"""What is asked of an engine and what comes back; shared by the HTTP side, the scheduler and the runners."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray


class Matcher(Protocol):
    """A grammar on its way through one reply; called from the inference thread only."""

    def mask(self) -> NDArray[np.int32]:
        """Which tokens may come next: one bit per token, lowest bit first, `ceil(vocabulary / 32)` words."""

    def accept(self, token: int) -> None:
        """Go on by the token that was chosen."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to choose the next token, and when to end."""

    max_tokens: int
    temperature: float = 1.0
    """0 takes the likeliest token each time."""
    top_p: float = 1.0
    top_k: int = 0
    """0 leaves every token in."""
    min_p: float = 0.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    alternatives: int | None = None
    """How many of the likeliest tokens to tell at each place with their logarithms; None tells none at all."""
    matcher: Callable[[], Matcher] | None = None
    """Begins the grammar that the reply has to follow."""
    shows_control_tokens: bool = False
    """Whether marks such as those of a tool call are part of the text."""


@dataclass(frozen=True, slots=True)
class Logprob:
    """A token as it was chosen at its place, and what else could have been."""

    token: int
    logprob: float
    """Natural logarithm of the model's probability, before temperature and penalties."""
    alternatives: tuple[tuple[int, float], ...] = ()
    """The likeliest tokens with theirs, likeliest first."""


@dataclass(frozen=True, slots=True)
class Started:
    """The request has left the queue."""


@dataclass(frozen=True, slots=True)
class Text:
    """More of the reply: text that is certain, and the tokens that were chosen since the last piece."""

    text: str
    logprobs: tuple[Logprob, ...] = ()


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of a reply; the text of the last piece came with it or before it."""

    reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    """How much of the prompt was known from earlier requests."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The reply broke off; the text tells a caller why."""

    code: Literal["out_of_memory", "generation_failed", "stopping"]
    message: str


Piece = Started | Text | Finish | Failure


@dataclass(eq=False, slots=True)
class Job:
    """A reply that was asked for."""

    prompt: Sequence[int]
    sampling: Sampling
    listen: Callable[[Piece], object]
    """Gets the pieces in order, the last one a Finish or a Failure; called where the engine delivers."""
    tenant: str = ""
    """Whose prompt this is: what one tenant's prompts have in common is never reused for another's."""
    shared_tokens: int = 0
    """How many tokens at the prompt's beginning are the operator's own, the same for every tenant."""
    adapter: str | None = None
    """The LoRA adapter to write with."""
    decode_steps: int = field(default=0, init=False)
    """How often the model was run for a token of this reply."""


class QueueFull(Exception):
    """As many requests or prompt tokens wait as may."""


class Stopped(Exception):
    """The engine takes nothing more."""


@dataclass(frozen=True, slots=True)
class Load:
    """What an engine has to do right now."""

    running: int
    waiting: int
    waiting_tokens: int
    """Prompt tokens of those that wait."""
    slots: int
    cached_tokens: int
    """Positions of the cache that hold something of use."""
    capacity_tokens: int
    stalled_s: float
    """How long work has been pending without a step; 0 when there is none."""


@dataclass(slots=True)
class Counts:
    """What an engine has done since it started; only ever grows."""

    steps: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    finished: int = 0
    cancelled: int = 0
    failed: int = 0
    out_of_memory: int = 0
