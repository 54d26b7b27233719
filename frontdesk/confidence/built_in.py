"""The model of a knowledge base that has none of its own yet. Printed by `make bench-confidence`.

Fitted to public question sets, each with equal weight. What it says of a knowledge base that is not among them is
an order rather than a probability, and no promise.
"""

from frontdesk.confidence.logistic import Logistic
from frontdesk.confidence.model import Model

LEAST_TRUST = 0.5
"""From this trust in the dense leg on (knowledge/trust.py) confidence goes by meaning, below it by words."""

WORDS = Model(
    anything=Logistic(
        ("words", "coverage", "sameness"), (0.79, 0.62, 0.49), (0.42, 0.27, 0.28), (-0.25, 0.53, 0.87), 2.15
    ),
    first=Logistic(
        ("lead", "words_lead", "sameness_lead", "coverage"),
        (0.34, 0.27, 0.18, 0.62),
        (0.24, 0.28, 0.2, 0.27),
        (0.65, 0.88, 1.09, 0.24),
        2.48,
    ),
)
MEANING = Model(
    anything=Logistic(("score", "familiarity"), (0.68, 1.04), (0.17, 0.23), (1.4, 0.08), 2.46),
    first=Logistic(("head_lead", "lead"), (0.2, 0.23), (0.18, 0.16), (0.54, 2.91), 4.39),
)


def built_in(trust: float | None) -> Model:
    """The one for questions whose dense leg is trusted so far; None without a dense leg."""
    return WORDS if trust is None or trust < LEAST_TRUST else MEANING
