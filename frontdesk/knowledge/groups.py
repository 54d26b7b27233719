"""Rows that lie together in groups, those of one source behind the other, in numpy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge.lexical import Weights

Mask = NDArray[np.bool_]
Places = NDArray[np.int64]

MANY_ROWS = 8
"""Of groups of fewer rows the first, second, ... ones are compared, each with all their like at once."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of one row or more, each from one of the `bounds` to the next."""

    bounds: Places
    small: Sequence[tuple[Places, Places]]  # of few rows, those that have a second, third, ... one, and this row
    large: Places  # those of many rows
    edges: Places  # where one of those begins or ends
    begins: Places  # the numbers of the edges where they begin

    @classmethod
    def of(cls, sizes: Sequence[int] | Places) -> Self:
        """Of so many rows each."""
        bounds = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
        sizes = np.diff(bounds)
        few = [np.flatnonzero((sizes > number) & (sizes < MANY_ROWS)) for number in range(1, MANY_ROWS - 1)]
        small = [(groups, bounds[groups] + number) for number, groups in enumerate(few, 1) if len(groups)]
        large = np.flatnonzero(sizes >= MANY_ROWS)
        edges = np.setdiff1d(np.union1d(bounds[large], bounds[large + 1]), bounds[-1:])
        return cls(bounds, small, large, edges, np.searchsorted(edges, bounds[large]))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The groups of all of these."""
        return cls.of(np.concatenate([np.diff(part.bounds) for part in parts]))

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def sizes(self, groups: Places) -> Places:
        """How many rows these have."""
        return self.bounds[groups + 1] - self.bounds[groups]

    def best(self, scores: Weights) -> Weights:
        """The highest score in each group."""
        best = scores[self.bounds[:-1]]
        for groups, rows in self.small:
            best[groups] = np.maximum(best[groups], scores[rows])
        if len(self.large):
            best[self.large] = np.maximum.reduceat(scores, self.edges)[self.begins]
        return best

    def of_rows(self, rows: Places) -> Places:
        """Which group each of these rows is in."""
        return np.searchsorted(self.bounds, rows, side="right") - 1

    def rows(self, groups: Places) -> tuple[Places, Places]:
        """The rows of these groups, one group behind the other, and where each begins among them."""
        starts, sizes = self.bounds[groups], self.sizes(groups)
        firsts = np.cumsum(sizes) - sizes
        return np.arange(int(sizes.sum())) + np.repeat(starts - firsts, sizes), firsts
