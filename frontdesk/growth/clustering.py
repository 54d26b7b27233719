"""Which questions ask the same, decided one after the other as they come. Pure.

A question joins the nearest group, or starts one (leader clustering; Hartigan, "Clustering Algorithms", 1975). Near
is the cosine between what its terms weigh and what those of the group weigh together, averaged with the cosine of
the vectors where both have one. How rare a term is follows from the groups themselves, beside some that nobody
made, half of which have each function word.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge import lexical

NEAR_BY_WORDS = 0.3
"""From this cosine on a question belongs to a group, by words alone: mixed groups mislead more than split ones."""
NEAR_BY_BOTH = 0.42
"""The same for the mean of both cosines."""
MOST_COUNTED = 255

Vector = NDArray[np.float32]


@dataclass(slots=True)
class Asked:
    """A question, or several together: how often each term occurs, by its dimension, and the sum of the vectors."""

    terms: Counter[int]
    vector: Vector | None = None

    @classmethod
    def of(cls, text: str, vector: Vector | None = None) -> Self:
        """Of a question."""
        terms: Counter[int] = Counter()
        for term, count in lexical.terms(text).items():
            terms[lexical.term_id(term)] += count
        return cls(terms, vector)

    @classmethod
    def unpacked(cls, packed: bytes, vector: Vector | None) -> Self:
        """From what `packed` made."""
        dimensions, counts = lexical.unpack(packed)
        return cls(Counter(dict(zip(dimensions.tolist(), counts.tolist(), strict=True))), vector)

    @property
    def packed(self) -> bytes:
        """The terms as they are stored: as `lexical.pack` stores those of a text."""
        dimensions = sorted(self.terms)
        counts = bytes(min(self.terms[dimension], MOST_COUNTED) for dimension in dimensions)
        return np.array(dimensions, lexical.DIMENSION).tobytes() + counts

    def add(self, other: "Asked") -> None:
        """Count another one along; a question without a vector leaves that of the others as it is."""
        self.terms += other.terms
        if other.vector is not None:
            self.vector = other.vector if self.vector is None else self.vector + other.vector


@dataclass(slots=True)
class Groups:
    """The groups by their numbers, which do not change."""

    groups: list[Asked] = field(default_factory=list)
    _having: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of(cls, groups: Iterable[Asked]) -> Self:
        """Those that there are already."""
        made = cls()
        for group in groups:
            made.start(group)
        return made

    def start(self, asked: Asked) -> int:
        """A new group of this alone; gives its number."""
        self.groups.append(Asked(Counter(asked.terms), asked.vector))
        self._having.update(asked.terms.keys())
        return len(self.groups) - 1

    def join(self, number: int, asked: Asked) -> None:
        """Add a question to a group."""
        group = self.groups[number]
        self._having.update(asked.terms.keys() - group.terms.keys())
        group.add(asked)

    def nearest(self, asked: Asked) -> int | None:
        """The number of the group that a question belongs to; None if it is near to none."""
        own = self._weighed(asked.terms)
        best, nearest = 0.0, None
        for number, group in enumerate(self.groups):
            likeness = self._likeness(own, asked.vector, group)
            if likeness >= 1.0 and likeness > best:
                best, nearest = likeness, number
        return nearest

    def place(self, asked: Asked) -> int:
        """Add a question to the group that it belongs to, or start one; gives its number."""
        number = self.nearest(asked)
        if number is None:
            return self.start(asked)
        self.join(number, asked)
        return number

    def _likeness(self, own: Mapping[int, float], vector: Vector | None, group: Asked) -> float:
        """How near a question is to a group, as a multiple of what is near enough."""
        if vector is None or group.vector is None or len(vector) != len(group.vector):
            if own.keys().isdisjoint(group.terms):
                return 0.0
            return _cosine(own, self._weighed(group.terms)) / NEAR_BY_WORDS
        length = float(np.linalg.norm(group.vector) * np.linalg.norm(vector))
        by_meaning = float(vector @ group.vector) / length if length else 0.0
        if (1 + by_meaning) / 2 < NEAR_BY_BOTH:
            return 0.0
        return (_cosine(own, self._weighed(group.terms)) + by_meaning) / 2 / NEAR_BY_BOTH

    def _weighed(self, terms: Mapping[int, int]) -> Mapping[int, float]:
        """What each term weighs."""
        total = len(self.groups) + lexical.PRIOR_PASSAGES
        prior = lexical.function_words()
        weights = {}
        for dimension, count in terms.items():
            having = min(self._having[dimension] + prior.get(dimension, 0), total)
            weights[dimension] = (1 + math.log(count)) * math.log(1 + (total - having + 0.5) / (having + 0.5))
        return weights


def _cosine(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    lengths = math.sqrt(sum(weight**2 for weight in one.values()) * sum(weight**2 for weight in other.values()))
    return sum(weight * other.get(term, 0.0) for term, weight in one.items()) / lengths if lengths else 0.0
