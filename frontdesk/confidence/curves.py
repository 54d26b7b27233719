"""What other thresholds would do, and whether what is sure is right: the pictures of a calibration. Pure.

The first is the risk-coverage curve (El-Yaniv and Wiener 2010), the second the reliability diagram (Murphy and
Winkler 1977), both in traffic with a share of questions that nothing answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from frontdesk.confidence.binomial import Floats, interval
from frontdesk.confidence.guarantee import LEVELS, Bools, Labelled
from frontdesk.confidence.model import Examples, Model

BINS = 10
DOUBT = 0.05


@dataclass(frozen=True, slots=True)
class Point:
    """From a threshold on so many of the questions are answered, and of these so many wrongly, `low` to `high`."""

    threshold: float
    answered: float
    wrong: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of like confidence, which is `confidence` on average, a share of all; `right` of them were answered
    rightly, `low` to `high`."""

    confidence: float
    share: float
    right: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curves:
    """Both, of the questions that a threshold was found by. Points from the strictest to the most lenient."""

    points: Sequence[Point] = ()
    bins: Sequence[Bin] = ()


def curves(questions: Labelled, model: Model, outside: float | None, share: float = 1.0) -> Curves:
    """Of questions in the eyes of the model before it was calibrated to this `model`; `outside` as in a promise.

    They are a `share` of all, and the others are handed over.
    """
    if not len(questions):
        return Curves()
    weights = np.ones(len(questions))
    if outside is not None:
        weights = Examples([], questions.right, questions.answerable).weights(outside)
    there = weights > 0
    questions, weights = questions.some(there), weights[there]
    return Curves(_points(questions, model, weights, share), _bins(questions, model, weights))


def _points(questions: Labelled, model: Model, weights: Floats, share: float) -> list[Point]:
    points, whole = [], float(weights.sum()) / share
    for level in LEVELS:
        answered = questions.confidence >= level
        if answered.any():
            told = _share(~questions.right[answered], weights[answered])
            points.append(Point(model.threshold(level), float(weights[answered].sum()) / whole, *told))
    return points


def _bins(questions: Labelled, model: Model, weights: Floats) -> list[Bin]:
    confidence = model.calibrated(questions.confidence)
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = []
    for number in np.unique(places):
        inside = places == number
        mean = float(np.average(confidence[inside], weights=weights[inside]))
        told = _share(questions.right[inside], weights[inside])
        bins.append(Bin(mean, float(weights[inside].sum() / weights.sum()), *told))
    return bins


def _share(happened: Bools, weights: Floats) -> tuple[float, float, float]:
    """A weighed share, and where it lies but for DOUBT: as many count as would be as good unweighed (Kish 1965)."""
    share = float(np.average(happened, weights=weights))
    count = max(1, round(weights.sum() ** 2 / (weights**2).sum()))
    low, high = interval(round(share * count), count, DOUBT)
    return share, min(low, share), max(high, share)
