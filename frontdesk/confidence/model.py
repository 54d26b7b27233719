"""Confidence as a probability: that anything answers, times that the first passage does if anything does.

Two logistic regressions, each of what tells its own question (features.py), and a last one of one number that makes
a calibrated probability of their product where labelled questions are there (Platt 1999). The last one keeps the
order, so that a threshold found before it holds behind it.

A model belongs to a knowledge base and to the legs that ranked. It is fitted to questions held out (labels.py) or
labelled by people, from the built-in one, which few examples change little. It is a dozen numbers, kept as JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from frontdesk.confidence.binomial import Floats
from frontdesk.confidence.features import Features
from frontdesk.confidence.guarantee import Bools
from frontdesk.confidence.logistic import Logistic

HELD = 5.0
OUTSIDE = 0.2
"""The share of questions that nothing answers, where nobody knows better."""
LEAST = 1e-6


class UnknownModel(ValueError):
    """A stored model is of features that there are no more, or of another shape: fit it again."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Retrievals of which is known whether the first passage answers, and whether anything does; one place each."""

    features: Sequence[Features]
    right: Bools
    answerable: Bools

    def weights(self, outside: float) -> Floats:
        """What each counts, 1 on average, so that those that nothing answers make up a share of `outside`.

        Where there is one kind only, all count alike.
        """
        share = 1 - float(self.answerable.mean()) if len(self.answerable) else 0.0
        if share in (0.0, 1.0):
            return np.ones(len(self.answerable))
        return np.where(self.answerable, (1 - outside) / (1 - share), outside / share)


@dataclass(frozen=True, slots=True)
class Model:
    """`anything` is whether anything answers, `first` whether the first passage does if anything does.

    `slope` and `shift` make the log odds of their product those of a calibrated probability.
    """

    anything: Logistic
    first: Logistic
    slope: float = 1.0
    shift: float = 0.0

    def confidence(self, features: Features | None) -> float:
        """The probability that the first passage of a retrieval answers; 0 where nothing was found."""
        return 0.0 if features is None else float(self.confidences([features])[0])

    def confidences(self, features: Sequence[Features]) -> Floats:
        """The same for several retrievals in which something was found."""
        return self.calibrated(self._product(features))

    def calibrated(self, product: Floats | float) -> Floats:
        """What a product of both probabilities is worth."""
        return 1 / (1 + np.exp(-self.slope * _log_odds(np.asarray(product, np.float64)) - self.shift))

    def threshold(self, product: float) -> float:
        """The same of a threshold, where that on products of 0 answers everything still."""
        return float(self.calibrated(product)) if product > 0 else 0.0

    def fitted(self, examples: Examples, outside: float = OUTSIDE) -> "Model":
        """What fits these examples, the built-in calibration undone; this one where there is nothing to learn.

        The odds are those of traffic in which a share of `outside` is answered by nothing.
        """
        weights, answerable = examples.weights(outside), examples.answerable
        if not len(answerable):
            return self
        anything, first = self.anything, self.first
        if answerable.any() and not answerable.all():
            rows = _rows(examples.features, anything)
            anything = anything.fitted(rows, answerable.astype(np.float64), weights, HELD)
        if answerable.any():
            rows = _rows(examples.features, first)[answerable]
            first = first.fitted(rows, examples.right[answerable].astype(np.float64), weights[answerable], HELD)
        return Model(anything, first)

    def recalibrated(self, examples: Examples, outside: float | None = None) -> "Model":
        """The same order, with the probabilities that these labelled questions show.

        `outside` as in `fitted`; None where they were drawn from those that come, all kinds alike.
        """
        if not len(examples.right):
            return self
        weights = np.ones(len(examples.right)) if outside is None else examples.weights(outside)
        odds = _log_odds(self._product(examples.features))[:, None]
        as_is = Logistic(("odds",), (0.0,), (1.0,), (1.0,), 0.0)
        found = as_is.fitted(odds, examples.right.astype(np.float64), weights, HELD)
        return replace(self, slope=max(found.weights[0], LEAST), shift=found.intercept)

    def check(self) -> None:
        """Raises UnknownModel for features that there are no more, or numbers that are missing."""
        for logistic in (self.anything, self.first):
            unknown = set(logistic.names) - {field.name for field in fields(Features)}
            if unknown:
                raise UnknownModel(f"There are no features {sorted(unknown)}.")
            if {len(logistic.centre), len(logistic.scale), len(logistic.weights)} != {len(logistic.names)}:
                raise UnknownModel("There is not one number for each feature.")

    def _product(self, features: Sequence[Features]) -> Floats:
        anything = self.anything.probability(_rows(features, self.anything))
        return anything * self.first.probability(_rows(features, self.first))


def _rows(features: Sequence[Features], of: Logistic) -> Floats:
    return np.array([one.named(of.names) for one in features], np.float64).reshape(len(features), len(of.names))


def _log_odds(probability: Floats) -> Floats:
    sure = np.clip(probability, LEAST, 1 - LEAST)
    return np.log(sure / (1 - sure))
