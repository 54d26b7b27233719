"""Logistic regression of a few numbers, fitted by Newton's method and held to where it started. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from frontdesk.confidence.binomial import Floats

STEPS = 50
ENOUGH = 1e-9
MOST = 30.0
"""Log odds beyond these are as good as certain, and overflow later."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """The log odds of something, as a weighted sum of features that were centred and scaled."""

    names: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    def probability(self, features: Floats) -> Floats:
        """Of each row of features, one column for each name."""
        return _logistic(self._scaled(features) @ np.array(self.weights) + self.intercept)

    def fitted(self, features: Floats, happened: Floats, weights: Floats, held: float) -> "Logistic":
        """What fits these rows, weighted, and is not needlessly far from this one.

        `held` rows' worth of evidence holds each weight of a feature back (a normal prior around the weights here,
        so that few rows change little); nothing holds the intercept, but for a trace. Raises nothing: without rows
        it stays as it is.
        """
        rows = np.column_stack([self._scaled(features), np.ones(len(features))])
        start = np.array([*self.weights, self.intercept])
        back = np.append(np.full(len(self.weights), held), held / 100)
        now = start.copy()
        for _ in range(STEPS):
            chance = _logistic(rows @ now)
            slope = rows.T @ (weights * (chance - happened)) + back * (now - start)
            bend = (rows * (weights * chance * (1 - chance))[:, None]).T @ rows + np.diag(back)
            step = np.linalg.solve(bend, slope)
            # Far from the best place a whole step of Newton's may lead away; a bounded one never does for long.
            now = now - step / max(1.0, float(np.abs(step).max()))
            if float(np.abs(step).max()) < ENOUGH:
                break
        return Logistic(self.names, self.centre, self.scale, tuple(now[:-1].tolist()), float(now[-1]))

    def _scaled(self, features: Floats) -> Floats:
        return (features - np.array(self.centre)) / np.array(self.scale)


def unfitted(names: Sequence[str], features: Floats) -> Logistic:
    """Even odds for everything, in the scale of these rows."""
    spread = features.std(axis=0)
    return Logistic(
        tuple(names),
        tuple(features.mean(axis=0).tolist()),
        tuple(np.where(spread > 0, spread, 1.0).tolist()),
        (0.0,) * len(names),
        0.0,
    )


def _logistic(odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(odds, -MOST, MOST)))
