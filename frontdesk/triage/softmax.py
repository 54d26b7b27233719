"""Multinomial logistic regression of many features on few rows. Pure.

Rows are turned into the space that they span (the leading eigenvectors of their Gram matrix), so that the cost
follows their number and not that of the features. There the curvature has a bound that is diagonal (Böhning 1992),
hence steps need no solving and never overshoot; Nesterov's momentum, given up whenever it points uphill, makes them
few.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.intp]

RANK = 1000
"""Directions of the rows' space that are kept: beyond them the accuracy does not grow any more."""
STEPS = 60
HELD = 0.03
"""How much weights are held to zero, as the precision of a normal prior on each."""
NOTHING = 1e-5
"""A direction with less than this share of the largest one's variance is noise."""


@dataclass(frozen=True, slots=True)
class Spanned:
    """Rows in the space that they span: `rows` (n, rank), and `back` (n, rank), which turns weights there into
    weights of rows."""

    rows: Floats
    back: Floats
    variances: Floats

    @classmethod
    def of(cls, features: Floats) -> "Spanned":
        """Of these rows of features, (n, d)."""
        variances, directions = np.linalg.eigh(features @ features.T)
        wanted = np.flatnonzero(variances > NOTHING * variances[-1])[-RANK:]
        sizes = np.sqrt(variances[wanted])
        rows = np.ascontiguousarray(directions[:, wanted] * sizes)
        return cls(rows, directions[:, wanted] / sizes, variances[wanted])


def fit(
    spanned: Spanned, labels: Labels, classes: int, only: NDArray[np.bool_] | None = None
) -> tuple[Floats, Floats]:
    """Weights (rank, classes) and intercepts (classes,) that fit the labels of all rows, or of `only` these."""
    rows = spanned.rows if only is None else spanned.rows[only]
    labels = labels if only is None else labels[only]
    count, bend = len(rows), (spanned.variances / 2 + HELD)[:, None]
    weights = np.zeros((rows.shape[1], classes), np.float32)
    intercepts = np.zeros(classes, np.float32)
    ahead, ahead_intercepts, speed = weights, intercepts, 1.0
    for _ in range(STEPS):
        excess = probabilities(rows @ ahead + ahead_intercepts)
        excess[np.arange(count), labels] -= 1
        slope = rows.T @ excess + HELD * ahead
        stepped = (ahead - slope / bend).astype(np.float32, copy=False)
        stepped_intercepts = (ahead_intercepts - excess.sum(axis=0) * (2 / count)).astype(np.float32)
        if float(np.vdot(stepped - weights, slope)) > 0:
            speed = 1.0
        faster = (1 + (1 + 4 * speed * speed) ** 0.5) / 2
        momentum = np.float32((speed - 1) / faster)
        ahead = (stepped + momentum * (stepped - weights)).astype(np.float32)
        further = momentum * (stepped_intercepts - intercepts)
        ahead_intercepts = (stepped_intercepts + further).astype(np.float32)
        weights, intercepts, speed = stepped, stepped_intercepts, faster
    return weights, intercepts


def probabilities(scores: Floats) -> Floats:
    """Of each class, from a row of scores for each text."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
