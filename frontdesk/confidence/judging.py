"""Is a promise kept, and worth having? Tried on many draws of labelled questions, judged by all of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

import numpy as np

from frontdesk.confidence.binomial import Floats
from frontdesk.confidence.guarantee import Labelled, Promise, certify
from frontdesk.confidence.model import Examples, Model
from frontdesk.confidence.outcomes import Outcome, examples, labelled
from frontdesk.confidence.rates import calibration_error

DRAWS = 200
USES = 20
SPLITS = 10
LABELS = 1000
"""So many labelled questions are drawn at most."""
OUTSIDE_LABELS = 200
"""Of these, so many that nothing answers, where both kinds are drawn apart."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a promise on DRAWS draws of `drawn` questions, all kinds alike, with replacement.

    `broken` is the share of draws whose threshold is wrong more often than promised on all questions, `naive` that
    of the loosest thresholds that look right on the draw. `answered` is the mean share, `best` the one that the
    loosest threshold for all questions would allow, `none` the share of draws that promise nothing, `missing` how
    many questions more these ask for.
    """

    drawn: int
    broken: float
    naive: float
    answered: float
    best: float
    none: float
    missing: int | None


@dataclass(frozen=True, slots=True)
class Use:
    """The same with both kinds drawn apart and weighed, USES times; `least` and `most` are the shares answered."""

    answered: float
    least: float
    most: float
    broken: float
    none: float


@dataclass(frozen=True, slots=True)
class Errors:
    """Expected calibration errors: as the model is; calibrated on one half of the questions and seen on the other,
    the mean of SPLITS and the worst; and what chance alone makes of so few."""

    as_is: float
    calibrated: float
    worst: float
    by_chance: float


def kept(everything: Labelled, wish: Promise) -> Kept:
    """Whether a promise about questions drawn as they come is kept."""
    draw, size = np.random.default_rng(11), min(LABELS, len(everything))
    draws = [everything.some(draw.integers(0, len(everything), size)) for _ in range(DRAWS)]
    promised = [certify(one, Promise(wish.error, wish.doubt)) for one in draws]
    seen = [at(one.threshold, everything, None) for one in promised]
    none = [one.missing for one in promised if one.threshold is None]
    known = [missing for missing in none if missing is not None]
    return Kept(
        drawn=size,
        broken=mean(error > wish.error for error, _ in seen),
        naive=mean(at(_loosest(one, wish.error), everything, None)[0] > wish.error for one in draws),
        answered=mean(answered for _, answered in seen),
        best=at(_loosest(everything, wish.error), everything, None)[1],
        none=len(none) / DRAWS,
        missing=round(median(known)) if known else None,
    )


def use(everything: Labelled, wish: Promise) -> Use:
    """What share is answered under a promise about traffic in which `wish.outside` is answered by nothing."""
    draw = np.random.default_rng(13)
    inside, outside = np.flatnonzero(everything.answerable), np.flatnonzero(~everything.answerable)
    seen, none = [], 0
    for _ in range(USES):
        places = [draw.choice(outside, OUTSIDE_LABELS), draw.choice(inside, LABELS - OUTSIDE_LABELS)]
        certificate = certify(everything.some(np.concatenate(places)), wish)
        none += certificate.threshold is None
        seen.append(at(certificate.threshold, everything, wish.outside))
    shares = [answered for _, answered in seen]
    broken = mean(error > wish.error for error, _ in seen)
    return Use(mean(shares), min(shares), max(shares), broken, none / USES)


def calibration_errors(model: Model, outcomes: Sequence[Outcome]) -> Errors:
    """How far the confidence is a probability."""
    draw = np.random.default_rng(17)
    as_is: list[float] = []
    calibrated: list[float] = []
    chance = []
    for _ in range(SPLITS):
        order = draw.permutation(len(outcomes))
        one, other = ([outcomes[place] for place in half] for half in np.array_split(order, 2))
        for found, with_model in ((as_is, model), (calibrated, model.recalibrated(examples(one)))):
            rest = labelled(with_model, other)
            found.append(calibration_error(rest.confidence, rest.right))
        chance.append(calibration_error(rest.confidence, draw.random(len(rest)) < rest.confidence))
    return Errors(mean(as_is), mean(calibrated), max(calibrated), mean(chance))


def at(threshold: float | None, questions: Labelled, outside: float | None) -> tuple[float, float]:
    """The share of errors among the answered, and of the answered among all; 0 and 0 without a threshold.

    With a share of `outside`, the questions that nothing answers are weighed to it.
    """
    if threshold is None:
        return 0.0, 0.0
    weights = _weights(questions, outside)
    answered = weights * (questions.confidence >= threshold)
    wrong = float((answered * ~questions.right).sum())
    return wrong / max(float(answered.sum()), 1e-9), float(answered.sum() / weights.sum())


def _loosest(questions: Labelled, error: float) -> float | None:
    """The loosest threshold whose error looks right."""
    strict_first = np.argsort(-questions.confidence)
    wrong = np.cumsum(~questions.right[strict_first]) / np.arange(1, len(questions) + 1)
    fitting = np.flatnonzero(wrong <= error)
    return float(questions.confidence[strict_first[fitting[-1]]]) if len(fitting) else None


def _weights(questions: Labelled, outside: float | None) -> Floats:
    if outside is None:
        return np.ones(len(questions))
    return Examples([], questions.right, questions.answerable).weights(outside)
