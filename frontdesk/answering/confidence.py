"""How sure we are that the best passage answers the question: one number between 0 and 1."""

import math
from collections.abc import Sequence

from frontdesk.knowledge.retrieval import Passage

# A logistic over what every configuration has. Fitted by `make bench-confidence`, which prints them again.
INTERCEPT = -4.4
SIMILARITY = 4.0
COVERAGE = 4.6
MARGIN = 1.0
DENSE_INTERCEPT = -7.0
DENSE = 7.0


def confidence(passages: Sequence[Passage]) -> float:
    """The probability that the first passage answers the question, as far as words and vectors can tell.

    0 without passages.
    """
    if not passages:
        return 0.0
    best = passages[0]
    margin = best.score - passages[1].score if len(passages) > 1 else best.score
    logit = INTERCEPT + SIMILARITY * best.similarity + COVERAGE * best.coverage + MARGIN * margin
    if best.dense is not None:
        logit += DENSE_INTERCEPT + DENSE * max(0.0, best.dense)
    return 1 / (1 + math.exp(-logit))
