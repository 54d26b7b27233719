"""What contacts called no help shows that more is wrong than was wished, however few of them say so. Pure.

Who says nothing may have been helped or not, so that complaints among all answers are a lower bound of what was
wrong. Where even that is certainly more than wished, a threshold is too low, whatever it rests on. Praise proves
nothing of the answers that nobody spoke of, and lowers no threshold.
"""

from collections.abc import Sequence

import numpy as np

from frontdesk.confidence.binomial import lowest
from frontdesk.confidence.guarantee import LEVELS
from frontdesk.confidence.model import Model
from frontdesk.confidence.outcomes import LookedUp, confidences

DOUBT = 0.01
"""It is looked at again and again, so that little doubt is left to each look."""
FEWEST = 3
"""Fewer complaints than these are never too many."""


def are_too_many(disliked: int, answered: int, error: float) -> bool:
    """Whether certainly more than a share of `error` of so many answers was no help."""
    return disliked >= FEWEST and lowest(disliked, answered, DOUBT) > error


def bearable(model: Model, asked: Sequence[LookedUp], error: float) -> float:
    """The lowest of LEVELS from which on complaints are not too many; the highest one where they are at all.

    They must be too many neither of all questions nor of the new ones. The confidences are those of `model`.
    """
    answered = [one for one in asked if one.answered]
    return max(_bearable(model, some, error) for some in (answered, [one for one in answered if one.is_new]))


def _bearable(model: Model, answered: Sequence[LookedUp], error: float) -> float:
    disliked = np.array([one.disliked for one in answered], np.bool_)
    if not are_too_many(int(disliked.sum()), len(answered), error):
        return 0.0
    confidence = confidences(model, [one.again for one in answered])
    for level in reversed(LEVELS):
        reached = confidence >= level
        if not are_too_many(int(disliked[reached].sum()), int(reached.sum()), error):
            return level
    return LEVELS[0]
