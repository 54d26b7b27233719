"""`python -m bench.confidence SET ...`: does the confidence keep what it promises, and is it worth having?

A SET is a folder as `frontdesk evaluate` reads it, or SET+INTENTS, where the utterances by intent in the second
folder are ways to ask for the entries that are named like them. Ranking, features, labels and promises are the
product's own. `--embedder` as in bench.retrieval; without it words alone are ranked. A knowledge base with several
ways to ask gets a model from its own questions, held out; any other has the built-in one. `--fit` prints that anew,
and judges each set by one that was fitted without the set itself and its relatives.

The bars, one table each; at most 5 % of what is answered is to be wrong, but for a probability of 5 %:

1. Promise: labelled questions are drawn 200 times from the set; at most 5 % of the draws promise a threshold that
   is wrong more often than that on the whole set. Beside it the loosest threshold that looks right on the draw.
2. Use: 1,000 labelled questions, 200 of them answered by nothing, weighed to their share of the traffic.
3. No labels: the threshold from questions held out, at most 7 % wrong, at most 0.1 less answered than by labels.
4. Probabilities: calibrated on one half, ECE on the other, at most 0.03, or what chance makes of so few.

Two more have no bar: the share that nothing answers, as it is told of questions without labels; and what comes of
asking back below the threshold.
"""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from bench.measured import LEAST_OUTSIDE, Kept, Measured
from frontdesk.answering.policy import ASKS_FROM
from frontdesk.confidence import judging
from frontdesk.confidence.built_in import basis, built_in
from frontdesk.confidence.fitting import Known, Order, fit, order
from frontdesk.confidence.guarantee import Promise
from frontdesk.confidence.logistic import Logistic, unfitted
from frontdesk.confidence.model import Examples, Model
from frontdesk.confidence.outcomes import LookedUp, confidences, examples, labelled
from frontdesk.confidence.outside import outside_share
from frontdesk.confidence.rates import rates
from frontdesk.evaluation.metrics import auroc
from frontdesk.settings import Settings

ERROR = 0.05
ASKED = 400
SHARES = (0.0, 0.05, 0.18, 0.5)
THRESHOLD: float = Settings.model_fields["answer_threshold"].default
"""Where none is found."""


def promise(measured: Measured, model: Model) -> str:
    """A row of the first table."""
    everything = labelled(model, measured.asked)
    found = judging.kept(everything, Promise(ERROR))
    more = "" if not found.none else f"{found.missing} more" if found.missing else "no number"
    return (
        f"{measured.name:44} {found.drawn:5} {np.mean(~everything.answerable):6.3f} {found.broken:7.3f} "
        f"{found.naive:7.3f} {found.answered:9.3f} {found.best:9.3f} {found.none:8.3f}   {more}"
    )


def use(measured: Measured, model: Model) -> str:
    """A row of the second table."""
    everything = labelled(model, measured.asked)
    found, scores = judging.use(everything, Promise(ERROR, outside=measured.outside)), everything.confidence
    return (
        f"{measured.name:44} {measured.outside:7.3f} {_auroc(scores, everything.answerable):11.3f} "
        f"{_auroc(scores, everything.right):6.3f} {found.answered:9.3f} {found.least:7.3f} {found.most:7.3f} "
        f"{found.broken:7.3f} {found.none:6.3f}"
    )


def without_labels(measured: Measured, ordered: Order, start: Model) -> str:
    """A row of the third table.

    Of both kinds: the share seen among those held out, what it is at most, and the share among the questions asked.
    """
    everything, certificate = labelled(ordered.model, measured.asked), ordered.certificate
    if certificate.threshold is None:
        return f"{measured.name:44} {measured.outside:7.3f}   {_nearest(measured, start)}"
    error, answered = judging.at(certificate.threshold, everything, measured.outside)
    by_labels = judging.use(everything, Promise(ERROR, outside=measured.outside)).answered
    kinds = rates(ordered.held, certificate.threshold)
    seen = rates(everything, certificate.threshold)
    each = "   ".join(
        f"{own.seen:.3f} <{own.at_most:.3f} {real.seen:.3f}"
        for own, real in ((kinds.turned_away, seen.turned_away), (kinds.let_through, seen.let_through))
    )
    return (
        f"{measured.name:44} {measured.outside:7.3f} {certificate.threshold:9.3f} {error:6.3f} {answered:9.3f} "
        f"{by_labels:9.3f}   {each}"
    )


def _nearest(measured: Measured, start: Model) -> str:
    """What comes of the threshold that holds where there is none for what is wished."""
    found = fit(start, Known(measured.held), Promise(ERROR, outside=measured.outside)).fitted
    if found.threshold is None:
        return "no threshold"
    error, answered = judging.at(found.threshold, labelled(found.model, measured.asked), measured.outside)
    return f"nearest {error:6.3f} {answered:9.3f}"


def probabilities(measured: Measured, model: Model) -> str:
    """A row of the fourth table; by chance is the ECE of true probabilities on so many questions."""
    found = judging.calibration_errors(model, measured.asked)
    return (
        f"{measured.name:44} {found.as_is:7.3f} {found.calibrated:10.3f} {found.worst:8.3f} {found.by_chance:9.3f}"
    )


def told(measured: Measured, start: Model) -> str:
    """A row of the fifth table: for each of SHARES, what is told of ASKED questions on average, and the range."""
    draw = np.random.default_rng(19)
    kinds = [[one.features for one in measured.asked if one.answerable is kind] for kind in (True, False)]
    cells = []
    for share in SHARES:
        counts = (ASKED - round(share * ASKED), round(share * ASKED))
        found = [
            outside_share(start, measured.held, [], [
                LookedUp(kind[place], kind[place]) for kind, count in zip(kinds, counts, strict=True)
                for place in draw.integers(0, len(kind), count)
            ])
            for _ in range(judging.USES)
        ]  # fmt: skip
        shares = [one.share for one in found if one is not None]
        cells.append(f"{mean(shares):5.3f} ({min(shares):5.3f} {max(shares):5.3f})" if shares else f"{'none':>19}")
    return f"{measured.name:44} " + "   ".join(cells)


def asked_back(measured: Measured, start: Model) -> str:
    """A row of the sixth table: shares of what is answerable, and of what nothing answers.

    The last is the share of contacts who find theirs among all who are asked back, with the share of `outside`.
    """
    held = measured.held if measured.has_wordings else ()
    found = fit(start, Known(held), Promise(ERROR, outside=measured.outside), THRESHOLD).fitted
    threshold = THRESHOLD if found.threshold is None else found.threshold
    scores = labelled(found.model, measured.asked).confidence
    of_several = confidences(found.model, [one.features for one in measured.offers])
    can_choose = np.array([one.features is not None for one in measured.offers])
    is_asked = (scores < threshold) & can_choose & (np.maximum(scores, of_several) >= ASKS_FROM)
    has_right = is_asked & np.array([one.has_right for one in measured.offers])
    inside = np.array([one.answerable for one in measured.asked])
    answered, asked, right = (float(of[inside].mean()) for of in (scores >= threshold, is_asked, has_right))
    bothered = float(is_asked[~inside].mean())
    contacts = (1 - measured.outside) * asked + measured.outside * bothered
    finds = (1 - measured.outside) * right / contacts if contacts else float("nan")
    return f"{measured.name:44} {answered:8.3f} {asked:10.3f} {right:9.3f} {bothered:16.3f} {finds:9.3f}"


def fitted(sets: Sequence[Measured], like: Model) -> Model:
    """The built-in model anew: of the features of `like`, from all of these sets with equal weight."""
    several = [examples(one.asked) for one in sets]
    features = [feature for of_set in several for feature in of_set.features]
    right, answerable = (
        np.concatenate([getattr(one, name) for one in several]) for name in ("right", "answerable")
    )
    weights = np.concatenate([_balanced(one) for one in several]) * len(features) / len(several)

    def of(logistic: Logistic, happened: NDArray[np.bool_], rows: NDArray[np.bool_]) -> Logistic:
        columns = np.array([feature.named(logistic.names) for feature in features])
        return unfitted(logistic.names, columns).fitted(
            columns[rows], happened[rows].astype(float), weights[rows], 1.0
        )

    return Model(of(like.anything, answerable, np.ones(len(features), bool)), of(like.first, right, answerable))


def _balanced(of_set: Examples) -> NDArray[np.float64]:
    return of_set.weights(LEAST_OUTSIDE) / len(of_set.right)


def _auroc(scores: NDArray[np.float64], is_higher: NDArray[np.bool_]) -> float:
    return auroc(scores[is_higher].tolist(), scores[~is_higher].tolist()) or float("nan")


def _related(one: Measured, other: Measured) -> bool:
    """Whether two sets are made of the same texts."""
    return one.name.split("_")[0] == other.name.split("_")[0]


def main() -> None:
    """Ask every set, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="SET")
    parser.add_argument("--embedder", metavar="MODEL")
    parser.add_argument("--fit", action="store_true", help="fit the built-in model anew and print it")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "frontdesk-bench-confidence")
    wished = parser.parse_args()
    with ExitStack() as stack:
        kept = Kept(wished.cache, wished.embedder, stack)
        sets = [kept.measured(sources) for sources in wished.sets]
    orders = {}
    for one in sets:
        start = built_in(basis(one.trust))
        like = [other for other in sets if built_in(basis(other.trust)) is start]
        others = [other for other in like if not _related(one, other)]
        first = fitted(others, start) if wished.fit and others else start
        held = one.held if one.has_wordings else []
        orders[one.name] = order(first, held, Promise(ERROR, outside=one.outside))
        if wished.fit and one is like[-1]:
            print(fitted(like, start))
    both = [one for one in sets if any(not asked.answerable for asked in one.asked)]
    own = [one for one in both if one.has_wordings]
    print(
        f"\n1. {'promise':41} {'drawn':>5} {'nothing':>7} {'broken':>6} {'naive':>7}  answered   at best     none"
    )
    for one in both:
        print(promise(one, orders[one.name].model))
    print(
        f"\n2. {'use':41} {'nothing':>7} {'AUROC none':>11} {'right':>6}  answered   least    most  broken   none"
    )
    for one in both:
        print(use(one, orders[one.name].model))
    print(
        f"\n3. {'no labels':41} {'nothing':>7} threshold  wrong  answered by labels   "
        "turned away: held out, at most, asked   let through"
    )
    for one in own:
        print(without_labels(one, orders[one.name], built_in(basis(one.trust))))
    print(f"\n4. {'probabilities':41} {'as is':>7} calibrated  at worst by chance")
    for one in both:
        print(probabilities(one, orders[one.name].model))
    print(f"\n5. {'share that nothing answers':41} " + "   ".join(f"{share:<19}" for share in SHARES))
    for one in own:
        print(told(one, built_in(basis(one.trust))))
    print(f"\n6. {'asking back':41} answered asked back with right   nothing answers  find theirs")
    for one in both:
        print(asked_back(one, built_in(basis(one.trust))))


if __name__ == "__main__":
    main()
