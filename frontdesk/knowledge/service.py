"""The verbs of those who look after the knowledge. Work for the worker is asked for after the commit."""

import unicodedata
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from frontdesk.database import Sessions, new_id
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.files import settle
from frontdesk.jobs import Job, Jobs
from frontdesk.knowledge import versions
from frontdesk.knowledge.chunking import Measure
from frontdesk.knowledge.chunks import every
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.entry_rules import clean_entry, rewrite
from frontdesk.knowledge.index_models import Rebuild
from frontdesk.knowledge.leaving import leaves, seen_by_staff
from frontdesk.knowledge.models import GONE, Document, Entry, KnowledgeBase, SourceStatus
from frontdesk.knowledge.parsing import check_upload
from frontdesk.knowledge.tags import clean_tags, in_use, put_on
from frontdesk.knowledge.versions import NOBODY, Authorship
from frontdesk.language import Language, detect
from frontdesk.texts import require_text, without_controls

S = TypeVar("S", Document, Entry)

EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Contents:
    """A knowledge base with the number of its documents and entries."""

    knowledge_base: KnowledgeBase
    documents: int
    entries: int
    rebuild: Rebuild | None

    @property
    def rebuilt(self) -> float | None:
        """The share of a new index that is filled, between 0 and 1; None while none is being made."""
        rebuild = self.rebuild
        if rebuild is None or rebuild.collection in (None, self.knowledge_base.collection):
            return None
        return min(1.0, rebuild.done / rebuild.total) if rebuild.total else 0.0

    @property
    def rebuild_error(self) -> str | None:
        """How a new index failed its check, while the one before goes on answering and it is made once more."""
        return self.rebuild.error_code if self.rebuild else None


class Knowledge:
    """Documents in and out, entries written and imported."""

    def __init__(self, sessions: Sessions, jobs: Jobs, files_dir: Path, threshold: float) -> None:
        self._sessions = sessions
        self._jobs = jobs
        self._files_dir = files_dir
        self._threshold = threshold

    def bases(self, *within: ColumnElement[bool]) -> Sequence[Contents]:
        """All knowledge bases within some conditions, oldest first."""
        counts = [
            select(func.count())
            .select_from(model)
            .where(model.knowledge_base_id == KnowledgeBase.id, model.status.not_in(GONE))
            .scalar_subquery()
            for model in (Document, Entry)
        ]
        with self._sessions() as session:
            rows = session.execute(
                select(KnowledgeBase, *counts, Rebuild)
                .outerjoin(Rebuild, Rebuild.knowledge_base_id == KnowledgeBase.id)
                .where(*within)
                .order_by(KnowledgeBase.created_at)
            ).all()
        return [Contents(*row) for row in rows]

    def contents(self, knowledge_base_id: uuid.UUID) -> Contents:
        """One knowledge base with the number of its documents and entries; raises NotFound."""
        (contents,) = self.bases(KnowledgeBase.id == self.base(knowledge_base_id).id)
        return contents

    def base(self, knowledge_base_id: uuid.UUID) -> KnowledgeBase:
        """One knowledge base; raises NotFound."""
        with self._sessions() as session:
            return versions.found(session, knowledge_base_id)

    def create_base(self, name: str) -> KnowledgeBase:
        """The knowledge base of that name, made if there is none."""
        with self._sessions.begin() as session:
            session.execute(
                insert(KnowledgeBase)
                .values(id=new_id(), name=name, threshold=self._threshold)
                .on_conflict_do_nothing()
            )
            return session.scalars(select(KnowledgeBase).where(KnowledgeBase.name == name)).one()

    # Documents

    def documents(self, knowledge_base_id: uuid.UUID) -> Sequence[Document]:
        """The documents of a knowledge base by name, with those that leave with the next version. NotFound."""
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
            return session.scalars(
                select(Document)
                .where(Document.knowledge_base_id == knowledge_base_id, seen_by_staff(Document))
                .order_by(Document.name)
            ).all()

    def document(self, document_id: uuid.UUID) -> Document:
        """One document, also one that leaves with the next version; raises NotFound."""
        with self._sessions() as session:
            return _source(session, Document, document_id, leaving=True)

    def file(self, document: Document, revision: int | None = None) -> Path:
        """Where an uploaded file lies, the newest one unless said; raises NotFound when it is not kept any more."""
        path = self._files_dir / document.files.get(str(revision or document.revision), "gone")
        if not path.is_file():
            raise NotFound("The uploaded file is not kept any more; upload it again.", code="file_gone")
        return path

    def upload(
        self,
        knowledge_base_id: uuid.UUID,
        name: str,
        path: Path,
        url: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> Document:
        """Keep a file and have it indexed; one of the same name is replaced once the new one is ready.

        `path` is moved away; `url` is where a reader finds the original. Without `tags`, one that is replaced keeps
        its own. Raises NotFound, or Invalid for a file that can not be read.
        """
        name = _clean_name(name)
        tags = None if tags is None else clean_tags(tags)
        self.base(knowledge_base_id)
        check_upload(path, name)
        self._files_dir.mkdir(parents=True, exist_ok=True)
        file = uuid.uuid4().hex
        size = path.stat().st_size
        settle(path, self._files_dir / file)
        try:
            document = self._store(knowledge_base_id, name, size, file, url, tags)
        except Exception:
            (self._files_dir / file).unlink()
            raise
        self._jobs.enqueue(Job.INDEX_DOCUMENT, document_id=document.id)
        return document

    def _store(
        self,
        knowledge_base_id: uuid.UUID,
        name: str,
        size: int,
        file: str,
        url: str | None,
        tags: Sequence[str] | None,
    ) -> Document:
        """The row of an uploaded file."""
        with self._sessions.begin() as session:
            # The lock makes two uploads of one name follow each other instead of colliding.
            base = versions.locked(session, knowledge_base_id)
            document = session.scalar(
                select(Document).where(
                    Document.knowledge_base_id == knowledge_base_id,
                    Document.name == name,
                    Document.status.not_in(GONE),
                )
            )
            if document is None:
                document = Document(knowledge_base_id=knowledge_base_id, name=name, revision=1, files={})
                session.add(document)
            else:
                document.revision += 1
                _queue_document(document)
            document.size, document.url = size, url
            if tags is not None:
                session.flush()
                put_on(session, base, document, tags)
            document.files = document.files | {str(document.revision): file}
        return document

    def cut(self, document_id: uuid.UUID, measure: Measure | None) -> Document:
        """Have a document cut otherwise, None: as usual, and indexed again from the file that there is.

        What it was cut into goes on answering until then. Raises NotFound, also when the file is not kept any more.
        """
        with self._sessions.begin() as session:
            document = _source(session, Document, document_id, lock=True)
            self.file(document)
            file = document.file
            document.chunking = asdict(measure) if measure else None
            document.revision += 1
            document.files = document.files | {str(document.revision): file}
            _queue_document(document)
        self._jobs.enqueue(Job.INDEX_DOCUMENT, document_id=document_id)
        return document

    def pause(self, document_id: uuid.UUID) -> Document:
        """Stop indexing a document; what it said before goes on answering. NotFound, or Conflict if nobody does."""
        with self._sessions.begin() as session:
            document = _source(session, Document, document_id, lock=True)
            if document.status not in (SourceStatus.QUEUED, SourceStatus.WORKING):
                raise Conflict("This document is not being read.", code="not_working")
            document.owe(SourceStatus.PAUSED)
        return document

    def retry(self, document_id: uuid.UUID) -> Document:
        """Go on with a failed or paused document where it stood; raises NotFound, or Conflict for any other."""
        with self._sessions.begin() as session:
            document = _source(session, Document, document_id, lock=True)
            if document.status not in (SourceStatus.FAILED, SourceStatus.PAUSED):
                raise Conflict("Only a failed or paused document can be tried again.", code="not_failed")
            _queue_document(document)
        self._jobs.enqueue(Job.INDEX_DOCUMENT, document_id=document_id)
        return document

    def delete_document(self, document_id: uuid.UUID, at_once: bool = True, by: Authorship = NOBODY) -> None:
        """Its passages are not found any more, from this moment or from the next version on. Raises NotFound."""
        self._delete(Document, document_id, at_once, by)

    # Entries

    def entries(
        self, knowledge_base_id: uuid.UUID, query: str, offset: int, limit: int
    ) -> tuple[Sequence[Entry], int]:
        """A page of entries, last changed first, whose questions or answer contain `query`; and their number."""
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
            matching = _matching(knowledge_base_id, without_controls(query))
            page = matching.order_by(Entry.updated_at.desc(), Entry.id).offset(offset).limit(limit)
            total = session.scalars(select(func.count()).select_from(matching.subquery())).one()
            return session.scalars(page).all(), total

    def entry(self, entry_id: uuid.UUID) -> Entry:
        """One entry; raises NotFound, or Conflict for one that leaves with the next version."""
        with self._sessions() as session:
            return _source(session, Entry, entry_id)

    def add_entries(
        self,
        knowledge_base_id: uuid.UUID,
        texts: Sequence[EntryText],
        tags: Sequence[str] = (),
        expires_at: datetime | None = None,
    ) -> Sequence[Entry]:
        """New entries with these tags, found until then; raises NotFound, or Invalid for one without a question or
        an answer."""
        entries, tags = [], clean_tags(tags)
        for text in texts:
            questions, answer = clean_entry(text.questions, text.answer)
            language = detect(" ".join(questions), Language.ZH)
            entries.append(
                Entry(
                    knowledge_base_id=knowledge_base_id,
                    questions=questions,
                    answer=answer,
                    language=language,
                    tags=tags,
                    expires_at=expires_at,
                )
            )
        with self._sessions.begin() as session:
            versions.found(session, knowledge_base_id)
            session.add_all(entries)
        self._jobs.enqueue(Job.INDEX_ENTRIES, knowledge_base_id=knowledge_base_id)
        return entries

    def change_entry(self, entry_id: uuid.UUID, questions: Sequence[str] | None, answer: str | None) -> Entry:
        """Other questions or another answer; raises NotFound or Invalid."""
        with self._sessions.begin() as session:
            entry = _source(session, Entry, entry_id, lock=True)
            kept = entry.questions if questions is None else questions
            rewrite(entry, *clean_entry(kept, entry.answer if answer is None else answer))
        self._jobs.enqueue(Job.INDEX_ENTRIES, knowledge_base_id=entry.knowledge_base_id)
        return entry

    def delete_entry(self, entry_id: uuid.UUID, at_once: bool = True, by: Authorship = NOBODY) -> None:
        """It is not found any more, from this moment or from the next version on. Raises NotFound."""
        self._delete(Entry, entry_id, at_once, by)

    def set_expiry(self, model: type[S], source_id: uuid.UUID, expires_at: datetime | None) -> S:
        """A document or entry is not found any more from that moment on; None: it stays. Raises NotFound."""
        with self._sessions.begin() as session:
            base = versions.locked(session, _source(session, model, source_id).knowledge_base_id)
            source = _source(session, model, source_id, lock=True)
            source.expires_at = expires_at
            versions.touch(session, base, every(model, [source]))
        return source

    def set_tags(self, model: type[S], source_id: uuid.UUID, tags: Sequence[str]) -> S:
        """Other tags for a document or entry; raises NotFound or Invalid."""
        cleaned = clean_tags(tags)
        with self._sessions.begin() as session:
            base = versions.locked(session, _source(session, model, source_id).knowledge_base_id)
            source = _source(session, model, source_id, lock=True)
            put_on(session, base, source, cleaned)
        return source

    def tags(self, knowledge_base_id: uuid.UUID) -> Sequence[str]:
        """The tags that documents and entries of a knowledge base have, by name; raises NotFound."""
        with self._sessions() as session:
            return in_use(session, versions.found(session, knowledge_base_id))

    def expire(self) -> None:
        """Delete what has expired; it is not found since then, this makes it a version."""
        self._expire(Document)
        self._expire(Entry)

    def _expire(self, model: type[S]) -> None:
        with self._sessions() as session:
            due = (model.expires_at < func.now(), model.status.not_in(GONE))
            expired = session.scalars(select(model.id).where(*due).limit(100)).all()
        for source_id in expired:
            with suppress(NotFound):
                self._delete(model, source_id, at_once=True, by=Authorship(note=EXPIRED))

    def _delete(self, model: type[S], source_id: uuid.UUID, at_once: bool, by: Authorship) -> None:
        with self._sessions.begin() as session:
            base = versions.locked(session, _source(session, model, source_id, leaving=True).knowledge_base_id)
            source = _source(session, model, source_id, lock=True, leaving=True)
            source.owe(SourceStatus.DELETED if at_once else SourceStatus.REMOVED)
            if at_once:
                versions.withdraw(session, base, every(model, [source]), by)
            else:
                versions.replace(session, base, added=false(), removed=every(model, [source]))


def _queue_document(document: Document) -> None:
    document.owe(SourceStatus.QUEUED)
    document.stage, document.done, document.total = None, 0, 0


def _source(session: Session, model: type[S], source_id: uuid.UUID, lock: bool = False, leaving: bool = False) -> S:
    """A document or entry; raises NotFound, or Conflict for one that leaves, unless that is allowed."""
    source = session.get(model, source_id, with_for_update=lock, populate_existing=lock)
    name = model.__name__.lower()
    if source is None or (source.status in GONE and not leaves(session, source)):
        raise NotFound(f"There is no such {name}.", code=f"{name}_not_found")
    if source.status in GONE and not leaving:
        raise Conflict(f"This {name} leaves with the next version; discard the draft to keep it.", code="leaving")
    return source


def _matching(knowledge_base_id: uuid.UUID, query: str) -> Select[Entry]:
    matching = select(Entry).where(Entry.knowledge_base_id == knowledge_base_id, Entry.status.not_in(GONE))
    if not query:
        return matching
    question = func.unnest(Entry.questions).column_valued("question")
    in_question = exists(select(question).where(question.icontains(query, autoescape=True)))
    return matching.where(or_(in_question, Entry.answer.icontains(query, autoescape=True)))


def _clean_name(name: str) -> str:
    name = unicodedata.normalize("NFC", PurePosixPath(name.replace("\\", "/")).name)
    name = require_text(name.replace("\n", " "), 200, "The file name")
    if name in (".", ".."):
        raise Invalid("The file has no name.", code="text_empty")
    return name
