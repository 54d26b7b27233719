"""Finding passages: by words and, with an embedder, by meaning, in one version of a knowledge base.

One function serves live answers, the search test and evaluation. An engine says which rows may matter; what they
score does not depend on the engine. What is shown is read from PostgreSQL, so that a passage that was deleted or
replaced a moment ago is never found.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from frontdesk.database import Sessions
from frontdesk.errors import Invalid, Unavailable
from frontdesk.knowledge import lexical, versions
from frontdesk.knowledge.embeddings import FLOAT, Embeddings, Vector
from frontdesk.knowledge.lexical import Corpus, Question
from frontdesk.knowledge.models import Chunk, Document, Entry, Geometry, KnowledgeBase, SourceStatus, TermCount
from frontdesk.knowledge.ranking import Candidate, DenseView, rank
from frontdesk.knowledge.segments import Segment
from frontdesk.knowledge.spans import holds
from frontdesk.models_client import Purpose

QUERY_EMBED_SECONDS = 4.0
UNMEASURED_TRUST = 0.5


class Engine(Protocol):
    """Where chunks are searched."""

    def segments(
        self, base: KnowledgeBase, version: int, question: Question, vector: Vector | None
    ) -> Sequence[Segment]:
        """Rows, the best ones among them. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A found chunk, or an entry whose best variant was found. Scores lie between 0 and 1.

    `lexical` is 1 for a part with exactly the question's terms, `dense` is a cosine, `score` is what ranks.
    `coverage` is the share of the question's term weight that occurs anywhere in the source. `url` is where a
    document from the web stands.
    """

    chunk_id: uuid.UUID
    title: str
    text: str
    location: Mapping[str, object]
    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    url: str | None
    score: float
    lexical: float
    dense: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages of a version, best first, with how they came about: the legs that worked, milliseconds per step."""

    threshold: float
    version: int
    passages: Sequence[Passage]
    legs: Sequence[str]
    notes: Sequence[str]
    timings_ms: Mapping[str, int]


class _Known(NamedTuple):
    """What is read before the search."""

    base: KnowledgeBase
    question: Question
    corpus: Corpus
    measured: tuple[str, float, float, datetime] | None  # a geometry's space, trust in Chinese and other, and when


class Retrieval:
    """Searches one knowledge base at a time."""

    def __init__(
        self, sessions: Sessions, embeddings: Embeddings, small: Engine, large: Engine, memory_passages: int
    ) -> None:
        self._sessions = sessions
        self._embeddings = embeddings
        self._small = small
        self._large = large
        self._memory_passages = memory_passages
        self._spaces: dict[uuid.UUID, tuple[datetime, Vector, Vector]] = {}

    def retrieve(
        self, knowledge_base_id: uuid.UUID, query: str, limit: int = 5, version: int | None = None
    ) -> Retrieved:
        """The best passages for a question, in the published version unless the draft is asked for.

        A dense leg that fails is noted, and the lexical leg goes on alone. Raises NotFound for an unknown knowledge
        base, Invalid for another version, Unavailable when a large one is asked and Milvus does not answer.
        """
        clock = _Clock()
        known = self._know(knowledge_base_id, query)
        base = known.base
        version = base.published if version is None else version
        if version not in (base.published, base.draft):
            raise Invalid(
                "Only the published version and the draft can be searched.", code="version_not_searchable"
            )
        clock.lap("terms")
        vector, notes = self._embed(base, query)
        clock.lap("embed")
        engine = self._small if base.passages <= self._memory_passages else self._large
        segments = engine.segments(base, version, known.question, vector)
        clock.lap("find")
        dense = None if vector is None else self._dense(known, vector)
        candidates = rank(segments, known.question, known.corpus.average_terms, version, dense)
        clock.lap("rank")
        passages = self._read(base, version, candidates, limit)
        clock.lap("read")
        legs = ["lexical"] if dense is None else ["lexical", "dense"]
        notes += ["knowledge_base_empty"] if base.passages == 0 else []
        return Retrieved(base.threshold, version, passages, legs, notes, clock.laps)

    def _know(self, knowledge_base_id: uuid.UUID, query: str) -> _Known:
        counts = lexical.terms(query)
        geometry = (Geometry.space, Geometry.trust_chinese, Geometry.trust_other, Geometry.measured_at)
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            frequencies = dict(
                session.execute(
                    select(TermCount.term, TermCount.sources).where(
                        TermCount.knowledge_base_id == base.id, TermCount.term.in_(map(lexical.term_id, counts))
                    )
                ).all()
            )
            measured = None
            if base.embedder:
                measured = session.execute(select(*geometry).where(Geometry.knowledge_base_id == base.id)).first()
        corpus = Corpus(base.sources, base.terms, base.chinese_terms)
        return _Known(base, lexical.question(query, counts, frequencies, corpus), corpus, measured)

    def _embed(self, base: KnowledgeBase, query: str) -> tuple[Vector | None, list[str]]:
        if base.embedder is None and not self._embeddings.configured:
            return None, []
        if base.embedder is None:
            return None, ["embedder_changed"]
        try:
            return self._embeddings.made(base.embedder, [query], Purpose.QUERY, QUERY_EMBED_SECONDS)[0], []
        except Unavailable as error:
            return None, [error.code]

    def _dense(self, known: _Known, vector: Vector) -> DenseView:
        """The question's vector with what is known of the space, as soon as it was measured."""
        base, size = known.base, len(vector)
        if known.measured is None or known.measured[0] != base.embedder:
            return DenseView(vector, UNMEASURED_TRUST, np.zeros(size, FLOAT), np.eye(size, dtype=FLOAT))
        _, in_chinese, in_others, measured_at = known.measured
        space = self._spaces.get(base.id)
        if space is None or space[0] != measured_at:
            with self._sessions() as session:
                geometry = session.get_one(Geometry, base.id)
            mean = np.frombuffer(geometry.mean, FLOAT)
            precision = np.frombuffer(geometry.precision, FLOAT).reshape(size, size)
            space = self._spaces[base.id] = (geometry.measured_at, mean, precision)
        return DenseView(vector, in_chinese if known.question.is_chinese else in_others, *space[1:])

    def _read(
        self, base: KnowledgeBase, version: int, candidates: Sequence[Candidate], limit: int
    ) -> list[Passage]:
        """The best candidates that may be shown this moment, with their words in this version."""
        passages: list[Passage] = []
        for start in range(0, len(candidates), limit):
            wanted = candidates[start : start + limit]
            with self._sessions() as session:
                rows = _rows(session, version, wanted)
            passages += [
                _passage(candidate, rows[candidate.chunk]) for candidate in wanted if candidate.chunk in rows
            ]
            if len(passages) >= limit:
                break
        return passages[:limit]


def _rows(
    session: Session, version: int, candidates: Sequence[Candidate]
) -> Mapping[uuid.UUID, tuple[Chunk, Document | None, Chunk | None]]:
    """The chunk, its document, and for an entry the chunk of its answer; without those that may not be shown."""
    found = session.execute(
        select(Chunk, Document)
        .outerjoin(Document, Document.id == Chunk.document_id)
        .outerjoin(Entry, Entry.id == Chunk.entry_id)
        .where(
            or_(
                Chunk.id.in_([candidate.chunk for candidate in candidates]),
                Chunk.entry_id.in_([candidate.source for candidate in candidates])
                & Chunk.source_terms.is_not(None),
            ),
            holds(Chunk.valid, version),
            func.coalesce(Document.status, Entry.status) != SourceStatus.DELETED,
            func.coalesce(Document.expires_at, Entry.expires_at, "infinity") > func.now(),
        )
    ).all()
    answers: dict[uuid.UUID | None, Chunk] = {
        chunk.entry_id: chunk for chunk, _ in found if chunk.entry_id and chunk.source_terms is not None
    }
    return {chunk.id: (chunk, document, answers.get(chunk.entry_id)) for chunk, document in found}


def _passage(candidate: Candidate, row: tuple[Chunk, Document | None, Chunk | None]) -> Passage:
    chunk, document, answer = row
    shown = answer or chunk
    return Passage(
        chunk_id=shown.id,
        title=document.name if document else str(shown.heading),
        text=shown.text,
        location=shown.location,
        document_id=chunk.document_id,
        entry_id=chunk.entry_id,
        url=document.url if document else None,
        score=candidate.score,
        lexical=candidate.lexical,
        dense=candidate.dense,
        coverage=candidate.coverage,
    )


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, int] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        moment = time.perf_counter()
        self.laps[name] = round((moment - self._last) * 1000)
        self._last = moment
