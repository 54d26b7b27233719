"""The kinds of domain error.

A kind says what went wrong in the domain's own terms; what a door makes of it (a status code, a retry, a
wording) is the door's business. `code` is a stable slug that screens translate; `message` is English for people.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class DomainError(Exception):
    """Root of every error that the domain raises on purpose."""

    kind: ClassVar[str] = "failed"

    def __init__(
        self, message: str, *, code: str | None = None, details: Sequence[Mapping[str, object]] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.kind
        self.details = list(details)


class Invalid(DomainError):
    """The input can not be used; the message says what to change."""

    kind = "invalid"


class NotFound(DomainError):
    """There is no such thing, or it is not visible to the one who asks."""

    kind = "not_found"


class Conflict(DomainError):
    """The thing exists but its state forbids the verb, or somebody else was faster."""

    kind = "conflict"


class Unauthenticated(DomainError):
    """Who asks is not known: no token, or one that has expired or was revoked."""

    kind = "unauthenticated"


class NotAllowed(DomainError):
    """Who asks is known, and may not do this."""

    kind = "not_allowed"


class Unavailable(DomainError):
    """A part that this needs does not answer now; trying again later is right."""

    kind = "unavailable"
