"""Finding passages: a lexical and, with an embedder, a dense leg on Milvus, fused by a weighted score.

Milvus gives candidates; what is shown is read from PostgreSQL, so that a passage that was deleted or replaced a
moment ago is never found, however late the copy is.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from frontdesk.database import Sessions
from frontdesk.errors import NotFound, Unavailable
from frontdesk.knowledge import lexical
from frontdesk.knowledge.index import Found, Index
from frontdesk.knowledge.models import Chunk, Document, Entry, KnowledgeBase, SourceStatus, TermCount
from frontdesk.models_client import Embedder, Purpose

CANDIDATES = 40
QUERY_EMBED_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A found chunk, or an entry whose best variant was found. Scores lie between 0 and 1.

    `lexical` is 1 for a text with exactly the question's terms, `dense` is a cosine, `score` is the weighted sum
    of both. `coverage` is the share of the question's term weight that occurs anywhere in the source.
    """

    title: str
    text: str
    location: Mapping[str, object]
    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    score: float
    lexical: float
    dense: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages, best first, with how they came about: the legs that worked and milliseconds per step."""

    threshold: float
    passages: Sequence[Passage]
    legs: Sequence[str]
    notes: Sequence[str]
    timings_ms: Mapping[str, int]


@dataclass(slots=True)
class _Candidate:
    chunk: Chunk
    title: str
    text: str
    source: str
    lexical: float
    dense: float | None
    score: float = field(default=0.0)


class Retrieval:
    """Searches one knowledge base at a time."""

    def __init__(self, sessions: Sessions, index: Index, embedder: Embedder | None) -> None:
        self._sessions = sessions
        self._index = index
        self._embedder = embedder

    def retrieve(self, knowledge_base_id: uuid.UUID, query: str, limit: int = 5) -> Retrieved:
        """The best passages for a question.

        A dense leg that fails is noted, and the lexical leg goes on alone. Raises NotFound for an
        unknown knowledge base, Unavailable when Milvus does not answer.
        """
        clock = _Clock()
        with self._sessions() as session:
            knowledge_base = session.get(KnowledgeBase, knowledge_base_id)
            if knowledge_base is None:
                raise NotFound("There is no such knowledge base.", code="knowledge_base_not_found")
            question = self._weigh(session, knowledge_base, query)
        clock.lap("terms")
        if knowledge_base.collection is None:
            return Retrieved(knowledge_base.threshold, [], [], ["knowledge_base_empty"], clock.laps)
        lexical_hits = self._index.search_lexical(knowledge_base.collection, question.vector, CANDIDATES)
        clock.lap("lexical")
        dense_hits, notes = self._search_dense(knowledge_base, query)
        clock.lap("dense")
        legs = ["lexical"] if dense_hits is None else ["lexical", "dense"]
        candidates = self._read(knowledge_base, query, question, lexical_hits, dense_hits)
        best = _best_per_source(candidates, 0.0 if dense_hits is None else knowledge_base.dense_weight)[:limit]
        passages = [_passage(candidate, question) for candidate in best]
        clock.lap("read")
        return Retrieved(knowledge_base.threshold, passages, legs, notes, clock.laps)

    @staticmethod
    def _weigh(session: Session, knowledge_base: KnowledgeBase, query: str) -> lexical.Question:
        ids = [lexical.term_id(term) for term in lexical.terms(query)]
        counts = session.execute(
            select(TermCount.term, TermCount.passages).where(
                TermCount.knowledge_base_id == knowledge_base.id, TermCount.term.in_(ids)
            )
        ).all()
        return lexical.question(query, {term: max(0, count) for term, count in counts}, knowledge_base.passages)

    def _search_dense(self, knowledge_base: KnowledgeBase, query: str) -> tuple[list[Found] | None, list[str]]:
        if knowledge_base.embedder is None or knowledge_base.collection is None:
            return None, ["embedder_changed"] if self._embedder else []
        if self._embedder is None:
            return None, ["embedder_changed"]
        try:
            embedded = self._embedder.embed([query], Purpose.QUERY, QUERY_EMBED_SECONDS)
            if embedded.space.name != knowledge_base.embedder:
                return None, ["embedder_changed"]
            return self._index.search_dense(knowledge_base.collection, embedded.vectors[0], CANDIDATES), []
        except Unavailable as error:
            return None, [error.code]

    def _read(
        self,
        knowledge_base: KnowledgeBase,
        query: str,
        question: lexical.Question,
        lexical_hits: Sequence[Found],
        dense_hits: Sequence[Found] | None,
    ) -> list[_Candidate]:
        by_words = {hit.id: hit.score for hit in lexical_hits}
        by_meaning = {hit.id: hit.score for hit in dense_hits or ()}
        with self._sessions() as session:
            rows = session.execute(
                select(Chunk, Document.name, Entry)
                .outerjoin(Document, Document.id == Chunk.document_id)
                .outerjoin(Entry, Entry.id == Chunk.entry_id)
                .where(
                    Chunk.id.in_([*by_words, *by_meaning]),
                    Chunk.knowledge_base_id == knowledge_base.id,
                    Chunk.live,
                    Document.status.is_distinct_from(SourceStatus.DELETING),
                    Entry.status.is_distinct_from(SourceStatus.DELETING),
                )
            ).all()
        # A leg lists its best only: what it does not list scores at most as much as its last.
        floor = min(by_meaning.values(), default=0.0)
        itself = lexical.inner(question.vector, lexical.stored_vector(lexical.terms(query))) or 1.0
        candidates = []
        for chunk, name, entry in rows:
            words = by_words.get(chunk.id)
            if words is None:
                words = lexical.inner(question.vector, lexical.stored_vector(lexical.terms(chunk.searchable)))
            candidates.append(
                _Candidate(
                    chunk=chunk,
                    title=entry.questions[0] if entry else name,
                    text=entry.answer if entry else chunk.text,
                    source="\n".join([*entry.questions, entry.answer]) if entry else f"{name}\n{chunk.searchable}",
                    lexical=min(1.0, words / itself),
                    dense=None if dense_hits is None else by_meaning.get(chunk.id, floor),
                )
            )
        return candidates


def _best_per_source(candidates: Sequence[_Candidate], dense_weight: float) -> list[_Candidate]:
    """Best first; of an entry's variants only the best, of a document any number of chunks."""
    best: dict[uuid.UUID, _Candidate] = {}
    for candidate in candidates:
        candidate.score = dense_weight * (candidate.dense or 0.0) + (1 - dense_weight) * candidate.lexical
        key = candidate.chunk.entry_id or candidate.chunk.id
        if key not in best or candidate.score > best[key].score:
            best[key] = candidate
    return sorted(best.values(), key=lambda candidate: candidate.score, reverse=True)


def _passage(candidate: _Candidate, question: lexical.Question) -> Passage:
    chunk = candidate.chunk
    return Passage(
        title=candidate.title,
        text=candidate.text,
        location=chunk.location,
        document_id=chunk.document_id,
        entry_id=chunk.entry_id,
        score=candidate.score,
        lexical=candidate.lexical,
        dense=candidate.dense,
        coverage=question.coverage(lexical.terms(candidate.source)),
    )


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, int] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        moment = time.perf_counter()
        self.laps[name] = round((moment - self._last) * 1000)
        self._last = moment
