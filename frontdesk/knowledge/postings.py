"""An inverted index over rows of packed terms, in numpy: exact sums over a question's terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge import lexical
from frontdesk.knowledge.lexical import Dimensions, Weights

Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Matches:
    """Where rows have a question's terms: `rows` term by term, one after the other, with the terms' weights."""

    slices: Sequence[slice]
    rows: NDArray[np.integer]
    factors: Weights

    def of_groups(self, groups: NDArray[np.int64], among: NDArray[np.bool_]) -> Self:
        """The same by the group that each row is in; rows that are not among those weigh nothing."""
        return replace(self, rows=groups[self.rows], factors=self.factors * among[self.rows])

    def sums(self, count: int, weights: Weights | None = None) -> Weights:
        """For each of `count` rows the sum of the terms' weights, each times one of `weights` beside `rows`."""
        if not self.slices:
            return np.zeros(count, np.float32)
        factors = self.factors
        if weights is not None:
            factors = factors * np.concatenate([weights[where] for where in self.slices])
        return np.bincount(self.rows, factors, count).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Postings:
    """For each dimension, in order: the rows that have it and what it weighs there, between two `bounds`."""

    dimensions: Dimensions
    bounds: NDArray[np.int64]
    rows: Rows
    weights: Weights

    @classmethod
    def of_parts(cls, packed: Sequence[bytes]) -> Self:
        """Rows with the weights of parts."""
        return cls._of([lexical.part_weights(terms) for terms in packed])

    @classmethod
    def of_counts(cls, packed: Sequence[bytes | None]) -> Self:
        """Rows with their terms' counts as weights; one without terms has nothing."""
        return cls._of([lexical.unpack(terms or b"") for terms in packed])

    @classmethod
    def joined(cls, parts: Sequence[Self], firsts: Sequence[int]) -> Self:
        """The rows of several, each of which begins with the row `firsts` says."""
        return cls._sorted(
            np.concatenate([np.repeat(part.dimensions, np.diff(part.bounds)) for part in parts]),
            np.concatenate([part.rows + np.int32(first) for part, first in zip(parts, firsts, strict=True)]),
            np.concatenate([part.weights for part in parts]),
        )

    def matches(self, question: Mapping[int, float]) -> Matches:
        """Where the terms of a question stand."""
        places, weights = self._places(question)
        slices = [slice(*bounds) for bounds in zip(self.bounds[places], self.bounds[places + 1], strict=True)]
        rows = np.concatenate([self.rows[:0], *(self.rows[where] for where in slices)])
        return Matches(slices, rows, np.repeat(weights, self.bounds[places + 1] - self.bounds[places]))

    def score(self, question: Mapping[int, float], weights: Weights | None, count: int) -> Weights:
        """For each of `count` rows the sum of the question's weights, each times one of these beside `rows`."""
        return self.matches(question).sums(count, weights)

    def frequencies(self, dimensions: Sequence[int], among: NDArray[np.bool_] | None = None) -> Mapping[int, int]:
        """How many rows have each of these dimensions; of those that are among them, if that is said."""
        places, _ = self._places(dict.fromkeys(dimensions, 1.0))
        starts, ends = self.bounds[places], self.bounds[places + 1]
        if among is None:
            counts = (ends - starts).tolist()
        else:
            counts = [
                int(np.count_nonzero(among[self.rows[start:end]])) for start, end in zip(starts, ends, strict=True)
            ]
        return dict(zip(self.dimensions[places].tolist(), counts, strict=True))

    def _places(self, question: Mapping[int, float]) -> tuple[NDArray[np.int64], Weights]:
        """The places of the question's dimensions that there are, and their weights."""
        wanted = np.fromiter(question, np.uint32, len(question))
        weights = np.fromiter(question.values(), np.float32, len(question))
        if not len(self.dimensions):
            return np.zeros(0, np.int64), weights[:0]
        places = np.minimum(np.searchsorted(self.dimensions, wanted), len(self.dimensions) - 1)
        present = self.dimensions[places] == wanted
        return places[present], weights[present]

    @classmethod
    def _of(cls, rows: Sequence[tuple[Dimensions, NDArray[np.generic]]]) -> Self:
        sizes = [len(dimensions) for dimensions, _ in rows]
        return cls._sorted(
            np.concatenate([np.zeros(0, np.uint32), *(dimensions for dimensions, _ in rows)]),
            np.repeat(np.arange(len(rows), dtype=np.int32), sizes),
            np.concatenate([np.zeros(0, np.float32), *(weights for _, weights in rows)]).astype(np.float32),
        )

    @classmethod
    def _sorted(cls, columns: Dimensions, rows: Rows, weights: Weights) -> Self:
        order = np.argsort(columns, kind="stable")
        columns = columns[order]
        starts = np.flatnonzero(np.append(True, columns[1:] != columns[:-1])[: len(columns)])
        return cls(columns[starts], np.append(starts, len(columns)), rows[order], weights[order])
