"""Import and export of a knowledge base's entries."""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO

from sqlalchemy import ColumnElement, func, select

from frontdesk.database import Sessions
from frontdesk.errors import Invalid, Unavailable
from frontdesk.jobs import Job, Jobs
from frontdesk.knowledge import versions
from frontdesk.knowledge.apart import Reader, ReadingFailed
from frontdesk.knowledge.entry_files.importing import CleanRow, Import
from frontdesk.knowledge.entry_files.reports import Report
from frontdesk.knowledge.entry_files.rows import FileRow
from frontdesk.knowledge.entry_files.writing import FileFormat, columns_for, write
from frontdesk.knowledge.entry_rules import clean_entry
from frontdesk.knowledge.models import GONE, Entry
from frontdesk.knowledge.tags import clean_tags

ENTRIES_AT_ONCE = 500
MOST_XLSX_ENTRIES = 1_048_575


class EntryFiles:
    """Entries into a knowledge base and out of it, as files."""

    def __init__(self, sessions: Sessions, jobs: Jobs, files_dir: Path) -> None:
        self._sessions = sessions
        self._jobs = jobs
        self._files_dir = files_dir

    def take(
        self,
        knowledge_base_id: uuid.UUID,
        path: Path,
        name: str,
        *,
        skip_bad_rows: bool = False,
        tags: Sequence[str] = (),
        expires_at: datetime | None = None,
    ) -> Report:
        """Add the entries of a file, with these tags and found until then, and change those that it names by their
        id.

        Raises NotFound; Invalid with entries_refused, where nothing was imported because of some rows (`details`
        has them) that the caller does not want to skip; Invalid for a file that can not be read; Conflict while
        another file is being imported; Unavailable.
        """
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
        report, tags = Report(), clean_tags(tags)
        # Everything is read before anything is written: reading may take minutes, a transaction must not.
        with tempfile.TemporaryFile("w+", dir=self._files_dir, encoding="ascii") as kept:
            self._read(path, name, kept, report)
            if not skip_bad_rows:
                report.raise_refused("entries_refused")
            kept.seek(0)
            with self._sessions.begin() as session:
                importing = Import(session, knowledge_base_id, report, tags, expires_at)
                while batch := [CleanRow.of(line) for line in islice(kept, ENTRIES_AT_ONCE)]:
                    importing.take(batch)
                if not skip_bad_rows:
                    report.raise_refused("entries_refused")
        if report.added or report.changed:
            self._jobs.enqueue(Job.INDEX_ENTRIES, knowledge_base_id=knowledge_base_id)
        return report

    def give(self, knowledge_base_id: uuid.UUID, file_format: FileFormat) -> Iterator[bytes]:
        """All entries as a file, in pieces, oldest first.

        Raises NotFound, or Invalid with entries_too_many for more of them than Excel has rows.
        """
        of_base = (Entry.knowledge_base_id == knowledge_base_id, Entry.status.not_in(GONE))
        in_cells = func.replace(func.array_to_string(Entry.questions, "\n"), "|", "\\|")
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
            longest = session.scalars(select(func.max(func.length(in_cells))).where(*of_base)).one() or 0
            ids = session.scalars(select(Entry.id).where(*of_base).order_by(Entry.created_at, Entry.id)).all()
        if file_format is FileFormat.XLSX and len(ids) > MOST_XLSX_ENTRIES:
            raise Invalid(
                f"An Excel sheet holds {MOST_XLSX_ENTRIES:,} entries. Export them as CSV.", code="entries_too_many"
            )
        return write(file_format, self._entries(ids, of_base), columns_for(longest))

    def _entries(self, ids: Sequence[uuid.UUID], of_base: Sequence[ColumnElement[bool]]) -> Iterator[Entry]:
        """Read a batch at a time: whoever downloads slowly must not keep a transaction open."""
        for start in range(0, len(ids), ENTRIES_AT_ONCE):
            wanted = ids[start : start + ENTRIES_AT_ONCE]
            with self._sessions() as session:
                found = {
                    entry.id: entry
                    for entry in session.scalars(select(Entry).where(Entry.id.in_(wanted), *of_base))
                }
            yield from (found[entry_id] for entry_id in wanted if entry_id in found)

    def _read(self, path: Path, name: str, kept: IO[str], report: Report) -> None:
        """Keep the rows that may become entries; the report has the others."""
        rows = 0
        with closing(Reader()) as reader:
            try:
                for row in reader.entries(path, name):
                    rows += 1
                    if (clean := _clean(row, report)) is not None:
                        kept.write(clean.as_line())
            except ReadingFailed as error:
                raise Unavailable(
                    "The file could not be read just now; please try again.", code="reading_failed"
                ) from error
        if not rows:
            raise Invalid("There are no entries in this file.", code="entries_none")


def _clean(row: FileRow, report: Report) -> CleanRow | None:
    """The row as an entry may hold it; None for a bad one."""
    if row.unreadable:
        report.refuse(row.number, "entry_row_unreadable", "is not a question with its answer.")
    elif not row.questions:
        report.refuse(row.number, "entry_no_question", "has no question.")
    elif not row.answer.strip():
        report.refuse(row.number, "entry_no_answer", "has no answer.")
    else:
        try:
            return CleanRow(row.number, _known_id(row.id), *clean_entry(row.questions, row.answer))
        except Invalid as error:
            report.refuse(row.number, error.code, f"can not be used. {error.message}")
    return None


def _known_id(text: str) -> uuid.UUID | None:
    """An identity of ours; any other column of numbers is somebody else's own."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
