"""What the api says instead of doing what it was asked to."""

from typing import Any

from services.api.schemas.shape import Shape


class Problem(Shape):
    """Why not: the `kind` decides on the status, programs go by the `code`, and the `message` is for people."""

    kind: str
    code: str
    message: str
    details: list[dict[str, Any]]


class ProblemAlone(Shape):
    """The one shape of every error."""

    error: Problem
