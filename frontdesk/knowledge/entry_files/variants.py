"""Several ways of asking in one cell: one on each line, or between bars."""

import re
from collections.abc import Iterable

_BAR = re.compile(r"(?<!\\)\|")


def split(cell: str) -> list[str]:
    """The questions in a cell. A bar with a backslash before it is part of a question."""
    lines = [part for part in map(str.strip, cell.splitlines()) if part]
    parts = lines if len(lines) > 1 else _BAR.split(cell)
    return [part.strip().replace(r"\|", "|") for part in parts if part.strip()]


def join(questions: Iterable[str]) -> str:
    """The cell that `split` reads as these questions, none of which has a line break."""
    return "\n".join(map(escaped, questions))


def escaped(question: str) -> str:
    """The question as it stands in a cell."""
    return question.replace("|", r"\|")
