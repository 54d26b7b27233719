"""What a threshold does to each kind of question, and how far a confidence is a probability. Pure.

The rates of a kind do not move with its share of the traffic: they say what to expect where that is not known.
"""

from dataclasses import dataclass

import numpy as np

from frontdesk.confidence.binomial import Floats, highest, interval
from frontdesk.confidence.guarantee import LEVELS, Bools, Labelled

BINS = 15
LEAST_APART = 0.2
"""So much more of the questions that something answers must be answered than of the others."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share that was seen, and what it is at most, but for the doubt, at all LEVELS at once.

    `seen` is None where there was nothing of the kind.
    """

    seen: float | None
    at_most: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Of the questions that something answers, how many are turned away, and how many answered wrongly.

    Of those that nothing answers, how many are let through.
    """

    turned_away: Rate
    misled: Rate
    let_through: Rate


def rates(labelled: Labelled, threshold: float, doubt: float = 0.05) -> Rates:
    """Those at a threshold, which may have been chosen among LEVELS by looking at the same questions."""
    answered, inside = labelled.confidence >= threshold, labelled.answerable
    each = doubt / len(LEVELS)
    return Rates(
        turned_away=_rate(~answered[inside], each),
        misled=_rate(answered[inside] & ~labelled.right[inside], each),
        let_through=_rate(answered[~inside], each),
    )


@dataclass(frozen=True, slots=True)
class Outside:
    """The share of questions that nothing answers, and where it lies but for the doubt."""

    share: float
    low: float
    high: float


def outside_of(answered: int, asked: int, at_threshold: Rates, doubt: float = 0.05) -> Outside | None:
    """What the share must be, for so many of the questions asked to be answered at a threshold of these rates.

    None where the rates do not tell the kinds apart. This is black box shift estimation (Lipton, Wang and Smola
    2018) with the threshold as the classifier: what is answered mixes what is answered of either kind.
    """
    turned_away, let_through = at_threshold.turned_away.seen, at_threshold.let_through.seen
    if not asked or turned_away is None or let_through is None or 1 - turned_away - let_through < LEAST_APART:
        return None
    low, high = interval(answered, asked, doubt)

    def share(of_answered: float) -> float:
        return min(1.0, max(0.0, (1 - turned_away - of_answered) / (1 - turned_away - let_through)))

    return Outside(share(answered / asked), share(high), share(low))


def calibration_error(confidence: Floats, right: Bools, weights: Floats | None = None) -> float:
    """How far confidence is from the share that is right, on average (ECE; Guo, Pleiss, Sun and Weinberger 2017).

    Over bins of equal width; 0 where there is nothing to compare.
    """
    weights = np.ones(len(right)) if weights is None else weights
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gap = np.bincount(bins, weights * (confidence - right), BINS)
    return float(np.abs(gap).sum() / max(weights.sum(), 1e-9))


def _rate(happened: Bools, doubt: float) -> Rate:
    count, of = int(happened.sum()), len(happened)
    return Rate(count / of if of else None, highest(count, of, doubt))
