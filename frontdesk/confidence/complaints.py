"""What contacts called no help shows that more is wrong than was wished, however few of them say so. Pure.

Who says nothing may have been helped or not, so that complaints among all answers are a lower bound of what was
wrong. Where even that is certainly more than wished, a threshold is too low, whatever it rests on. Praise proves
nothing of the answers that nobody spoke of, and lowers no threshold.
"""

import numpy as np

from frontdesk.confidence.binomial import lowest
from frontdesk.confidence.guarantee import LEVELS
from frontdesk.confidence.model import Model
from frontdesk.confidence.outcomes import AskedLately, confidences

DOUBT = 0.05


def are_too_many(disliked: int, answered: int, error: float) -> bool:
    """Whether certainly more than a share of `error` of so many answers was no help."""
    return answered > 0 and lowest(disliked, answered, DOUBT) > error


def bearable(model: Model, asked: AskedLately, error: float) -> float:
    """The lowest of LEVELS from which on complaints are not too many; the highest one where they are at all.

    The confidences are those of `model`; 0 where nobody complains.
    """
    if not any(one.disliked for one in asked.found):
        return 0.0
    answered = [one for one in asked.found if one.answered]
    confidence = confidences(model, [one.features for one in answered])
    disliked = np.array([one.disliked for one in answered])
    for level in reversed(LEVELS):
        reached = confidence >= level
        if not are_too_many(int(disliked[reached].sum()), int(reached.sum()) + asked.recognised, error):
            return level
    return LEVELS[0]
