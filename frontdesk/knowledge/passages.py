"""Passages that answers have cited: opened in their surroundings, and whether they may still be shown."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from frontdesk.database import Sessions
from frontdesk.errors import NotFound
from frontdesk.knowledge.chunks import count
from frontdesk.knowledge.leaving import seen_by_staff
from frontdesk.knowledge.models import Chunk, Document, Entry, KnowledgeBase, SourceStatus
from frontdesk.knowledge.spans import Spans, holds

AROUND = 1
"""How many passages before and behind are shown along."""


@dataclass(frozen=True, slots=True)
class OpenedPassage:
    """A passage as it was cited, with its neighbours in the same revision of the source.

    `valid` are the versions in which it was found; `published` is the one that answers now.
    """

    chunk: Chunk
    document: Document | None
    entry: Entry | None
    before: list[str]
    after: list[str]
    published: int

    @property
    def title(self) -> str:
        """The document's name, or the question that the answer belongs to."""
        return self.document.name if self.document else str(self.chunk.heading or self.chunk.text)

    @property
    def valid(self) -> Spans:
        """The versions in which it is found."""
        return self.chunk.valid

    @property
    def is_available(self) -> bool:
        """Whether contacts may see it: it may be outdated, but its source was not deleted."""
        source = self.document or self.entry
        return source is not None and source.status is not SourceStatus.DELETED

    @property
    def is_current(self) -> bool:
        """Whether contacts are answered from it now."""
        return self.is_available and any(since <= self.published < until for since, until in self.valid)


class Passages:
    """Reads them."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def open(self, chunk_id: uuid.UUID) -> OpenedPassage:
        """A passage; raises NotFound when no version that is kept has it."""
        with self._sessions() as session:
            row = session.execute(
                select(Chunk, Document, Entry, KnowledgeBase.published)
                .join(KnowledgeBase, KnowledgeBase.id == Chunk.knowledge_base_id)
                .outerjoin(Document, Document.id == Chunk.document_id)
                .outerjoin(Entry, Entry.id == Chunk.entry_id)
                .where(Chunk.id == chunk_id)
            ).one_or_none()
            if row is None:
                raise NotFound("This passage is no longer available.", code="passage_not_found")
            chunk, document, entry, published = row
            around: dict[int, str] = {}
            if document is not None:
                ordinals = range(chunk.ordinal - AROUND, chunk.ordinal + AROUND + 1)
                of_revision = (Chunk.document_id == document.id, Chunk.revision == chunk.revision)
                around = dict(
                    session.execute(
                        select(Chunk.ordinal, Chunk.text).where(*of_revision, Chunk.ordinal.in_(ordinals))
                    ).all()
                )
        before = [text for ordinal, text in sorted(around.items()) if ordinal < chunk.ordinal]
        after = [text for ordinal, text in sorted(around.items()) if ordinal > chunk.ordinal]
        return OpenedPassage(chunk, document, entry, before, after, published)

    def of_document(self, document_id: uuid.UUID, offset: int, limit: int) -> tuple[Sequence[Chunk], int]:
        """Some of a document's passages in the draft, in its order, and the number of all; raises NotFound.

        Of one that leaves with the next version, they are those that are published.
        """
        with self._sessions() as session:
            row = session.execute(
                select(Document, KnowledgeBase)
                .join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
                .where(Document.id == document_id, seen_by_staff(Document))
            ).one_or_none()
            if row is None:
                raise NotFound("There is no such document.", code="document_not_found")
            base = row.KnowledgeBase
            version = base.published if row.Document.status is SourceStatus.REMOVED else base.draft
            in_version = (Chunk.document_id == document_id, holds(Chunk.valid, version))
            page = select(Chunk).where(*in_version).order_by(Chunk.ordinal).offset(offset).limit(limit)
            return session.scalars(page).all(), session.scalars(count(*in_version)).one()

    def gone(self, source_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Those of these documents and entries that nobody may be shown any more."""
        wanted = set(source_ids)
        if not wanted:
            return set()
        there: set[uuid.UUID] = set()
        with self._sessions() as session:
            for model in (Document, Entry):
                shown = (
                    model.id.in_(wanted),
                    model.status != SourceStatus.DELETED,
                    or_(model.expires_at.is_(None), model.expires_at > func.now()),
                )
                there.update(session.scalars(select(model.id).where(*shown)))
        return wanted - there
