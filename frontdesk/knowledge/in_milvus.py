"""Search by Milvus: it proposes chunks; their sources are read from PostgreSQL and scored exactly."""

import uuid
from collections.abc import Callable, Mapping, Sequence, Set

from sqlalchemy import Select, or_, select

from frontdesk.database import Sessions
from frontdesk.knowledge.embeddings import Embeddings, Vector
from frontdesk.knowledge.index import Found, Index
from frontdesk.knowledge.index_models import TermCount
from frontdesk.knowledge.lexical import Corpus, Question
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.ranking import AROUND, CANDIDATES
from frontdesk.knowledge.rows import rows_of, searched
from frontdesk.knowledge.segments import Segment
from frontdesk.knowledge.spans import holds
from frontdesk.knowledge.tags import having

MOST_PROPOSED = 4096
MOST_READ = 4096
"""Up to so many chunks with the tags that are wanted, all are read and Milvus is not asked."""


class InMilvus:
    """The rows of the sources that either leg proposes."""

    def __init__(self, sessions: Sessions, index: Index, embeddings: Embeddings) -> None:
        self._sessions = sessions
        self._index = index
        self._embeddings = embeddings

    def view(self, base: KnowledgeBase, version: int) -> "Proposed":
        """Nothing is read yet."""
        return Proposed(self._sessions, self._index, self._embeddings, base, version)


class Proposed:
    """A knowledge base of which every question sees a part."""

    def __init__(
        self, sessions: Sessions, index: Index, embeddings: Embeddings, base: KnowledgeBase, version: int
    ) -> None:
        self._sessions = sessions
        self._index = index
        self._embeddings = embeddings
        self._base = base
        self._version = version
        self._left_out: Set[uuid.UUID] = frozenset()
        self._instead: Sequence[Segment] = ()

    def without(self, sources: Set[uuid.UUID], instead: Segment) -> "Proposed":
        """The same but for some sources, and with the rows of `instead`; words count as before."""
        view = Proposed(self._sessions, self._index, self._embeddings, self._base, self._version)
        view._left_out, view._instead = sources, [instead] if instead.ids else []
        return view

    @property
    def corpus(self) -> Corpus:
        """The sources of the draft, whichever version is asked: of a large knowledge base no draft changes much."""
        return Corpus(self._base.sources, self._base.terms, self._base.chinese_terms)

    def frequencies(self, dimensions: Sequence[int]) -> Mapping[int, int]:
        """How many sources of the draft have each dimension."""
        counts = select(TermCount.term, TermCount.sources).where(
            TermCount.knowledge_base_id == self._base.id, TermCount.term.in_(dimensions)
        )
        with self._sessions() as session:
            return dict(session.execute(counts).all())

    def segments(self, question: Question, vector: Vector | None, tags: Set[str]) -> Sequence[Segment]:
        """The rows of the best sources by each leg, or all that have one of the tags, if these are few.

        Raises Unavailable when Milvus does not answer.
        """
        base, version = self._base, self._version
        collection = base.collection
        if collection is None:
            return self._instead
        eligible = select(Chunk.id).where(Chunk.knowledge_base_id == base.id, holds(Chunk.valid, version))
        if tags:
            eligible = having(tags, eligible)
            with self._sessions() as session:
                few = session.scalars(eligible.limit(MOST_READ + 1)).all()
            if len(few) <= MOST_READ:
                return self._read(set(few))
        proposed = self._proposed(
            eligible,
            CANDIDATES,
            lambda limit: self._index.search_lexical(collection, dict(question.weights), limit),
        )
        if vector is not None:
            proposed |= self._proposed(
                eligible, AROUND, lambda limit: self._index.search_dense(collection, vector.tolist(), limit)
            )
        return self._read(proposed)

    def _proposed(
        self, eligible: Select[uuid.UUID], enough: int, search: Callable[[int], Sequence[Found]]
    ) -> set[uuid.UUID]:
        """Enough eligible chunks: Milvus has those of other versions and without the tags, too."""
        limit = enough
        while True:
            found = [hit.id for hit in search(limit)]
            with self._sessions() as session:
                proposed = set(session.scalars(eligible.where(Chunk.id.in_(found))))
            if len(found) < limit or len(proposed) >= enough or limit >= MOST_PROPOSED:
                return proposed
            limit *= 4

    def _read(self, proposed: set[uuid.UUID]) -> Sequence[Segment]:
        entries = select(Chunk.entry_id).where(Chunk.id.in_(proposed), Chunk.entry_id.is_not(None))
        wanted = searched(
            or_(Chunk.id.in_(proposed), Chunk.entry_id.in_(entries)), holds(Chunk.valid, self._version)
        )
        with self._sessions() as session:
            read = session.execute(wanted).all()
        found = Segment.of(rows_of(self._embeddings, self._base.embedder, read))
        return [found.without(self._left_out), *self._instead]
