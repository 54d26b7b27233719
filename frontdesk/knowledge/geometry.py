"""What is known of a knowledge base's vectors as a whole: how they spread, and how far they can be believed.

Nobody labels anything for it. A piece of a source is asked (a variant of its question, a sentence), and the source
without that piece is looked for among others by either leg. Where words find it and vectors do not, as with a model
that was never taught the language, the vectors are believed less.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import mean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from frontdesk.database import Sessions, now
from frontdesk.knowledge import lexical, versions
from frontdesk.knowledge.chunking import sentences
from frontdesk.knowledge.embeddings import FLOAT, Embeddings
from frontdesk.knowledge.lexical import Corpus
from frontdesk.knowledge.models import Chunk, Geometry, KnowledgeBase
from frontdesk.knowledge.postings import Postings
from frontdesk.knowledge.rows import IN_ORDER, SOURCE
from frontdesk.knowledge.sample_entries import sample_entries
from frontdesk.knowledge.spans import holds
from frontdesk.language import Language
from frontdesk.models_client import Purpose

ROWS = 20_000
"""Chunks that the spread is estimated from."""
ASKED = 150
"""Sources that are asked for."""
SHORTEST_PIECE = 8
SHRINKAGE = 0.5
"""How many rows without any spread of their own are counted along, as a share of the dimensions."""
EXPONENT = 4
PRIOR = 5
ENOUGH = 10


class _Test(NamedTuple):
    """Something to ask, and the place of the text that should be found and what is left of that without it."""

    piece: str
    place: int
    rest: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The reciprocal rank by words and by vectors."""

    words: float
    vectors: float
    is_chinese: bool


class Geometries:
    """Measures them, in the worker."""

    def __init__(self, sessions: Sessions, embeddings: Embeddings) -> None:
        self._sessions = sessions
        self._embeddings = embeddings

    def owing(self) -> Sequence[uuid.UUID]:
        """Knowledge bases that were never measured in their vector space, or have changed much since."""
        with self._sessions() as session:
            return session.scalars(
                select(KnowledgeBase.id)
                .outerjoin(Geometry, Geometry.knowledge_base_id == KnowledgeBase.id)
                .where(
                    KnowledgeBase.embedder.is_not(None),
                    ~KnowledgeBase.incomplete,
                    KnowledgeBase.sources > 0,
                    or_(
                        Geometry.space.is_(None),
                        Geometry.space != KnowledgeBase.embedder,
                        KnowledgeBase.sources > 2 * Geometry.sources,
                        2 * KnowledgeBase.sources < Geometry.sources,
                    ),
                )
            ).all()

    def measure(self, knowledge_base_id: uuid.UUID) -> None:
        """Measure now; without vectors there is nothing to. Raises NotFound, or Unavailable without an embedder."""
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
        if base.embedder is None:
            return
        spread = self._spread(base, base.embedder)
        if spread is None:
            return
        middle, precision = spread
        trust = self._trust(base, base.embedder)
        values = {
            "space": base.embedder,
            "sources": base.sources,
            "trust_chinese": trust[True],
            "trust_other": trust[False],
            "mean": middle.astype(FLOAT).tobytes(),
            "precision": precision.astype(FLOAT).tobytes(),
            "measured_at": now(),
        }
        with self._sessions.begin() as session:
            row = insert(Geometry).values(knowledge_base_id=base.id, **values)
            session.execute(row.on_conflict_do_update(index_elements=["knowledge_base_id"], set_=values))

    def _spread(self, base: KnowledgeBase, space: str) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """The mean of the vectors, and the inverse of their covariance within sources, shrunk towards a sphere."""
        rows = (
            select(SOURCE, Chunk.digest)
            .where(Chunk.knowledge_base_id == base.id, holds(Chunk.valid, base.draft))
            .order_by(*IN_ORDER)
            .limit(ROWS)
        )
        with self._sessions() as session:
            read = session.execute(rows).all()
        known = self._embeddings.known(space, [digest for _, digest in read])
        vectors, middles = [], []
        for _, group in groupby(read, key=lambda row: row[0]):
            of_source = [known[digest] for _, digest in group if digest in known]
            if of_source:
                vectors += of_source
                middles += [np.mean(of_source, axis=0)] * len(of_source)
        if not vectors:
            return None
        x = np.array(vectors, np.float64)
        within = x - np.array(middles, np.float64)
        dimensions = x.shape[1]
        unspread = SHRINKAGE * dimensions
        middle: NDArray[np.float64] = x.mean(axis=0)
        variance = float(((x - middle) ** 2).mean())
        sources = len({source for source, _ in read})
        covariance = (within.T @ within + unspread * variance * np.eye(dimensions)) / (len(x) - sources + unspread)
        if variance == 0:
            return middle, np.eye(dimensions)
        return middle, np.linalg.inv(covariance)

    def _trust(self, base: KnowledgeBase, space: str) -> Mapping[bool, float]:
        """How far to believe the vectors for questions in Chinese (True) and others, 0 to 1."""
        outcomes = self._outcomes(base, space, *_tests(self._texts(base)))
        shop = {
            is_chinese: self._outcomes(base, space, *_tests(_shop_texts(language)))
            for is_chinese, language in ((True, Language.ZH), (False, Language.EN))
        }
        trust = {}
        for is_chinese in (True, False):
            alike = [outcome for outcome in outcomes if outcome.is_chinese is is_chinese]
            chosen = alike if len(alike) >= ENOUGH else outcomes
            script = 2 * sum(outcome.is_chinese for outcome in chosen) > len(chosen) if chosen else is_chinese
            prior = mean(one.vectors for one in shop[script]) / mean(one.words for one in shop[script])
            by_vectors = sum(outcome.vectors for outcome in chosen) + PRIOR * prior
            by_words = sum(outcome.words for outcome in chosen) + PRIOR
            trust[is_chinese] = min(1.0, by_vectors / by_words) ** EXPONENT
        return trust

    def _texts(self, base: KnowledgeBase) -> Iterator[tuple[list[str], str]]:
        """Some sources, each as the variants of its question, none for a document's passage, and its text."""
        valid = (Chunk.knowledge_base_id == base.id, holds(Chunk.valid, base.draft))
        some = select(SOURCE).where(*valid).distinct().order_by(SOURCE).limit(ASKED)
        with self._sessions() as session:
            chunks = session.execute(
                select(SOURCE, Chunk).where(*valid, SOURCE.in_(some)).order_by(*IN_ORDER)
            ).all()
        for _, group in groupby(chunks, key=lambda row: row[0]):
            *variants, last = [chunk for _, chunk in group]
            yield [chunk.text for chunk in variants], last.text

    def _outcomes(
        self, base: KnowledgeBase, space: str, texts: Sequence[str], tests: Sequence[_Test]
    ) -> list[_Outcome]:
        if not tests:
            return []
        asked = [test.piece for test in tests]
        targets = self._embeddings.made(space, texts, Purpose.DOCUMENT)
        rests = self._embeddings.made(space, [test.rest for test in tests], Purpose.DOCUMENT)
        questions = self._embeddings.made(space, asked, Purpose.QUERY)
        parts = [lexical.pack(lexical.terms(text)) for text in texts]
        postings = Postings.of_parts(parts)
        frequencies = dict(zip(postings.dimensions.tolist(), np.diff(postings.bounds).tolist(), strict=True))
        corpus = Corpus.of(parts)
        outcomes = []
        for test, vector, rest in zip(tests, questions, rests, strict=True):
            question = lexical.question(test.piece, lexical.terms(test.piece), frequencies, corpus)
            words = postings.score(question.weights, postings.weights, len(texts))
            left = Postings.of_parts([lexical.pack(lexical.terms(test.rest))])
            words[test.place] = left.score(question.weights, left.weights, 1)[0]
            cosines = targets @ vector
            cosines[test.place] = rest @ vector
            outcomes.append(
                _Outcome(
                    _reciprocal_rank(words, test.place),
                    _reciprocal_rank(cosines, test.place),
                    lexical.written_in_chinese(test.piece),
                )
            )
        return outcomes


def _tests(sources: Iterable[tuple[list[str], str]]) -> tuple[list[str], list[_Test]]:
    """The texts of sources, and what to ask for them: a question that only one has, else a sentence of the text."""
    known = list(sources)
    askers = Counter(variant for variants, _ in known for variant in set(variants))
    tests = []
    for place, (variants, text) in enumerate(known):
        unique = [variant for variant in variants if askers[variant] == 1]
        pieces = unique or [piece for piece in sentences(text) if len(piece) >= SHORTEST_PIECE]
        if unique or len(pieces) > 1:
            piece = pieces[place % len(pieces)]
            tests.append(_Test(piece, place, text if unique else text.replace(piece, "", 1)))
    return [text for _, text in known], tests


def _shop_texts(language: Language) -> Iterator[tuple[list[str], str]]:
    for entry in sample_entries(language):
        yield [entry.questions[0]], entry.answer


def _reciprocal_rank(scores: NDArray[np.float32], place: int) -> float:
    """1 over the rank, ties counting half."""
    ahead = float((scores > scores[place]).sum()) + (float((scores == scores[place]).sum()) - 1) / 2
    return 1 / (1 + ahead)
