"""What became of a file of entries."""

from typing import Self

from frontdesk.knowledge.entry_files.reports import Report
from services.api.schemas.shape import Shape


class RefusedRow(Shape):
    """A row that was not imported, by the number that a person sees, and why."""

    row: int
    code: str
    message: str


class EntryImport(Shape):
    """How many rows became entries, changed some, or said what was known; the first that were refused, and their
    number."""

    added: int
    changed: int
    unchanged: int
    refusals: int
    refused: list[RefusedRow]

    @classmethod
    def of(cls, report: Report) -> Self:
        """From the domain's."""
        return cls(
            added=report.added,
            changed=report.changed,
            unchanged=report.unchanged,
            refusals=report.refusals,
            refused=[RefusedRow(row=one.row, code=one.code, message=one.message) for one in report.refused],
        )
