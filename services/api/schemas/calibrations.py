"""How many answers may be wrong, from which confidence on that is kept, and what it takes."""

import uuid
from datetime import datetime
from typing import Self

from pydantic import Field

from frontdesk.confidence.fitting import Fitted, Ground
from frontdesk.confidence.models import Calibration as DomainCalibration
from frontdesk.confidence.models import Share
from frontdesk.confidence.targets import LEAST_ERROR, MOST_ERROR, MOST_OUTSIDE
from frontdesk.evaluation.calibrations import Standing
from frontdesk.evaluation.traffic import Traffic as DomainTraffic
from services.api.schemas.decisions import Basis
from services.api.schemas.shape import Shape


class ErrorTarget(Shape):
    """At most the share `error` of the answers is to be wrong.

    `outside` is the share of contacts' questions that nothing in the knowledge base answers; null if nobody knows.
    """

    error: float = Field(ge=LEAST_ERROR, le=MOST_ERROR)
    outside: float | None = Field(default=None, ge=0, le=MOST_OUTSIDE)


class Rate(Shape):
    """A share that was seen among the questions of the calibration, null without any, and what it is at most."""

    seen: float | None
    at_most: float


class Threshold(Shape):
    """From which confidence on questions are answered that are searched by meaning, or by words alone.

    The `ground` says how far it can be relied on: `promised` by questions that people labelled, but for a
    probability of 5 %; `expected` from fewer of these, or from the knowledge base's own ways of asking; `nothing`
    where there are too few of both, and the threshold is the one of the settings, or where no threshold would do,
    and it is the nearest one. `missing` is how many labelled questions more a promise would take, 0 where it is
    there, null where no number would do. `answered` is the share of questions from the threshold on, `wrong` of
    those the share that was answered wrongly. Of the questions that something answers `turned_away` are handed over
    and `misled` answered wrongly; of the others `let_through` are answered.
    """

    basis: Basis
    ground: Ground
    threshold: float
    answered: float
    answered_least: float
    answered_most: float
    wrong: float
    missing: int | None
    turned_away: Rate | None
    misled: Rate | None
    let_through: Rate | None

    @classmethod
    def of(cls, basis: str, fitted: Fitted, fallback: float) -> Self:
        """From the domain's; `fallback` is the threshold on no ground."""
        found, rates = fitted.certificate, fitted.rates
        return cls(
            basis=basis,
            ground=fitted.ground,
            threshold=fallback if fitted.threshold is None else fitted.threshold,
            answered=found.answered,
            answered_least=found.between[0],
            answered_most=found.between[1],
            wrong=found.wrong,
            missing=found.missing,
            turned_away=Rate.model_validate(rates.turned_away) if rates else None,
            misled=Rate.model_validate(rates.misled) if rates else None,
            let_through=Rate.model_validate(rates.let_through) if rates else None,
        )


class Calibration(Shape):
    """What a knowledge base was calibrated to, in which version.

    `outside` is the share of questions that nothing answers, `outside_from` how it is known: given by an
    administrator, seen in what contacts asked, or assumed. `held_out` and `labelled` are the questions that were
    asked: of the knowledge base's own entries, and of its question sets; of the latter nothing answers
    `labelled_outside`, and a promise takes some of either kind.
    """

    id: uuid.UUID
    made_at: datetime
    version: int
    error: float
    outside: float
    outside_from: Share
    held_out: int
    labelled: int
    labelled_outside: int
    thresholds: list[Threshold]

    @classmethod
    def of(cls, made: DomainCalibration, fallback: float) -> Self:
        """From the domain's."""
        return cls(
            **{name: getattr(made, name) for name in cls.model_fields if hasattr(made, name)},
            outside_from=made.share,
            thresholds=[
                Threshold.of(basis, Fitted.of_json(fitted), fallback)
                for basis, fitted in sorted(made.fitted.items())
            ],
        )


class Traffic(Shape):
    """What contacts asked since the calibration, and how much was answered.

    The share that nothing answers lies between `outside_least` and `outside_most`; null while too few asked.
    `has_drifted` says that it is larger than it was calibrated for: soon it is calibrated anew, and more carefully.
    """

    asked: int
    answered: int
    outside: float | None
    outside_least: float | None
    outside_most: float | None
    has_drifted: bool

    @classmethod
    def of(cls, traffic: DomainTraffic, calibrated_for: float | None) -> Self:
        """From the domain's."""
        seen = traffic.outside
        return cls(
            asked=traffic.asked,
            answered=traffic.answered,
            outside=seen.share if seen else None,
            outside_least=seen.low if seen else None,
            outside_most=seen.high if seen else None,
            has_drifted=calibrated_for is not None and traffic.has_drifted_from(calibrated_for),
        )


class CalibrationStanding(Shape):
    """What is wished, what holds, and what contacts asked since. `is_due` says that it is soon calibrated anew."""

    target: ErrorTarget
    calibration: Calibration | None
    traffic: Traffic
    is_due: bool

    @classmethod
    def of(cls, standing: Standing) -> Self:
        """From the domain's."""
        made = standing.calibration
        return cls(
            target=ErrorTarget.model_validate(standing.target),
            calibration=Calibration.of(made, standing.fallback) if made else None,
            traffic=Traffic.of(standing.traffic, made.outside if made else None),
            is_due=standing.is_due,
        )
