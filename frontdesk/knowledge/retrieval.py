"""Finding passages: by words and, with an embedder, by meaning, in a version of one knowledge base or several.

One function serves live answers, the search test and evaluation. An engine says which rows may matter; what they
score does not depend on the engine. Each question first reads the knowledge base's row, whose count of changes says
what the engine has to read anew, so that a passage that was deleted or replaced a moment ago is never found.
"""

import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from sqlalchemy import select

from frontdesk.database import Sessions
from frontdesk.errors import Unavailable
from frontdesk.knowledge import lexical, versions
from frontdesk.knowledge.embeddings import FLOAT, Embeddings, Vector
from frontdesk.knowledge.engines import Engine, View
from frontdesk.knowledge.found import Consulted, Passage, Retrieved
from frontdesk.knowledge.index_models import Geometry
from frontdesk.knowledge.lexical import Corpus, Question
from frontdesk.knowledge.middles import DenseView
from frontdesk.knowledge.models import KnowledgeBase
from frontdesk.knowledge.ranking import Candidate, Searched, rank
from frontdesk.knowledge.segments import Row, Segment
from frontdesk.knowledge.states import State, States
from frontdesk.knowledge.words import unpack
from frontdesk.models_client import Reranker

RIVALS = 16
"""So many passages are ranked at least, whatever is wanted, to tell how far the first one is ahead."""
RERANKED = 20
"""How many of the best passages a reranker reads."""
LONGEST_RERANKED = 2000
"""What a reranker reads of a passage, in characters."""


@dataclass(frozen=True, slots=True)
class Without:
    """What is asked as if some sources were not there, but the rows of `instead`; by words alone if it says so."""

    sources: Set[uuid.UUID]
    instead: Sequence[Row] = ()
    by_words: bool = False


class _Known(NamedTuple):
    """A knowledge base that is searched, in a version."""

    state: State
    version: int

    @property
    def base(self) -> KnowledgeBase:
        """As it is now."""
        return self.state.base

    @property
    def consulted(self) -> Consulted:
        """What the record says of it."""
        return Consulted(self.base.id, self.base.name, self.version, self.base.threshold)


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
        self._states = States()
        self._spaces: dict[uuid.UUID, tuple[datetime, Vector, Vector]] = {}

    @property
    def reranks(self) -> bool:
        """Whether a reranker reads what was found."""
        return self._reranker is not None

    def retrieve(
        self,
        knowledge_base_id: uuid.UUID,
        query: str,
        limit: int = 5,
        version: int | None = None,
        tags: Set[str] = frozenset(),
    ) -> Retrieved:
        """The best passages for a question, in the published version unless another one that is kept is asked for.

        With tags, only what has one of them is found. A dense leg that fails is noted, and the lexical leg goes on
        alone; without an answer of the reranker the order stays. Raises NotFound for an unknown knowledge base or a
        version that is not kept, Unavailable when a large one is asked and Milvus does not answer.
        """
        return self._search([knowledge_base_id], query, limit, tags, {knowledge_base_id: version})

    def retrieve_from(
        self,
        knowledge_base_ids: Sequence[uuid.UUID],
        query: str,
        limit: int = 5,
        tags: Set[str] = frozenset(),
        in_versions: Mapping[uuid.UUID, int] = MappingProxyType({}),
    ) -> Retrieved:
        """The best passages of one or more knowledge bases, in one ranking.

        Each is asked in its published version unless `in_versions` names another one. Raises as `retrieve` does.
        """
        return self._search(knowledge_base_ids, query, limit, tags, in_versions)

    def retrieve_without(self, knowledge_base_id: uuid.UUID, query: str, without: Without) -> Retrieved:
        """What would be found in the published version if it were as `without` says. Raises as `retrieve` does."""
        return self._search([knowledge_base_id], query, 1, frozenset(), {}, without)

    def warm(self) -> None:
        """Read into memory what is searched there, so that no question has to wait for it."""
        with self._sessions() as session:
            bases = session.scalars(select(KnowledgeBase)).all()
        for base in bases:
            if 0 < base.passages <= self._memory_passages:
                self._small.view(base, base.published)

    def _search(
        self,
        knowledge_base_ids: Sequence[uuid.UUID],
        query: str,
        limit: int,
        tags: Set[str],
        in_versions: Mapping[uuid.UUID, int | None],
        without: Without | None = None,
    ) -> Retrieved:
        clock = _Clock()
        several = self._know(knowledge_base_ids, in_versions)
        views: list[View] = [self._engine(known.base).view(known.base, known.version) for known in several]
        if without is not None:
            instead = Segment.of(without.instead)
            views = [view.without(without.sources, instead) for view in views]
        clock.lap("read")
        corpus = Corpus.joined([view.corpus for view in views])
        question = _weighed(query, {known.base.analysis for known in several}, views, corpus)
        clock.lap("terms")
        by_words = without is not None and without.by_words
        bases = [known.base for known in several]
        vector, notes = (None, []) if by_words else self._embed(bases, query, remembers=without is not None)
        clock.lap("embed")
        moment = time.time()
        searched = [
            Searched(
                known.base.id,
                view.segments(question, vector, tags),
                known.version,
                None if vector is None else self._dense(known, vector),
                tags,
                moment,
            )
            for known, view in zip(several, views, strict=True)
        ]
        clock.lap("find")
        # What holds for the largest knowledge base holds for all.
        largest = max(several, key=lambda known: known.base.sources)
        trust = None if vector is None else largest.state.trust(question.is_chinese)
        enough = max(limit, RERANKED if self._reranker else RIVALS)
        ranking = rank(searched, question, corpus.average_terms, trust, enough)
        versions_of = {known.base.id: known.version for known in several}
        passages = [passage for candidate in ranking.candidates if (passage := _passage(candidate, versions_of))]
        clock.lap("rank")
        if self._reranker and passages:
            try:
                passages = _reranked(self._reranker, query, passages)
            except Unavailable as error:
                notes.append(error.code)
            clock.lap("rerank")
        legs = ["lexical"] if vector is None else ["lexical", "dense"]
        notes += ["knowledge_base_empty"] if not any(known.base.passages for known in several) else []
        consulted = [known.consulted for known in several]
        return Retrieved(
            consulted, tags, passages[:limit], passages[:RIVALS], ranking.nearest, trust, legs, notes, clock.laps
        )

    def _engine(self, base: KnowledgeBase) -> Engine:
        return self._small if base.passages <= self._memory_passages else self._large

    def _know(
        self, knowledge_base_ids: Sequence[uuid.UUID], in_versions: Mapping[uuid.UUID, int | None]
    ) -> list[_Known]:
        """The knowledge bases, each in its published version unless one is given. Raises NotFound."""
        with self._sessions() as session:
            several = []
            for state in self._states.read(session, knowledge_base_ids):
                base = state.base
                version = in_versions.get(base.id)
                if version is not None and version not in (base.published, base.draft):
                    versions.kept(session, base, version)
                several.append(_Known(state, base.published if version is None else version))
        return several

    def _embed(
        self, bases: Sequence[KnowledgeBase], query: str, *, remembers: bool
    ) -> tuple[Vector | None, list[str]]:
        """The question's vector, if all that is to be searched lies in one space.

        A live one is always made anew: by that it is noticed when the embedder is away, or another one.
        """
        spaces = {base.embedder for base in bases if base.collection} or {None}
        space = spaces.pop() if len(spaces) == 1 else None
        if space is None:
            return None, ["embedder_changed"] if spaces or self._embeddings.configured else []
        try:
            return self._embeddings.of_question(space, query, remembers=remembers), []
        except Unavailable as error:
            return None, [error.code]

    def _dense(self, known: _Known, vector: Vector) -> DenseView:
        """The question's vector with what is known of the space, as soon as it was measured."""
        size = len(vector)
        measured = known.state.measured
        if measured is None:
            return DenseView(vector, np.zeros(size, FLOAT), np.eye(size, dtype=FLOAT))
        space = self._spaces.get(known.base.id)
        if space is None or space[0] != measured.measured_at:
            with self._sessions() as session:
                geometry = session.get_one(Geometry, known.base.id)
            mean = np.frombuffer(geometry.mean, FLOAT)
            precision = np.frombuffer(geometry.precision, FLOAT).reshape(size, size)
            space = self._spaces[known.base.id] = (geometry.measured_at, mean, precision)
        return DenseView(vector, *space[1:])


def _weighed(query: str, analyses: Set[int], views: Sequence[View], corpus: Corpus) -> Question:
    """The question's terms with what they weigh in all that is searched, by the analyses that this is stored in."""
    counts = lexical.terms(query, *analyses)
    dimensions = [lexical.term_id(term) for term in counts]
    frequencies: Counter[int] = Counter()
    for view in views:
        frequencies.update(view.frequencies(dimensions))
    return lexical.question(query, counts, frequencies, corpus)


def _passage(candidate: Candidate, versions_of: Mapping[uuid.UUID, int]) -> Passage | None:
    """A candidate with its words; None for an entry whose answer is not there."""
    if candidate.packed is None:
        return None
    words = unpack(candidate.packed)
    return Passage(
        knowledge_base_id=candidate.knowledge_base_id,
        version=versions_of[candidate.knowledge_base_id],
        chunk_id=candidate.chunk,
        title=words.title,
        text=words.text,
        location=words.location,
        document_id=words.document_id,
        entry_id=candidate.source if words.document_id is None else None,
        url=words.url,
        score=candidate.score,
        lexical=candidate.lexical,
        dense=candidate.dense,
        coverage=candidate.coverage,
        words=candidate.words,
        head=candidate.head,
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
