"""How sure we are that the best passage answers the question: one number between 0 and 1."""

import math
from collections.abc import Sequence

from frontdesk.knowledge.retrieval import Passage

# A logistic over what every configuration has, fitted by `make bench-confidence`.
INTERCEPT = -1.34
COVERED_LEAD = 5.06
ENOUGH_LEAD = 0.1
# From this lexical score on, the passage is the question itself, whoever else is near.
SAME_QUESTION = 0.9
# With an embedder, meaning counts where words differ. Set by hand: no embedder could be measured yet.
DENSE = 6.0
DENSE_NEUTRAL = 0.6


def covered_lead(passages: Sequence[Passage]) -> float:
    """Coverage of the first passage times its lead over the second, as a share of ENOUGH_LEAD; between 0 and 1.

    Needs at least one passage. A lead alone means little: of many bad passages one is always the best. Passages
    that say the same are no rivals.
    """
    best = passages[0]
    rival = next((passage.score for passage in passages if passage.text != best.text), 0.0)
    lead = best.score - rival
    return best.coverage * (1.0 if best.lexical >= SAME_QUESTION else min(lead / ENOUGH_LEAD, 1.0))


def confidence(passages: Sequence[Passage]) -> float:
    """The probability that the first passage answers the question; 0 without passages."""
    if not passages:
        return 0.0
    logit = INTERCEPT + COVERED_LEAD * covered_lead(passages)
    if passages[0].dense is not None:
        logit += DENSE * (passages[0].dense - DENSE_NEUTRAL)
    return 1 / (1 + math.exp(-logit))
