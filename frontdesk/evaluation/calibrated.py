"""What calibrating comes to on a set of questions: is the promise kept, and how much is answered? Pure.

Of the questions those are judged that were asked by the basis of most; others have another threshold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from frontdesk.confidence import judging
from frontdesk.confidence.built_in import built_in
from frontdesk.confidence.fitting import Ground, cross_fitted, fit
from frontdesk.confidence.guarantee import Certificate, Promise, certify
from frontdesk.confidence.judging import Errors, Kept, Use
from frontdesk.confidence.labels import HELD_OUT_DOUBT
from frontdesk.confidence.model import OUTSIDE
from frontdesk.confidence.outcomes import Outcome, examples, labelled
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
    start = built_in(basis)
    model = start.fitted(examples(own), outside or OUTSIDE)
    everything = labelled(model, outcomes)
    fitted = fit(start, own, outcomes, Promise(target.error, DOUBT, outside))
    scores, is_right = everything.confidence, everything.right
    by_held_out = None
    if any(one.answerable for one in own):
        halves = cross_fitted(start, own, outside or OUTSIDE)
        certificate = certify(halves, Promise(target.error, HELD_OUT_DOUBT, outside or OUTSIDE))
        found = certificate.threshold
        wrong, answered = judging.at(found, everything, outside if unanswerable else None)
        by_held_out = ByHeldOut(
            certificate,
            None if found is None else wrong,
            None if found is None else answered,
            None if found is None else rates(halves, found),
            None if found is None else rates(everything, found),
        )
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
        use=judging.use(everything, Promise(target.error, DOUBT, outside)) if unanswerable else None,
        held_out=by_held_out,
        calibration=judging.calibration_errors(model, outcomes),
    )
