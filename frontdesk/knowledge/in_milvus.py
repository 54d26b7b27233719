"""Search by Milvus: it proposes chunks; their sources are read from PostgreSQL and scored exactly."""

import uuid
from collections.abc import Callable, Sequence

from sqlalchemy import or_, select

from frontdesk.database import Sessions
from frontdesk.knowledge.embeddings import Embeddings, Vector
from frontdesk.knowledge.index import Found, Index
from frontdesk.knowledge.lexical import Question
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.ranking import CANDIDATES
from frontdesk.knowledge.rows import IN_ORDER, SEARCHED, rows_of
from frontdesk.knowledge.segments import Segment
from frontdesk.knowledge.spans import holds

MOST_PROPOSED = 4096


class InMilvus:
    """The rows of the sources that either leg proposes."""

    def __init__(self, sessions: Sessions, index: Index, embeddings: Embeddings) -> None:
        self._sessions = sessions
        self._index = index
        self._embeddings = embeddings

    def segments(
        self, base: KnowledgeBase, version: int, question: Question, vector: Vector | None
    ) -> Sequence[Segment]:
        """The rows of the best sources by each leg. Raises Unavailable when Milvus does not answer."""
        collection = base.collection
        if collection is None:
            return []
        proposed = self._proposed(
            base, version, lambda limit: self._index.search_lexical(collection, dict(question.weights), limit)
        )
        if vector is not None:
            proposed |= self._proposed(
                base, version, lambda limit: self._index.search_dense(collection, vector.tolist(), limit)
            )
        return [self._segment(base, version, proposed)]

    def _proposed(
        self, base: KnowledgeBase, version: int, search: Callable[[int], Sequence[Found]]
    ) -> set[uuid.UUID]:
        """Enough chunks that are valid in the version: Milvus has those of other versions, too."""
        limit = CANDIDATES
        while True:
            found = [hit.id for hit in search(limit)]
            with self._sessions() as session:
                valid = session.scalars(select(Chunk.id).where(Chunk.id.in_(found), holds(Chunk.valid, version)))
                proposed = set(valid)
            if len(found) < limit or len(proposed) >= CANDIDATES or limit >= MOST_PROPOSED:
                return proposed
            limit *= 4

    def _segment(self, base: KnowledgeBase, version: int, proposed: set[uuid.UUID]) -> Segment:
        entries = select(Chunk.entry_id).where(Chunk.id.in_(proposed), Chunk.entry_id.is_not(None))
        wanted = (
            select(*SEARCHED)
            .where(or_(Chunk.id.in_(proposed), Chunk.entry_id.in_(entries)), holds(Chunk.valid, version))
            .order_by(*IN_ORDER)
        )
        with self._sessions() as session:
            read = session.execute(wanted).all()
        return Segment.of(rows_of(self._embeddings, base.embedder, read))
