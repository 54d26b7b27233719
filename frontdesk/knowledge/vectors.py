"""Vectors of rows in memory: compared by a byte for each number first, and exactly where that leaves a doubt.

Four times less memory is read than by comparing all of them exactly, and memory is what the time goes to. How far a
rough cosine can be off is known, so nothing is missed by it.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Self

import numkong
import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge.embeddings import Vector
from frontdesk.knowledge.lexical import Weights

FEW_ROWS = 1024
"""So many are compared exactly at once."""
MANY_ROWS = 32768
"""From so many on something else is done while they are compared."""
HIGHEST = 127
"""The largest code."""

_beside = ThreadPoolExecutor(os.cpu_count(), "cosines")


class Rough(NamedTuple):
    """Cosines of all rows, each within `slack` of what it is."""

    cosines: Weights
    slack: float


@dataclass(frozen=True, slots=True)
class Vectors:
    """Rows of length one, (rows, dimensions); `codes` times `steps` is what they are roughly, but for `lost`."""

    exact: NDArray[np.float32]
    codes: NDArray[np.int8]
    steps: Weights
    lost: Weights

    @classmethod
    def of(cls, exact: NDArray[np.float32]) -> Self:
        """Of these rows; those that are not known yet are zero."""
        count = len(exact)
        made = cls(exact, np.empty(exact.shape, np.int8), np.empty(count, np.float32), np.empty(count, np.float32))
        for start in range(0, count, FEW_ROWS):
            made._code(slice(start, start + FEW_ROWS))
        return made

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The rows of all of these."""
        return cls(
            np.concatenate([part.exact for part in parts]),
            np.concatenate([part.codes for part in parts]),
            np.concatenate([part.steps for part in parts]),
            np.concatenate([part.lost for part in parts]),
        )

    def put(self, row: int, vector: Vector) -> None:
        """What a row is, in place."""
        self.exact[row] = vector
        self._code(slice(row, row + 1))

    def roughly(self, question: Vector) -> Rough:
        """The cosine between a question, of length one, and each row; exact where there are few."""
        if len(self.exact) <= FEW_ROWS:
            return Rough(self._cosines(self.exact, question), 0.0)
        asked = Vectors.of(question[None])
        products = np.asarray(numkong.cdist(asked.codes, self.codes, "dot"))[0]
        most = float(self.lost.max())
        cosines = products.astype(np.float32) * self.steps * asked.steps
        return Rough(cosines, most + (1 + most) * float(asked.lost[0]))

    def roughly_beside(self, question: Vector) -> Callable[[], Rough]:
        """The same, of many rows in a thread of its own: comparing them leaves the interpreter to others."""
        if len(self.exact) < MANY_ROWS:
            return partial(self.roughly, question)
        return _beside.submit(self.roughly, question).result

    def cosines(self, rows: NDArray[np.int64], question: Vector) -> Weights:
        """The cosine between a question and each of some rows, the same however they are asked for."""
        pieces = range(0, len(rows), FEW_ROWS)
        found = [self._cosines(self.exact[rows[start : start + FEW_ROWS]], question) for start in pieces]
        return np.concatenate([np.zeros(0, np.float32), *found])

    @staticmethod
    def _cosines(exact: NDArray[np.float32], question: Vector) -> Weights:
        if not len(exact):
            return np.zeros(0, np.float32)
        # Each product is summed by itself in double precision: it does not depend on which rows are beside it.
        return np.asarray(numkong.cdist(question[None], exact, "dot"))[0].astype(np.float32)

    def _code(self, rows: slice) -> None:
        exact = self.exact[rows]
        steps = np.maximum(np.abs(exact).max(axis=1), 1e-9) / HIGHEST
        codes = np.rint(exact / steps[:, None])
        self.codes[rows], self.steps[rows] = codes, steps
        self.lost[rows] = np.linalg.norm(exact - codes * steps[:, None], axis=1)
