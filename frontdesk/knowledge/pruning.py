"""Clearing away what no kept version needs: old versions, their chunks, removed sources with their files."""

import logging
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Select, delete, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute

from frontdesk.database import Sessions, now
from frontdesk.errors import Unavailable
from frontdesk.knowledge import versions
from frontdesk.knowledge.index import Index
from frontdesk.knowledge.models import GONE, Chunk, Document, Entry, KnowledgeBase, Version
from frontdesk.knowledge.pictures.clearing import forget_unused
from frontdesk.knowledge.spans import touches

log = logging.getLogger(__name__)

CHUNKS_AT_ONCE = 500

_SOURCES: dict[type[Document | Entry], InstrumentedAttribute[uuid.UUID | None]] = {
    Document: Chunk.document_id,
    Entry: Chunk.entry_id,
}
_FORGET_VECTORS = text(
    """
    DELETE FROM embeddings WHERE NOT EXISTS (SELECT FROM chunks WHERE chunks.digest = embeddings.digest)
    OR space NOT IN (
        SELECT embedder FROM knowledge_bases WHERE embedder IS NOT NULL
        UNION SELECT embedder FROM rebuilds WHERE embedder IS NOT NULL
        UNION SELECT embedder FROM kept_indexes WHERE embedder IS NOT NULL
    )
    """
)


class Pruning:
    """The worker's tidying; may run twice or be killed at any point."""

    def __init__(self, sessions: Sessions, index: Index, files_dir: Path, version_days: float) -> None:
        self._sessions = sessions
        self._index = index
        self._files_dir = files_dir
        self._kept_for = timedelta(days=version_days)

    def prune(self) -> None:
        """Forget versions older than they are kept for, and what only they needed."""
        with self._sessions() as session:
            bases = session.scalars(select(KnowledgeBase.id)).all()
        for knowledge_base_id in bases:
            try:
                self._prune(knowledge_base_id)
            except Unavailable as error:
                log.warning("Clearing away old versions waits: %s", error)
        with self._sessions.begin() as session:
            session.execute(_FORGET_VECTORS)

    def _prune(self, knowledge_base_id: uuid.UUID) -> None:
        with self._sessions.begin() as session:
            base = versions.locked(session, knowledge_base_id)
            of_base = Version.knowledge_base_id == base.id
            outdated = (Version.created_at < now() - self._kept_for) & (Version.number != base.published)
            session.execute(delete(Version).where(of_base, outdated))
            oldest = session.scalar(select(func.min(Version.number)).where(of_base)) or base.draft
        while True:
            with self._sessions() as session:
                ids = session.scalars(_needless(knowledge_base_id, oldest).limit(CHUNKS_AT_ONCE)).all()
                collection = session.get_one(KnowledgeBase, knowledge_base_id).collection
            if not ids:
                break
            self._forget(knowledge_base_id, collection, ids)
        self._remove_sources(knowledge_base_id)

    def _forget(self, knowledge_base_id: uuid.UUID, collection: str | None, ids: Sequence[uuid.UUID]) -> None:
        if collection:
            self._index.forget(collection, ids)
        with self._sessions.begin() as session:
            base = versions.locked(session, knowledge_base_id)
            cleared = session.scalars(delete(Chunk).where(Chunk.id.in_(ids)).returning(Chunk.changed)).all()
            base.cleared = max(base.cleared, *cleared)

    def _remove_sources(self, knowledge_base_id: uuid.UUID) -> None:
        """Remove gone sources that no version has any more, and files of revisions and pictures that none has."""
        files: set[str] = set()
        with self._sessions.begin() as session:
            versions.locked(session, knowledge_base_id)
            files.update(forget_unused(session, knowledge_base_id))
            gone = {
                model: (model.knowledge_base_id == knowledge_base_id)
                & model.status.in_(GONE)
                & ~select(Chunk.id).where(source == model.id).exists()
                for model, source in _SOURCES.items()
            }
            for of_document in session.scalars(select(Document.files).where(gone[Document])):
                files.update(of_document.values())
            for model, condition in gone.items():
                session.execute(delete(model).where(condition))
            several = select(func.count()).select_from(func.jsonb_object_keys(Document.files)).scalar_subquery() > 1
            of_base = Document.knowledge_base_id == knowledge_base_id
            for document in session.scalars(select(Document).where(of_base, several).with_for_update()):
                kept = select(Chunk.revision).where(Chunk.document_id == document.id).distinct()
                wanted = {str(revision) for revision in (document.revision, *session.scalars(kept))}
                dropped = {file for revision, file in document.files.items() if revision not in wanted}
                document.files = {r: file for r, file in document.files.items() if r in wanted}
                # Revisions that differ only in how they were cut have one file.
                files |= dropped - set(document.files.values())
        for file in files:
            (self._files_dir / file).unlink(missing_ok=True)


def _needless(knowledge_base_id: uuid.UUID, oldest: int) -> Select[uuid.UUID]:
    """Chunks that are valid in no version that is kept, and that no job is about to make valid."""
    revision = func.coalesce(Document.revision, Entry.revision)
    status = func.coalesce(Document.status, Entry.status)
    return (
        select(Chunk.id)
        .outerjoin(Document, Document.id == Chunk.document_id)
        .outerjoin(Entry, Entry.id == Chunk.entry_id)
        .where(
            Chunk.knowledge_base_id == knowledge_base_id,
            ~touches(Chunk.valid, oldest),
            or_(Chunk.revision != revision, status.in_(GONE)),
        )
    )
