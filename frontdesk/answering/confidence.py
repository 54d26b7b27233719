"""How sure we are that the best passage answers the question: one number between 0 and 1."""

import math
from collections.abc import Sequence

from frontdesk.knowledge.found import Passage

# A logistic over what every configuration has, fitted by `make bench-confidence`.
INTERCEPT = -0.62
COVERED_LEAD = 6.31
ENOUGH_LEAD = 0.3
# From this lexical score on, the passage is the question itself, whoever else is near.
SAME_QUESTION = 0.9


def covered_lead(passages: Sequence[Passage]) -> float:
    """Coverage of the first passage, squared, times its lead over the second, as a share of ENOUGH_LEAD; 0 to 1.

    A lead is a share of the first one's score: with an embedder scores lie closer together. Needs at least one
    passage. A lead alone means little: of many bad passages one is always the best. Passages that say the same are
    no rivals.
    """
    best = passages[0]
    rival = next((passage.standing for passage in passages if passage.text != best.text), 0.0)
    lead = 1 - rival / best.standing if best.standing > 0 else 0.0
    return best.coverage**2 * (1.0 if best.lexical >= SAME_QUESTION else min(lead / ENOUGH_LEAD, 1.0))


def confidence(passages: Sequence[Passage]) -> float:
    """The probability that the first passage answers the question; 0 without passages.

    An embedder counts through the order of the passages and their lead, not by its cosine: what is near in one
    space is far in another, and unrelated texts of a language that a model does not know are the nearest of all.
    """
    if not passages:
        return 0.0
    return 1 / (1 + math.exp(-INTERCEPT - COVERED_LEAD * covered_lead(passages)))
