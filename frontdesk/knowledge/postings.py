"""An inverted index over rows of packed terms, in numpy: exact sums over a question's terms."""

from collections.abc import Mapping, Sequence
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

    def score(self, question: Mapping[int, float], weights: Weights | None, count: int) -> Weights:
        """For each of `count` rows the sum of the question's weights, each times one of these beside `rows`."""
        scores = np.zeros(count, np.float32)
        if not len(self.dimensions):
            return scores
        wanted = np.fromiter(question, np.uint32, len(question))
        places = np.minimum(np.searchsorted(self.dimensions, wanted), len(self.dimensions) - 1)
        present = self.dimensions[places] == wanted
        for place, weight in zip(places[present], np.fromiter(question.values(), np.float32)[present], strict=True):
            start, end = self.bounds[place], self.bounds[place + 1]
            # A row stands at most once under a dimension, so that no addition is lost.
            scores[self.rows[start:end]] += weight if weights is None else weights[start:end] * weight
        return scores

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
