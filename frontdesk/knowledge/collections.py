"""Which Milvus collection belongs to a knowledge base, and what chunks look like in it."""

import logging
import uuid
from collections.abc import Sequence
from contextlib import suppress

from frontdesk.database import Sessions
from frontdesk.errors import Unavailable
from frontdesk.knowledge import lexical, reanalysis
from frontdesk.knowledge.embeddings import Embeddings, NotEmbedded, Vector
from frontdesk.knowledge.index import Index, Row
from frontdesk.knowledge.models import Chunk, KnowledgeBase

log = logging.getLogger(__name__)

CHUNKS_AT_ONCE = 256


class Collections:
    """Makes collections and writes to them. An embedder that is away keeps no chunk from being written."""

    def __init__(self, sessions: Sessions, index: Index, embeddings: Embeddings) -> None:
        self._sessions = sessions
        self._index = index
        self._embeddings = embeddings

    def ready(self, knowledge_base_id: uuid.UUID) -> KnowledgeBase:
        """The knowledge base with a collection; the first document or entry makes one.

        It has a lexical leg only when the embedder does not answer. Raises Unavailable while Milvus is away.
        """
        with self._sessions() as session:
            knowledge_base = session.get_one(KnowledgeBase, knowledge_base_id)
        if knowledge_base.collection is None:
            try:
                space = self._embeddings.space()
            except Unavailable as error:
                log.warning("The first collection is made for words alone: %s", error)
                space = None
            collection = new_name(knowledge_base_id)
            self._index.create(collection, space.dimensions if space else None)
            with self._sessions.begin() as session:
                knowledge_base = session.get_one(
                    KnowledgeBase, knowledge_base_id, with_for_update={"key_share": True}
                )
                if knowledge_base.collection is None:
                    knowledge_base.collection = collection
                    knowledge_base.embedder = space.name if space else None
                    knowledge_base.analysis = lexical.ANALYSIS
            if knowledge_base.collection != collection:
                self._index.drop(collection)
        return knowledge_base

    def write(self, knowledge_base: KnowledgeBase, chunks: Sequence[Chunk]) -> bool:
        """Store chunks in the knowledge base's collection; storing again changes nothing.

        Whether it is complete: False when the embedder of that collection does not answer, or is another now, so
        that the chunks are found by their words alone. Raises Unavailable while Milvus is away.
        """
        collection = str(knowledge_base.collection)
        reanalysis.adapt(self._sessions, chunks, knowledge_base.analysis)
        try:
            self.embed(collection, knowledge_base.embedder, chunks)
        except NotEmbedded as error:
            log.warning("%d chunks stay without vectors for now: %s", len(chunks), error)
            self._index.write(collection, _rows(chunks, [None] * len(chunks)))
            return False
        return True

    def embed_ahead(self, knowledge_base: KnowledgeBase, chunks: Sequence[Chunk]) -> None:
        """Have the vectors ready that `write` will want next; what goes wrong is found there again."""
        if knowledge_base.embedder is not None and chunks:
            with suppress(NotEmbedded):
                self._embeddings.of_chunks(knowledge_base.embedder, chunks)

    def embed(self, collection: str, space: str | None, chunks: Sequence[Chunk]) -> None:
        """Store chunks in a collection of this vector space, with their vectors if it has any.

        Raises Unavailable while Milvus is away, and its kind NotEmbedded when there are no such vectors now.
        """
        self._index.write(collection, self.rows(space, chunks))

    def rows(self, space: str | None, chunks: Sequence[Chunk]) -> list[Row]:
        """What a collection of this vector space has of chunks. Raises NotEmbedded."""
        vectors: Sequence[Vector | None] = [None] * len(chunks)
        if space is not None:
            vectors = self._embeddings.of_chunks(space, chunks)
        return _rows(chunks, vectors)


def _rows(chunks: Sequence[Chunk], vectors: Sequence[Vector | None]) -> list[Row]:
    return [
        Row(chunk.id, lexical.stored_vector(chunk.source_terms or chunk.terms), vector)
        for chunk, vector in zip(chunks, vectors, strict=True)
    ]


def new_name(knowledge_base_id: uuid.UUID) -> str:
    """A name that no collection has yet."""
    return f"{prefix(knowledge_base_id)}{uuid.uuid4().hex[:8]}"


def prefix(knowledge_base_id: uuid.UUID) -> str:
    """How the names of all collections of a knowledge base begin."""
    return f"kb_{knowledge_base_id.hex}_"
