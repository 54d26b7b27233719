"""The share of questions to come that nothing answers, told by what contacts asked lately. Pure.

What they asked is looked up in what is published now, so that a gap that was filled since counts no more. A
question that is one of several wordings of an entry by now is known to be answered. One that is the only wording of
its entry is looked up without it: what was asked once says no more of what will be asked than a species that was
seen once (Good 1953, "The population frequencies of species").
"""

from collections.abc import Sequence

from frontdesk.confidence.fitting import cross_fitted
from frontdesk.confidence.guarantee import LEVELS, Labelled
from frontdesk.confidence.model import OUTSIDE, Model
from frontdesk.confidence.outcomes import LookedUp, Outcome, confidences, examples, labelled
from frontdesk.confidence.rates import Outside, outside_of, rates

ENOUGH = 200
"""From so many questions on the share is believed."""
LEAST_OF_A_KIND = 50
"""With so many labels of people for each kind, these tell; otherwise the questions held out do."""
AS_GOOD = 0.02
"""Levels that part the kinds by so much less than the best one are as good."""


def outside_share(
    start: Model, held: Sequence[Outcome], known: Sequence[Outcome], asked: Sequence[LookedUp]
) -> Outside | None:
    """Of the questions `asked`.

    How often either kind is answered at a level is taken from what people labelled or what was `held` out, and
    the level is one that parts them best. None for too few questions, or where no level parts them. Whole
    entries held out leave the hardest questions, so that the share is more often too large than too small.
    """
    if len(asked) < ENOUGH:
        return None
    model = start.fitted(examples(held))
    kinds = labelled(model, known)
    if min(kinds.answerable.sum(), (~kinds.answerable).sum()) < LEAST_OF_A_KIND:
        kinds = cross_fitted(start, held, OUTSIDE)
    if not kinds.answerable.any() or kinds.answerable.all():
        return None
    level = _parting(kinds)
    of_kinds = rates(kinds, level)
    # Of what is recognised nothing is unknown, so that only the others can be.
    found = [one.features for one in asked if not one.recognised]
    told = outside_of(int((confidences(model, found) >= level).sum()), len(found), of_kinds)
    part = len(found) / len(asked)
    if told is None:
        return None if found else Outside(0.0, 0.0, 0.0)
    return Outside(part * told.share, part * told.low, part * told.high)


def _parting(kinds: Labelled) -> float:
    """The level at which most more is answered of what something answers than of what nothing does.

    Of several about as good, the one in the middle: what contacts ask lies not quite where the known questions do.
    """
    apart = []
    for level in LEVELS:
        answered = kinds.confidence >= level
        apart.append(float(answered[kinds.answerable].mean() - answered[~kinds.answerable].mean()))
    good = [level for level, of_level in zip(LEVELS, apart, strict=True) if of_level >= max(apart) - AS_GOOD]
    return good[len(good) // 2]
