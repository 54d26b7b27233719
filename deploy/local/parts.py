"""What the supervisor is told to start: parts that go on, steps that end."""

import re
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deploy.local.account import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A command and what has to be there before it is run."""

    name: str
    """Short and stable: names the log file, and is what others wait for in `after`."""
    title: str
    """What the terminal says."""
    command: tuple[str, ...]
    environment: Mapping[str, str]
    after: frozenset[str] = frozenset()
    """Names of parts that must answer and steps that must have succeeded first."""
    account: Account | None = None
    """Whom to run as; None: whoever runs the supervisor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Start):
    """A program that is kept running."""

    is_ready: Callable[[], bool]
    """Asked from a thread until it says yes, at most 2 s a call; raises Refusal where waiting cannot help."""
    is_store: bool = False
    """Stores are stopped last, after everyone who writes to them."""
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    """Sent when the supervisor itself is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest(Part):
    """A program that the others can do without: nothing waits for it, and nothing ends when it cannot be had."""

    says: re.Pattern[str]
    """A line that it prints for people: what it is doing, or why it has ended; the first group is shown."""
    complains: re.Pattern[str]
    """A line about what it cannot do and goes on without; the first group is shown, and then stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Start):
    """A command that has to succeed once in this start."""

    finish: Callable[[], None] = field(default=lambda: None)
    """Called after success."""
    is_optional: bool = False
    """Failure is told, and the platform goes on without it; the next start tries again."""
