"""What one row of a file says: the only thing that reading and importing both know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row by the number that a person sees (a line, in JSON lines); `id` is whatever stands in that column.

    Nothing is checked yet, except that an `unreadable` row is no row at all.
    """

    number: int
    id: str = ""
    questions: tuple[str, ...] = ()
    answer: str = ""
    unreadable: bool = False
