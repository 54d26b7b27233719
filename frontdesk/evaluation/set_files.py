"""Question sets as files: read apart and wholly before anything is written, and written so that they come back."""

import csv
import io
import json
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import openpyxl
from sqlalchemy import select
from sqlalchemy.orm import Session

from frontdesk.database import Sessions
from frontdesk.errors import Conflict, Invalid, Unavailable
from frontdesk.evaluation import sets
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.models import Question
from frontdesk.evaluation.set_columns import NAMES, QuestionRow, named, without_columns
from frontdesk.evaluation.sets import MOST_QUESTIONS, CleanQuestion
from frontdesk.knowledge.apart import Reader, ReadingFailed
from frontdesk.knowledge.entry_files.formulas import disarm
from frontdesk.knowledge.entry_files.reports import Report
from frontdesk.knowledge.entry_files.writing import FileFormat, text_cell
from frontdesk.knowledge.models import GONE, Document, Entry


class SetFiles:
    """Questions into a set and out of it."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def take(self, question_set_id: uuid.UUID, path: Path, name: str, *, skip_bad_rows: bool = False) -> Report:
        """Add the questions of a file; those whose text is in the set already are changed.

        An entry is named by its id or any of its questions, a document by its name. Raises NotFound; Invalid with
        questions_refused, where nothing was imported because of some rows (`details` has them) that the caller does
        not want to skip; Invalid for a file that can not be read; Conflict for too many; Unavailable.
        """
        with self._sessions.begin() as session:
            sets.found_locked(session, question_set_id)
        rows, report = _read(path, name), Report()
        with self._sessions.begin() as session:
            owner = sets.found_locked(session, question_set_id)
            sources = _Sources(session, owner.knowledge_base_id)
            clean = [one for row in rows if (one := sources.cleaned(row, report)) is not None]
            if not skip_bad_rows:
                report.raise_refused("questions_refused")
            if clean:
                report.added, report.changed = sets.add(session, owner.id, clean)
        return report

    def give(self, question_set_id: uuid.UUID, file_format: FileFormat) -> Iterator[bytes]:
        """All questions as a file, oldest first. Raises NotFound."""
        with self._sessions() as session:
            sets.found_locked(session, question_set_id)
            of_set = select(Question).where(Question.question_set_id == question_set_id)
            questions = session.scalars(of_set.order_by(Question.created_at, Question.id)).all()
            documents = [one.source_id for one in questions if one.wanted is Wanted.DOCUMENT]
            chosen = select(Document.id, Document.name).where(Document.id.in_(documents))
            names = dict(session.execute(chosen).all())
        lines = [_line(one, names) for one in questions]
        match file_format:
            case FileFormat.JSONL:
                return ((json.dumps(line, ensure_ascii=False) + "\n").encode() for line in lines)
            case FileFormat.CSV:
                return _csv(lines)
            case FileFormat.XLSX:
                return _xlsx(lines)


class _Sources:
    """What rows may expect of a knowledge base."""

    def __init__(self, session: Session, knowledge_base_id: uuid.UUID) -> None:
        self._session = session
        self._knowledge_base_id = knowledge_base_id
        entries = select(Entry.id, Entry.questions).where(
            Entry.knowledge_base_id == knowledge_base_id, Entry.status.not_in(GONE)
        )
        documents = select(Document.id, Document.name).where(
            Document.knowledge_base_id == knowledge_base_id, Document.status.not_in(GONE)
        )
        self._entries: dict[str, uuid.UUID] = {}
        for entry_id, questions in session.execute(entries):
            self._entries[str(entry_id)] = entry_id
            for question in questions:
                self._entries.setdefault(question, entry_id)
        self._documents: dict[str, uuid.UUID] = {}
        for document_id, name in session.execute(documents):
            self._documents |= {name: document_id, str(document_id): document_id}

    def cleaned(self, row: QuestionRow, report: Report) -> CleanQuestion | None:
        """The row as a set may hold it; None for a bad one."""
        expected = [row.entry, row.document, row.passage, row.handoff]
        if row.unreadable:
            report.refuse(row.number, "question_row_unreadable", "is not a question with what is expected of it.")
        elif not row.question:
            report.refuse(row.number, "question_missing", "has no question.")
        elif row.handoff is None:
            report.refuse(row.number, "question_handoff_unclear", 'says neither "yes" nor "no" under "handoff".')
        elif not any(expected):
            report.refuse(
                row.number,
                "question_expects_nothing",
                "does not say what is expected: an entry, a document, a passage, or a handoff.",
            )
        elif sum(map(bool, expected)) > 1:
            report.refuse(row.number, "question_expects_several", "expects more than one thing.")
        elif row.entry and row.entry not in self._entries:
            report.refuse(
                row.number, "question_entry_unknown", "names an entry that is not in this knowledge base."
            )
        elif row.document and row.document not in self._documents:
            report.refuse(
                row.number, "question_document_unknown", "names a document that is not in this knowledge base."
            )
        else:
            try:
                return sets.cleaned(
                    self._session, self._knowledge_base_id, row.question, self._expectation(row), row.reference
                )
            except Invalid as error:
                report.refuse(row.number, error.code, f"can not be used. {error.message}")
        return None

    def _expectation(self, row: QuestionRow) -> Expectation:
        if row.entry:
            return Expectation(Wanted.ENTRY, self._entries[row.entry])
        if row.document:
            return Expectation(Wanted.DOCUMENT, self._documents[row.document])
        if row.passage:
            return Expectation(Wanted.TEXT, passage=row.passage)
        return Expectation(Wanted.HANDOFF)


def _read(path: Path, name: str) -> Sequence[QuestionRow]:
    """All rows of a file, or as many as a set may have and one more. Raises Invalid, Conflict, Unavailable."""
    rows: list[QuestionRow] = []
    with closing(Reader()) as reader:
        try:
            for row in named(reader.raw_rows(path, name)):
                rows.append(row)
                if len(rows) > MOST_QUESTIONS:
                    raise Conflict(f"A set has at most {MOST_QUESTIONS} questions.", code="questions_too_many")
        except ReadingFailed as error:
            raise Unavailable(
                "The file could not be read just now; please try again.", code="reading_failed"
            ) from error
    if not rows:
        raise without_columns()
    return rows


def _line(question: Question, documents: Mapping[uuid.UUID, str]) -> dict[str, str]:
    """A question by the names of the columns; a document that is gone by its id."""
    line = dict.fromkeys(NAMES, "") | {"question": question.text, "reference": question.reference or ""}
    match question.wanted:
        case Wanted.ENTRY:
            line["entry"] = str(question.source_id)
        case Wanted.DOCUMENT if question.source_id is not None:
            line["document"] = documents.get(question.source_id, str(question.source_id))
        case Wanted.TEXT:
            line["passage"] = question.passage or ""
        case _:
            line["handoff"] = "yes"
    return line


def _csv(lines: Iterable[Mapping[str, str]]) -> Iterator[bytes]:
    piece = io.StringIO()
    piece.write("\ufeff")  # or Excel takes it for the encoding of the country it was sold in
    writer = csv.writer(piece)
    writer.writerow(NAMES)
    writer.writerows([disarm(text) for text in line.values()] for line in lines)
    yield piece.getvalue().encode()


def _xlsx(lines: Iterable[Mapping[str, str]]) -> Iterator[bytes]:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Questions")
    sheet.freeze_panes = "A2"
    sheet.append(list(NAMES))
    for line in lines:
        sheet.append([text_cell(sheet, text) for text in line.values()])
    with tempfile.TemporaryFile() as file:
        workbook.save(file)
        file.seek(0)
        yield file.read()
