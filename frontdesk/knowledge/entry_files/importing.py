"""One import, inside one transaction: which rows are new, which change an entry, which say nothing new."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Self

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from frontdesk.errors import Conflict
from frontdesk.knowledge.entry_files.reports import Report
from frontdesk.knowledge.entry_rules import rewrite
from frontdesk.knowledge.models import GONE, Entry
from frontdesk.language import Language, detect


@dataclass(frozen=True, slots=True)
class CleanRow:
    """A row that may become an entry; with an `id` it is about the entry of that id."""

    number: int
    id: uuid.UUID | None
    questions: list[str]
    answer: str

    def as_line(self) -> str:
        """One line of JSON."""
        return json.dumps([self.number, self.id and str(self.id), self.questions, self.answer]) + "\n"

    @classmethod
    def of(cls, line: str) -> Self:
        """From such a line."""
        number, id_, questions, answer = json.loads(line)
        return cls(number, uuid.UUID(id_) if id_ else None, questions, answer)


class Import:
    """Writes rows into a knowledge base; `report` tells what became of them. New entries get the tags and are found
    until `expires_at`. Raises Conflict during another one.
    """

    def __init__(
        self,
        session: Session,
        knowledge_base_id: uuid.UUID,
        report: Report,
        tags: Sequence[str] = (),
        expires_at: datetime | None = None,
    ) -> None:
        self._session = session
        self._of_base = (Entry.knowledge_base_id == knowledge_base_id, Entry.status.not_in(GONE))
        self._knowledge_base_id = knowledge_base_id
        self._report = report
        self._tags = list(tags)
        self._expires_at = expires_at
        self._rows_by_id: dict[uuid.UUID, int] = {}
        # Two at once would add the same entries twice. Only imports wait for this lock.
        if not session.scalar(select(func.pg_try_advisory_xact_lock(knowledge_base_id.int >> 65))):
            raise Conflict("Another file is being imported; try again when it is done.", code="import_running")
        known = select(Entry.questions, Entry.answer).where(*self._of_base).execution_options(yield_per=1000)
        self._known = {_digest(questions, answer) for questions, answer in session.execute(known)}

    def take(self, rows: Sequence[CleanRow]) -> None:
        """The next rows."""
        named = self._named(rows)
        new = []
        for row in rows:
            digest = _digest(row.questions, row.answer)
            if row.id is not None:
                self._change(row, named, digest)
            elif digest in self._known:
                self._report.unchanged += 1
            else:
                self._known.add(digest)
                new.append(row)
        if new:
            self._session.execute(insert(Entry), [self._values(row) for row in new])
            self._report.added += len(new)
        self._session.flush()
        self._session.expunge_all()

    def _named(self, rows: Sequence[CleanRow]) -> Mapping[uuid.UUID, Entry]:
        ids = [row.id for row in rows if row.id is not None]
        if not ids:
            return {}
        found = select(Entry).where(Entry.id.in_(ids), *self._of_base).order_by(Entry.id).with_for_update()
        return {entry.id: entry for entry in self._session.scalars(found)}

    def _change(self, row: CleanRow, named: Mapping[uuid.UUID, Entry], digest: bytes) -> None:
        if row.id is None or row.id not in named:
            unknown = "names an entry that is not in this knowledge base; empty its id to add it as a new one."
            self._report.refuse(row.number, "entry_unknown", unknown)
            return
        earlier = self._rows_by_id.setdefault(row.id, row.number)
        if earlier != row.number:
            self._report.refuse(row.number, "entry_twice", f"names the same entry as row {earlier}.")
            return
        entry = named[row.id]
        if (entry.questions, entry.answer) == (row.questions, row.answer):
            self._report.unchanged += 1
            return
        self._known.discard(_digest(entry.questions, entry.answer))
        self._known.add(digest)
        rewrite(entry, row.questions, row.answer)
        self._report.changed += 1

    def _values(self, row: CleanRow) -> dict[str, object]:
        return {
            "knowledge_base_id": self._knowledge_base_id,
            "questions": row.questions,
            "answer": row.answer,
            "tags": self._tags,
            "expires_at": self._expires_at,
            "language": detect(" ".join(row.questions), Language.ZH),
        }


def _digest(questions: Sequence[str], answer: str) -> bytes:
    # Neither can hold this character: PostgreSQL does not store it.
    return blake2b("\0".join((*questions, answer)).encode(), digest_size=16).digest()
