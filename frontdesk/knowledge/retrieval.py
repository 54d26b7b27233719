"""Finding passages: by words and, with an embedder, by meaning, in a version of one knowledge base or several.

One function serves live answers, the search test and evaluation. An engine says which rows may matter; what they
score does not depend on the engine. What is shown is read from PostgreSQL, so that a passage that was deleted or
replaced a moment ago is never found.
"""

import time
import uuid
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
from sqlalchemy import func, select

from frontdesk.database import Sessions
from frontdesk.errors import Invalid, Unavailable
from frontdesk.knowledge import lexical, versions
from frontdesk.knowledge.embeddings import FLOAT, Embeddings, Vector
from frontdesk.knowledge.found import Consulted, Passage, Retrieved
from frontdesk.knowledge.lexical import Corpus, Question
from frontdesk.knowledge.models import Geometry, KnowledgeBase, TermCount
from frontdesk.knowledge.ranking import Candidate, DenseView, Searched, rank
from frontdesk.knowledge.segments import Segment
from frontdesk.knowledge.showing import passage, shown
from frontdesk.models_client import Purpose, Reranker

QUERY_EMBED_SECONDS = 4.0
RERANKED = 20
"""How many of the best passages a reranker reads."""
LONGEST_RERANKED = 2000
"""What a reranker reads of a passage, in characters."""
UNMEASURED_TRUST = 0.5


class Engine(Protocol):
    """Where chunks are searched."""

    def segments(
        self, base: KnowledgeBase, version: int, question: Question, vector: Vector | None, tags: Set[str]
    ) -> Sequence[Segment]:
        """Rows, among them the best ones with one of the tags, or of all without tags. Raises Unavailable."""


class _Measured(NamedTuple):
    """What was measured of a knowledge base's vectors: how far the dense leg is believed, in which space."""

    space: str
    in_chinese: float
    in_others: float
    measured_at: datetime


class _Known(NamedTuple):
    """What is read before the search."""

    bases: Sequence[KnowledgeBase]
    question: Question
    corpus: Corpus
    measured: Mapping[uuid.UUID, _Measured]

    def measured_of(self, base: KnowledgeBase) -> _Measured | None:
        """What was measured in the space in which a knowledge base lies now."""
        measured = self.measured.get(base.id)
        return measured if measured is not None and measured.space == base.embedder else None

    @property
    def trust(self) -> float:
        """How far the dense leg is believed: what holds for the largest knowledge base holds for all."""
        measured = self.measured_of(max(self.bases, key=lambda base: base.sources))
        if measured is None:
            return UNMEASURED_TRUST
        return measured.in_chinese if self.question.is_chinese else measured.in_others


class Retrieval:
    """Searches one knowledge base, or several as one."""

    def __init__(
        self,
        sessions: Sessions,
        embeddings: Embeddings,
        small: Engine,
        large: Engine,
        memory_passages: int,
        reranker: Reranker | None = None,
    ) -> None:
        self._sessions = sessions
        self._embeddings = embeddings
        self._small = small
        self._large = large
        self._memory_passages = memory_passages
        self._reranker = reranker
        self._spaces: dict[uuid.UUID, tuple[datetime, Vector, Vector]] = {}

    def retrieve(
        self,
        knowledge_base_id: uuid.UUID,
        query: str,
        limit: int = 5,
        version: int | None = None,
        tags: Set[str] = frozenset(),
    ) -> Retrieved:
        """The best passages for a question, in the published version unless the draft is asked for.

        With tags, only what has one of them is found. A dense leg that fails is noted, and the lexical leg goes on
        alone; without an answer of the reranker the order stays. Raises NotFound for an unknown knowledge base,
        Invalid for another version, Unavailable when a large one is asked and Milvus does not answer.
        """
        clock = _Clock()
        known = self._know([knowledge_base_id], query)
        (base,) = known.bases
        version = base.published if version is None else version
        if version not in (base.published, base.draft):
            raise Invalid(
                "Only the published version and the draft can be searched.", code="version_not_searchable"
            )
        return self._search(known, {base.id: version}, tags, query, limit, clock)

    def retrieve_from(
        self,
        knowledge_base_ids: Sequence[uuid.UUID],
        query: str,
        limit: int = 5,
        tags: Set[str] = frozenset(),
    ) -> Retrieved:
        """The best passages of the published versions of one or more knowledge bases, in one ranking.

        Raises as `retrieve` does.
        """
        clock = _Clock()
        known = self._know(knowledge_base_ids, query)
        return self._search(known, {base.id: base.published for base in known.bases}, tags, query, limit, clock)

    def warm(self) -> None:
        """Read into memory what is searched there, so that no question has to wait for it."""
        nothing = Question({}, 0.0, is_chinese=False)
        with self._sessions() as session:
            bases = session.scalars(select(KnowledgeBase)).all()
        for base in bases:
            if 0 < base.passages <= self._memory_passages:
                self._small.segments(base, base.published, nothing, None, frozenset())

    def _search(
        self,
        known: _Known,
        in_versions: Mapping[uuid.UUID, int],
        tags: Set[str],
        query: str,
        limit: int,
        clock: "_Clock",
    ) -> Retrieved:
        clock.lap("terms")
        vector, notes = self._embed(known.bases, query)
        clock.lap("embed")
        searched = []
        for base in known.bases:
            engine = self._small if base.passages <= self._memory_passages else self._large
            version = in_versions[base.id]
            segments = engine.segments(base, version, known.question, vector, tags)
            dense = None if vector is None else self._dense(known, base, vector)
            searched.append(Searched(base.id, segments, version, dense, tags))
        clock.lap("find")
        trust = None if vector is None else known.trust
        candidates = rank(searched, known.question, known.corpus.average_terms, trust)
        clock.lap("rank")
        enough = max(limit, RERANKED) if self._reranker else limit
        passages = self._read(in_versions, tags, candidates, enough)
        clock.lap("read")
        if self._reranker and passages:
            try:
                passages = _reranked(self._reranker, query, passages)
            except Unavailable as error:
                notes.append(error.code)
            clock.lap("rerank")
        legs = ["lexical"] if vector is None else ["lexical", "dense"]
        notes += ["knowledge_base_empty"] if not any(base.passages for base in known.bases) else []
        consulted = [Consulted(base.id, base.name, in_versions[base.id], base.threshold) for base in known.bases]
        return Retrieved(consulted, tags, passages[:limit], legs, notes, clock.laps)

    def _know(self, knowledge_base_ids: Sequence[uuid.UUID], query: str) -> _Known:
        counts = lexical.terms(query)
        geometry = (Geometry.space, Geometry.trust_chinese, Geometry.trust_other, Geometry.measured_at)
        with self._sessions() as session:
            read = session.execute(
                select(KnowledgeBase, *geometry)
                .outerjoin(Geometry, Geometry.knowledge_base_id == KnowledgeBase.id)
                .where(KnowledgeBase.id.in_(knowledge_base_ids))
            ).all()
            frequencies = dict(
                session.execute(
                    select(TermCount.term, func.sum(TermCount.sources))
                    .where(
                        TermCount.knowledge_base_id.in_(knowledge_base_ids),
                        TermCount.term.in_(map(lexical.term_id, counts)),
                    )
                    .group_by(TermCount.term)
                ).all()
            )
        found = {base.id: base for base, *_ in read}
        bases = [versions.there(found.get(knowledge_base_id)) for knowledge_base_id in knowledge_base_ids]
        measured = {
            base.id: _Measured(space, in_chinese, in_others, measured_at)
            for base, space, in_chinese, in_others, measured_at in read
            if space is not None
        }
        corpus = _corpus(bases)
        return _Known(bases, lexical.question(query, counts, frequencies, corpus), corpus, measured)

    def _embed(self, bases: Sequence[KnowledgeBase], query: str) -> tuple[Vector | None, list[str]]:
        """The question's vector, if all that is to be searched lies in one space."""
        spaces = {base.embedder for base in bases if base.collection} or {None}
        space = spaces.pop() if len(spaces) == 1 else None
        if space is None:
            return None, ["embedder_changed"] if spaces or self._embeddings.configured else []
        try:
            return self._embeddings.made(space, [query], Purpose.QUERY, QUERY_EMBED_SECONDS)[0], []
        except Unavailable as error:
            return None, [error.code]

    def _dense(self, known: _Known, base: KnowledgeBase, vector: Vector) -> DenseView:
        """The question's vector with what is known of the space, as soon as it was measured."""
        size = len(vector)
        measured = known.measured_of(base)
        if measured is None:
            return DenseView(vector, np.zeros(size, FLOAT), np.eye(size, dtype=FLOAT))
        space = self._spaces.get(base.id)
        if space is None or space[0] != measured.measured_at:
            with self._sessions() as session:
                geometry = session.get_one(Geometry, base.id)
            mean = np.frombuffer(geometry.mean, FLOAT)
            precision = np.frombuffer(geometry.precision, FLOAT).reshape(size, size)
            space = self._spaces[base.id] = (geometry.measured_at, mean, precision)
        return DenseView(vector, *space[1:])

    def _read(
        self, in_versions: Mapping[uuid.UUID, int], tags: Set[str], candidates: Sequence[Candidate], limit: int
    ) -> list[Passage]:
        """The best candidates that may be shown this moment, with their words in these versions."""
        passages: list[Passage] = []
        for start in range(0, len(candidates), limit):
            wanted = candidates[start : start + limit]
            with self._sessions() as session:
                rows = shown(session, in_versions, tags, wanted)
            passages += [
                passage(candidate, in_versions[candidate.knowledge_base_id], rows[candidate.chunk])
                for candidate in wanted
                if candidate.chunk in rows
            ]
            if len(passages) >= limit:
                break
        return passages[:limit]


def _corpus(bases: Sequence[KnowledgeBase]) -> Corpus:
    """All sources of some knowledge bases together."""
    return Corpus(
        sum(base.sources for base in bases),
        sum(base.terms for base in bases),
        sum(base.chinese_terms for base in bases),
    )


def _reranked(reranker: Reranker, query: str, passages: Sequence[Passage]) -> list[Passage]:
    """The first passages in the order that a reranker gives them, before the others. Raises Unavailable."""
    first, others = passages[:RERANKED], passages[RERANKED:]
    texts = [f"{passage.title}\n{passage.text}"[:LONGEST_RERANKED] for passage in first]
    scores = reranker.rerank(query, texts)
    read = [replace(passage, rerank=score) for passage, score in zip(first, scores, strict=True)]
    return [*sorted(read, key=lambda passage: -passage.standing), *others]


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, int] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        moment = time.perf_counter()
        self.laps[name] = round((moment - self._last) * 1000)
        self._last = moment
