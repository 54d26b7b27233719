"""How far the vectors of a knowledge base can be believed, per script of the question. Pure.

Nobody labels anything for it. A piece of a source is asked (a variant of its question, a sentence), and the source
without that piece is looked for among others by either leg. Where words find it and vectors do not, as with a model
that was never taught the language, the vectors are believed less.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge import lexical
from frontdesk.knowledge.chunking import sentences
from frontdesk.knowledge.lexical import Corpus
from frontdesk.knowledge.postings import Postings
from frontdesk.knowledge.sample_entries import sample_entries
from frontdesk.language import Language
from frontdesk.models_client import Purpose

SHORTEST_PIECE = 8
EXPONENT = 4
PRIOR = 5
ENOUGH = 10

Source = tuple[Sequence[str], str]
"""The variants of a question, none for a document's passage, and the text that answers it."""


class Making(Protocol):
    """Makes the vectors of texts, of length one."""

    def __call__(self, texts: Sequence[str], purpose: Purpose) -> NDArray[np.float32]:
        """One row for each text."""


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


def trust(sources: Iterable[Source], make: Making) -> Mapping[bool, float]:
    """How far to believe the vectors for questions in Chinese (True) and others, 0 to 1. Raises as `make` does."""
    outcomes = _outcomes(*_tests(sources), make)
    shop = {
        is_chinese: _outcomes(*_tests(_shop(language)), make)
        for is_chinese, language in ((True, Language.ZH), (False, Language.EN))
    }
    believed = {}
    for is_chinese in (True, False):
        alike = [outcome for outcome in outcomes if outcome.is_chinese is is_chinese]
        chosen = alike if len(alike) >= ENOUGH else outcomes
        script = 2 * sum(outcome.is_chinese for outcome in chosen) > len(chosen) if chosen else is_chinese
        prior = mean(one.vectors for one in shop[script]) / mean(one.words for one in shop[script])
        by_vectors = sum(outcome.vectors for outcome in chosen) + PRIOR * prior
        by_words = sum(outcome.words for outcome in chosen) + PRIOR
        believed[is_chinese] = min(1.0, by_vectors / by_words) ** EXPONENT
    return believed


def _outcomes(texts: Sequence[str], tests: Sequence[_Test], make: Making) -> list[_Outcome]:
    if not tests:
        return []
    asked = [test.piece for test in tests]
    targets = make(texts, Purpose.DOCUMENT)
    rests = make([test.rest for test in tests], Purpose.DOCUMENT)
    questions = make(asked, Purpose.QUERY)
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


def _tests(sources: Iterable[Source]) -> tuple[list[str], list[_Test]]:
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


def _shop(language: Language) -> Iterator[Source]:
    for entry in sample_entries(language):
        yield [entry.questions[0]], entry.answer


def _reciprocal_rank(scores: NDArray[np.float32], place: int) -> float:
    """1 over the rank, ties counting half."""
    ahead = float((scores > scores[place]).sum()) + (float((scores == scores[place]).sum()) - 1) / 2
    return 1 / (1 + ahead)
