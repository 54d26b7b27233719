"""Which sources answer a question best, from what each leg says of them. Pure.

The lexical leg says L = 0.55 whole + 0.45 best part, each as a share of the best one of all. The dense leg says the
best cosine M and, as a head over it, H: the cosine between the question and the middle of the source's vectors in a
space in which sources spread evenly (Fisher's linear discriminant, 1936). Where an entry has many variants, their
middle knows more than the nearest. Together they are t (M + H) + (0.7 t g + 1 - t) L: the trust t is measured
per knowledge base and script of the question (trust.py), g is the share of the question that some source covers.

Several knowledge bases are ranked as if they were one: their sources share the weights of the question's terms, the
length on average, the best of all and the trust, so that nothing ranks high for being the best of a knowledge base
with little to say. Only H is seen in the space of each.
"""

import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, groupby

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge.found import Near
from frontdesk.knowledge.groups import Places
from frontdesk.knowledge.lexical import Question, Weights
from frontdesk.knowledge.middles import DenseView
from frontdesk.knowledge.segments import NO_MEANING, Segment

WHOLE = 0.55
WORDS_WEIGHT = 0.7
CANDIDATES = 64
COVERING = 8
"""How many of those with the best words are looked at for how much of the question any of them has."""
NEAREST = 10
"""How many of the rows nearest by the dense leg are told, and which of a row's own neighbours is."""
AROUND = 256
"""Among so many nearest rows a row's own neighbours are looked for, so that it costs the same in any number."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What is searched of one knowledge base: the rows that are valid in a version.

    With tags, only those that have one of them; what has expired by the `moment`, in seconds since 1970, is left
    out. With a dense leg every knowledge base has a view.
    """

    knowledge_base_id: uuid.UUID
    segments: Sequence[Segment]
    version: int
    dense: DenseView | None = None
    tags: Set[str] = frozenset()
    moment: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source with its scores, which are those of a Passage; what is shown of the row `chunk` is `packed`."""

    knowledge_base_id: uuid.UUID
    chunk: uuid.UUID
    source: uuid.UUID
    score: float
    lexical: float
    words: float
    dense: float | None
    head: float | None
    coverage: float
    packed: bytes | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best sources, best first, and the rows nearest by the dense leg, the nearest first; none without it."""

    candidates: Sequence[Candidate]
    nearest: Sequence[Near] = ()


def rank(
    searched: Sequence[Searched],
    question: Question,
    average: float,
    trust: float | None,
    limit: int = CANDIDATES,
) -> Ranking:
    """The best sources of all that are searched, up to `limit`, which is CANDIDATES at most.

    `average` is how many terms a source has on average. `trust` is how far the dense leg is believed, 0 to 1; None
    ranks by words alone.
    """
    found = _Found(searched, question, average)
    by_words = WHOLE * _as_share(found.whole) + (1 - WHOLE) * _as_share(found.part)
    if trust is None:
        chosen = _best(by_words, by_words > 0)
        return Ranking(_candidates(found, question, chosen, by_words[chosen], limit))
    covering = _best(found.whole, found.whole > 0, COVERING)
    covered = min(1.0, float(found.coverage[covering].max(initial=0.0)) / (question.total or 1.0))
    words_weight = trust * WORDS_WEIGHT * covered + 1 - trust
    mixed = words_weight * by_words + trust * found.cosine
    eligible = (by_words > 0) | (found.cosine > NO_MEANING)

    def exactly(places: Places) -> Weights:
        return words_weight * by_words[places] + trust * found.exact_cosines(places)

    chosen, best = _best_exactly(mixed, eligible, CANDIDATES, trust * found.slack, exactly)
    heads = found.heads(chosen)
    score = np.clip((best + trust * heads) / (words_weight + 2 * trust), 0, 1)
    return Ranking(_candidates(found, question, chosen, score, limit, heads), found.nearest())


class _Found:
    """The scores of all sources of all segments, one behind the other."""

    def __init__(self, searched: Sequence[Searched], question: Question, average: float) -> None:
        of_segments = [(one, segment) for one in searched for segment in one.segments if segment.ids]
        self._searched = [one for one, _ in of_segments]
        self._segments = [segment for _, segment in of_segments]
        self._valid = [segment.valid_in(one.version, one.tags, one.moment) for one, segment in of_segments]
        self._scores = [
            segment.score(question, average, one.dense.vector if one.dense else None, one.version, valid)
            for (one, segment), valid in zip(of_segments, self._valid, strict=True)
        ]
        self._firsts = list(accumulate((len(segment.sources) for segment in self._segments), initial=0))
        self.part = _joined([scores.part for scores in self._scores])
        self.whole = _joined([scores.whole for scores in self._scores])
        self.coverage = _joined([scores.coverage for scores in self._scores])
        self.cosine = _joined([scores.cosine for scores in self._scores])
        self.slack = max((scores.slack for scores in self._scores), default=0.0)

    def source(self, place: int) -> tuple[uuid.UUID, uuid.UUID]:
        """Which knowledge base and which source stand at a place."""
        number, source = self._at(place)
        return self._searched[number].knowledge_base_id, self._segments[number].sources[source]

    def shown(self, place: int) -> tuple[uuid.UUID, bytes | None]:
        """The chunk that is shown of the source at a place, and its words."""
        number, source = self._at(place)
        return self._segments[number].shown(source, self._valid[number])

    def heads(self, places: Places) -> NDArray[np.float64]:
        """H of the source at each place, each in the space of its knowledge base."""
        heads = np.zeros(len(places))
        for number, sources, own in self._by_segment(places):
            view = self._searched[number].dense
            if view is not None:
                heads[own] = self._segments[number].heads(sources, self._valid[number], view)
        return heads

    def exact_cosines(self, places: Places) -> Weights:
        """The cosines at these places, which take the place of the rough ones."""
        for number, sources, own in self._by_segment(places):
            dense = self._searched[number].dense
            if dense is not None and self._scores[number].slack:
                cosines = self._segments[number].cosines(sources, dense.vector, self._valid[number])
                self.cosine[places[own]] = cosines
        return self.cosine[places]

    def nearest(self) -> list[Near]:
        """The rows nearest to the question, whatever source they are of."""
        cosines, vectors = [], []
        for one, segment, scores in zip(self._searched, self._segments, self._scores, strict=True):
            if segment.vectors is not None and one.dense is not None:
                exactly = partial(segment.vectors.cosines, question=one.dense.vector)
                rows, exact = _best_exactly(scores.rows, scores.rows > NO_MEANING, AROUND, scores.slack, exactly)
                cosines.append(exact)
                vectors.append(segment.vectors.exact[rows])
        if len(cosines) > 1:
            by_segment = np.concatenate(cosines)
            order = np.argsort(-by_segment, kind="stable")[:AROUND]
            cosines, vectors = [by_segment[order]], [np.concatenate(vectors)[order]]
        return [near for pair in zip(cosines, vectors, strict=True) for near in _near(*pair)]

    def _by_segment(self, places: Places) -> Iterator[tuple[int, Places, NDArray[np.bool_]]]:
        """The number of each segment that has some of the places, its sources there, and which places they are."""
        numbers = np.searchsorted(self._firsts, places, side="right") - 1
        for number in np.unique(numbers).tolist():
            own = numbers == number
            yield number, places[own] - self._firsts[number], own

    def _at(self, place: int) -> tuple[int, int]:
        number = bisect_right(self._firsts, place) - 1
        return number, place - self._firsts[number]


def _near(cosines: Weights, around: NDArray[np.float32]) -> list[Near]:
    """The first of these rows, (rows, dimensions), with the tenth neighbour of each, or the last of fewer."""
    if not len(around):
        return []
    place = max(len(around) - 1 - NEAREST, 0)  # the nearest of all is the row itself
    crowded = np.partition(around[:NEAREST] @ around.T, place, axis=1)[:, place]
    return [Near(*pair) for pair in zip(cosines[:NEAREST].tolist(), crowded.tolist(), strict=True)]


def _joined(arrays: Sequence[Weights]) -> Weights:
    return np.concatenate([np.zeros(0, np.float32), *arrays])


def _as_share(scores: Weights) -> Weights:
    return scores / max(float(scores.max(initial=0.0)), 1e-9)


def _best(scores: Weights, eligible: NDArray[np.bool_], limit: int = CANDIDATES) -> Places:
    """The places of the highest scores that are eligible, the highest first."""
    places = _highest(scores, limit)
    if not eligible[places].all():
        places = np.flatnonzero(eligible)
        places = places[_highest(scores[places], limit)]
    return places


def _highest(scores: Weights, limit: int) -> Places:
    """The places of the highest scores, the highest first; like ones in their order."""
    last = np.partition(scores, -limit)[-limit] if len(scores) > limit else -np.inf
    places = np.flatnonzero(scores >= last)
    return places[np.argsort(-scores[places], kind="stable")[:limit]]


def _best_exactly(
    rough: Weights, eligible: NDArray[np.bool_], limit: int, slack: float, exactly: Callable[[Places], Weights]
) -> tuple[Places, Weights]:
    """Where the exact scores are highest, the highest first, and these; rough ones are off by `slack` at most."""
    places = _best(rough, eligible, limit)
    exact = exactly(places)
    if slack and len(places) == limit:
        may_be_higher = eligible & (rough >= exact.min() - slack)
        may_be_higher[places] = False
        others = np.flatnonzero(may_be_higher)
        places, exact = np.append(places, others), np.append(exact, exactly(others))
    order = np.argsort(-exact, kind="stable")[:limit]
    return places[order], exact[order]


def _candidates(
    found: _Found,
    question: Question,
    places: Places,
    scores: NDArray[np.floating],
    limit: int,
    heads: NDArray[np.floating] | None = None,
) -> list[Candidate]:
    """The sources at these places, best first, none twice; like ones by their ids, wherever they lie in memory."""
    candidates: dict[uuid.UUID, Candidate] = {}
    itself, total = question.itself, question.total or 1.0
    for row in _in_order(found, places, scores):
        place = int(places[row])
        knowledge_base_id, source = found.source(place)
        if len(candidates) == limit:
            break
        if source not in candidates:
            chunk, packed = found.shown(place)
            candidates[source] = Candidate(
                knowledge_base_id=knowledge_base_id,
                chunk=chunk,
                source=source,
                score=float(scores[row]),
                lexical=min(1.0, float(found.part[place]) / itself),
                words=float(found.whole[place]) / total,
                dense=None if heads is None else float(found.cosine[place]),
                head=None if heads is None else float(heads[row]),
                coverage=min(1.0, float(found.coverage[place]) / total),
                packed=packed,
            )
    return list(candidates.values())


def _in_order(found: _Found, places: Places, scores: NDArray[np.floating]) -> Iterator[int]:
    """The numbers of these places, the highest score first, like ones by the ids of their sources."""
    by_score = np.argsort(-scores, kind="stable").tolist()
    for _, alike in groupby(by_score, key=lambda row: scores[row]):
        yield from sorted(alike, key=lambda row: found.source(int(places[row]))[1])
