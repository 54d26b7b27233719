"""Which Milvus collection belongs to a knowledge base, how it comes to be, and how it is rebuilt."""

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from frontdesk.database import Sessions, now
from frontdesk.errors import Invalid
from frontdesk.knowledge import lexical
from frontdesk.knowledge.index import Index, Row
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.models_client import Embedder

log = logging.getLogger(__name__)

CHUNKS_AT_ONCE = 64
LONGEST_COMMIT = timedelta(minutes=1)


class Collections:
    """Makes, fills and replaces collections according to the configured embedder."""

    def __init__(self, sessions: Sessions, index: Index, embedder: Embedder | None) -> None:
        self._sessions = sessions
        self._index = index
        self._embedder = embedder

    def ready(self, knowledge_base_id: uuid.UUID) -> KnowledgeBase:
        """The knowledge base with a collection; the first document or entry makes one.

        Raises Unavailable while Milvus or the embedder is away.
        """
        with self._sessions() as session:
            knowledge_base = session.get_one(KnowledgeBase, knowledge_base_id)
        if knowledge_base.collection is None:
            collection, embedder = self._create(knowledge_base_id)
            with self._sessions.begin() as session:
                knowledge_base = session.get_one(
                    KnowledgeBase, knowledge_base_id, with_for_update={"key_share": True}
                )
                if knowledge_base.collection is None:
                    knowledge_base.collection, knowledge_base.embedder = collection, embedder
            if knowledge_base.collection != collection:
                self._index.drop(collection)
        return knowledge_base

    def write(self, knowledge_base: KnowledgeBase, chunks: Sequence[Chunk]) -> None:
        """Embed chunks and store them in the knowledge base's collection; storing again changes nothing.

        Raises Unavailable, or Invalid when the collection was made for an embedder that is not configured.
        """
        self._write(str(knowledge_base.collection), knowledge_base.embedder, chunks)

    def rebuild(self, knowledge_base_id: uuid.UUID, progress: Callable[[int], None]) -> int:
        """Fill a new collection from PostgreSQL beside the old one, then switch; returns the number of chunks.

        `progress` is told the size of each batch that was written.
        Retrieval goes on all the while. Chunks that are indexed meanwhile are caught up before and after the
        switch. Raises Unavailable; the old collection stays in place then.
        """
        collection, embedder = self._create(knowledge_base_id)
        began = now() - LONGEST_COMMIT
        written = self._copy(knowledge_base_id, collection, embedder, None, progress)
        # With room for those that were stamped a moment ago and are not committed yet.
        before_switch = now() - LONGEST_COMMIT
        self._copy(knowledge_base_id, collection, embedder, began, progress)
        with self._sessions.begin() as session:
            knowledge_base = session.get_one(KnowledgeBase, knowledge_base_id, with_for_update={"key_share": True})
            old = knowledge_base.collection
            knowledge_base.collection, knowledge_base.embedder = collection, embedder
        self._copy(knowledge_base_id, collection, embedder, before_switch, progress)
        if old is not None:
            self._index.drop(old)
        return written

    def _copy(
        self,
        knowledge_base_id: uuid.UUID,
        collection: str,
        embedder: str | None,
        since: datetime | None,
        progress: Callable[[int], None],
    ) -> int:
        written = 0
        for chunks in self._written(knowledge_base_id, since):
            self._write(collection, embedder, chunks)
            written += len(chunks)
            progress(len(chunks))
        return written

    def _create(self, knowledge_base_id: uuid.UUID) -> tuple[str, str | None]:
        dimensions = len(self._embedder.embed(["dimensions"])[0]) if self._embedder else None
        collection = f"kb_{knowledge_base_id.hex}_{uuid.uuid4().hex[:8]}"
        self._index.create(collection, dimensions)
        return collection, self._embedder.name if self._embedder else None

    def _write(self, collection: str, embedder: str | None, chunks: Sequence[Chunk]) -> None:
        texts = [chunk.searchable for chunk in chunks]
        vectors: Sequence[list[float] | None] = [None] * len(chunks)
        if embedder is not None:
            if self._embedder is None or self._embedder.name != embedder:
                raise Invalid(
                    f"This knowledge base was indexed with the embedding model {embedder}, which is not the "
                    "configured one. Run `frontdesk reindex`.",
                    code="embedder_changed",
                )
            vectors = self._embedder.embed(texts)
        self._index.write(
            collection,
            [
                Row(chunk.id, lexical.stored_vector(lexical.terms(text)), vector)
                for chunk, text, vector in zip(chunks, texts, vectors, strict=True)
            ],
        )

    def _written(self, knowledge_base_id: uuid.UUID, since: datetime | None) -> Iterator[Sequence[Chunk]]:
        last = uuid.UUID(int=0)
        while True:
            with self._sessions() as session:
                chunks = session.scalars(
                    select(Chunk)
                    .where(
                        Chunk.knowledge_base_id == knowledge_base_id,
                        Chunk.id > last,
                        Chunk.written_at.is_not(None) if since is None else Chunk.written_at >= since,
                    )
                    .order_by(Chunk.id)
                    .limit(CHUNKS_AT_ONCE)
                ).all()
            if not chunks:
                return
            yield chunks
            last = chunks[-1].id
