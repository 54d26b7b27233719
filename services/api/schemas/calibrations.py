"""How many answers may be wrong, from which confidence on that is kept, and what it takes."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import Field

from frontdesk.confidence.fitted import Fitted
from frontdesk.confidence.grounds import Ground
from frontdesk.confidence.guarantee import Certificate
from frontdesk.confidence.models import Calibration as DomainCalibration
from frontdesk.confidence.models import Share
from frontdesk.confidence.parts import Cell, parts_of_cell
from frontdesk.confidence.targets import LEAST_ERROR, MOST_ERROR, MOST_OUTSIDE, MOST_PARTS
from frontdesk.evaluation.calibrations import Standing
from frontdesk.evaluation.traffic import Traffic as DomainTraffic
from services.api.schemas.decisions import Basis
from services.api.schemas.shape import Shape


class ErrorTarget(Shape):
    """At most the share `error` of the answers is to be wrong.

    `outside` is the share of contacts' questions that nothing in the knowledge base answers; null if nobody knows.
    Of `parts` of the answers a smaller share is to be wrong, by the name of each: `language:zh` and `language:en`,
    or `tag:` with a tag of what is answered from.
    """

    error: float = Field(ge=LEAST_ERROR, le=MOST_ERROR)
    outside: float | None = Field(default=None, ge=0, le=MOST_OUTSIDE)
    parts: dict[str, float] = Field(default_factory=dict, max_length=MOST_PARTS)


class Rate(Shape):
    """A share that was seen among the questions of the calibration, null without any, and what it is at most."""

    seen: float | None
    at_most: float


class Expected(Shape):
    """From which confidence on is answered, and what to expect of that.

    The `ground` says how far it can be relied on: `promised` by questions that people labelled, but for a
    probability of 5 %; `expected` from fewer of these, or from the knowledge base's own ways of asking; `nothing`
    where there are too few of both. `answered` is the share of questions from the threshold on, `wrong` of those
    the share that was answered wrongly. `missing` is how many labelled questions more a promise would take, 0 where
    it is there, null where no number would do.
    """

    ground: Ground
    threshold: float
    answered: float
    answered_least: float
    answered_most: float
    wrong: float
    missing: int | None


def _expected(found: Certificate) -> dict[str, Any]:
    return {
        "answered": found.answered,
        "answered_least": found.between[0],
        "answered_most": found.between[1],
        "wrong": found.wrong,
        "missing": found.missing,
    }


class CurvePoint(Shape):
    """From a threshold on a share of the questions is `answered`, of which a share is `wrong`, `low` to `high`."""

    threshold: float
    answered: float
    wrong: float
    low: float
    high: float


class ConfidenceBin(Shape):
    """Questions of like `confidence`, a `share` of all, of which a share was answered `right`, `low` to `high`."""

    confidence: float
    share: float
    right: float
    low: float
    high: float


class PartThreshold(Expected):
    """The same of what lies in these `parts`, and in no other, of which a share of `error` may be wrong.

    On the ground `nothing` each answer has to be as sure itself as is wished of all of them.
    """

    parts: list[str]
    error: float

    @classmethod
    def of(cls, name: str, cell: Cell) -> Self:
        """From the domain's."""
        return cls(
            parts=parts_of_cell(name),
            error=cell.error,
            ground=cell.ground,
            threshold=cell.threshold,
            **_expected(cell.certificate),
        )


class Threshold(Expected):
    """The same of all questions that are searched by meaning, or by words alone.

    On the ground `nothing` the threshold is the one of the settings, or the nearest one where none would do. Of the
    questions that something answers `turned_away` are handed over and `misled` answered wrongly; of the others
    `let_through` are answered. It is `raised` where contacts called too many answers no help that a lower one let
    through. `points` are what other thresholds would do, strict to lenient, and `bins` tell how often what is so
    sure is right; none where nothing is known.
    """

    basis: Basis
    turned_away: Rate | None
    misled: Rate | None
    let_through: Rate | None
    raised: bool
    parts: list[PartThreshold]
    points: list[CurvePoint]
    bins: list[ConfidenceBin]

    @classmethod
    def of(cls, basis: str, fitted: Fitted, curves: Mapping[str, Any], fallback: float) -> Self:
        """From the domain's; `fallback` is the threshold on no ground."""
        rates = fitted.rates
        return cls(
            basis=basis,
            ground=fitted.ground,
            threshold=fallback if fitted.threshold is None else fitted.threshold,
            turned_away=Rate.model_validate(rates.turned_away) if rates else None,
            misled=Rate.model_validate(rates.misled) if rates else None,
            let_through=Rate.model_validate(rates.let_through) if rates else None,
            raised=fitted.raised,
            parts=[PartThreshold.of(name, cell) for name, cell in sorted(fitted.cells.items())],
            points=curves.get("points", ()),
            bins=curves.get("bins", ()),
            **_expected(fitted.certificate),
        )


class Calibration(Shape):
    """What a knowledge base was calibrated to, in which version.

    `outside` is the share of questions that nothing answers, `outside_from` how it is known: given by an
    administrator, seen in what contacts asked, or assumed. `held_out` and `labelled` are the questions that were
    asked: of the knowledge base's own entries, and of its question sets; of the latter nothing answers
    `labelled_outside`, and a promise takes some of either kind. Of the newest questions of contacts
    `asked_lately` were asked again; `answered_lately` of them had been answered, and `answered_again` would be now.
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
    asked_lately: int
    answered_lately: int
    answered_again: int
    thresholds: list[Threshold]

    @classmethod
    def of(cls, made: DomainCalibration, curves: Mapping[str, Any], fallback: float) -> Self:
        """From the domain's."""
        return cls(
            **{name: getattr(made, name) for name in cls.model_fields if hasattr(made, name)},
            outside_from=made.share,
            thresholds=[
                Threshold.of(basis, Fitted.of_json(fitted), curves.get(basis, {}), fallback)
                for basis, fitted in sorted(made.fitted.items())
            ],
        )


class Traffic(Shape):
    """What contacts asked since the calibration, and how much was answered.

    The share that nothing answers lies between `outside_least` and `outside_most`; null while too few asked.
    `has_drifted` says that it is larger than it was calibrated for: soon it is calibrated anew, and more carefully.
    So it is where `too_many_disliked` says that contacts called certainly more answers no help than may be wrong:
    `disliked` ones of the newest, which are `heard`. Those of one contact, or from one source, count once.
    """

    asked: int
    answered: int
    heard: int
    disliked: int
    too_many_disliked: bool
    outside: float | None
    outside_least: float | None
    outside_most: float | None
    has_drifted: bool

    @classmethod
    def of(cls, traffic: DomainTraffic, made: DomainCalibration | None) -> Self:
        """From the domain's."""
        seen = traffic.outside
        return cls(
            asked=traffic.asked,
            answered=traffic.answered,
            heard=traffic.heard,
            disliked=traffic.disliked,
            too_many_disliked=made is not None and traffic.complains_too_much_for(made.error),
            outside=seen.share if seen else None,
            outside_least=seen.low if seen else None,
            outside_most=seen.high if seen else None,
            has_drifted=made is not None and traffic.has_drifted_from(made.outside),
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
            calibration=Calibration.of(made, standing.curves, standing.fallback) if made else None,
            traffic=Traffic.of(standing.traffic, made),
            is_due=standing.is_due,
        )
