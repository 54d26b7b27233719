"""What calibrating comes to on a set of questions: is the promise kept, and how much is answered? Pure.

Of the questions those are judged that were asked by the basis of most; others have another threshold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from frontdesk.confidence import judging
from frontdesk.confidence.built_in import built_in
from frontdesk.confidence.fitting import Known, Order, fit, order
from frontdesk.confidence.grounds import Ground
from frontdesk.confidence.guarantee import Certificate, Labelled, Promise
from frontdesk.confidence.judging import Errors, Kept, Use
from frontdesk.confidence.outcomes import Outcome, labelled
from frontdesk.confidence.rates import Rates, rates
from frontdesk.confidence.targets import DOUBT, Target
from frontdesk.evaluation.metrics import auroc


@dataclass(frozen=True, slots=True)
class ByHeldOut:
    """A threshold from the items' own wordings, and what it does to the questions that were asked.

    `wrong` and `answered` are shares with the questions that nothing answers weighed to their share; None without a
    threshold. `rates` are those of the held-out questions, certified, `asked` those of the questions asked.
    """

    certificate: Certificate
    wrong: float | None
    answered: float | None
    rates: Rates | None
    asked: Rates | None


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The figures of one set. Those of questions that nothing answers are None where there are none."""

    name: str
    basis: str
    questions: int
    error: float
    outside: float
    ground: Ground
    threshold: float | None
    oos_auroc: float | None
    right_auroc: float | None
    kept: Kept
    use: Use | None
    held_out: ByHeldOut | None
    calibration: Errors


def calibrated(
    name: str,
    target: Target,
    asked: Mapping[str, Sequence[Outcome]],
    held: Mapping[str, Sequence[Outcome]],
) -> Calibrated:
    """Of the questions asked and those held out, by basis; without a share of `target` it is that of the set."""
    basis = max(asked, key=lambda by: len(asked[by]))
    outcomes, own = asked[basis], held.get(basis, [])
    unanswerable = sum(not one.answerable for one in outcomes)
    outside = target.outside if target.outside is not None else unanswerable / len(outcomes)
    wish = Promise(target.error, DOUBT, outside)
    ordered = order(built_in(basis), own, wish)
    everything = labelled(ordered.model, outcomes)
    fitted = fit(built_in(basis), Known(own, outcomes), wish).fitted
    scores, is_right = everything.confidence, everything.right
    return Calibrated(
        name=name,
        basis=basis,
        questions=len(outcomes),
        error=target.error,
        outside=outside,
        ground=fitted.ground,
        threshold=fitted.threshold,
        oos_auroc=auroc(scores[everything.answerable].tolist(), scores[~everything.answerable].tolist()),
        right_auroc=auroc(scores[is_right].tolist(), scores[~is_right].tolist()),
        kept=judging.kept(everything, Promise(target.error, DOUBT)),
        use=judging.use(everything, wish) if unanswerable else None,
        held_out=_by_held_out(ordered, everything, outside if unanswerable else None),
        calibration=judging.calibration_errors(ordered.model, outcomes),
    )


def _by_held_out(ordered: Order, everything: Labelled, outside: float | None) -> ByHeldOut | None:
    """None without questions held out that something answers."""
    if not ordered.held.answerable.any():
        return None
    found = ordered.certificate.threshold
    if found is None:
        return ByHeldOut(ordered.certificate, None, None, None, None)
    wrong, answered = judging.at(found, everything, outside)
    return ByHeldOut(ordered.certificate, wrong, answered, rates(ordered.held, found), rates(everything, found))
