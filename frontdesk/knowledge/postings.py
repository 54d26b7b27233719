"""An inverted index over rows of packed terms, in numpy: exact sums over a question's terms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge import lexical
from frontdesk.knowledge.lexical import Dimensions, Weights

Rows = NDArray[np.int32]


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

    def score(self, question: Mapping[int, float], weights: Weights, count: int) -> Weights:
        """For each of `count` rows the sum of the question's weights, each times one of these beside `rows`."""
        scores = np.zeros(count, np.float32)
        for rows, where, weight in self._found(question):
            scores[rows] += weights[where] * weight
        return scores

    def score_and_coverage(
        self, question: Mapping[int, float], weights: Weights, count: int
    ) -> tuple[Weights, Weights]:
        """The same, and the sum of the weights alone."""
        scores, coverage = np.zeros(count, np.float32), np.zeros(count, np.float32)
        for rows, where, weight in self._found(question):
            scores[rows] += weights[where] * weight
            coverage[rows] += weight
        return scores, coverage

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

    def _found(self, question: Mapping[int, float]) -> Iterator[tuple[NDArray[np.intp], slice, np.float32]]:
        """Term by term, because copies of all that a question touches cost more: which rows have it, none of them
        twice, where they stand, and what it weighs."""
        places, weights = self._places(question)
        for start, end, weight in zip(self.bounds[places], self.bounds[places + 1], weights, strict=True):
            yield self.rows[start:end].astype(np.intp), slice(start, end), weight

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
