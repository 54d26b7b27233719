"""The model of a knowledge base that has none of its own yet. Printed by `make bench-confidence`.

Fitted to public question sets, each with equal weight. What it says of a knowledge base that is not among them is
an order rather than a probability, and no promise.
"""

from frontdesk.confidence.features import Features
from frontdesk.confidence.logistic import Logistic
from frontdesk.confidence.model import Model
from frontdesk.knowledge.found import Retrieved

LEAST_TRUST = 0.5
"""From this trust in the dense leg on (knowledge/trust.py) confidence goes by meaning, below it by words."""

RERANKED = "+rerank"
SAME_WORDS = 0.97
"""Of the questions in the very words of one entry about so many are answered by it, in public sets."""

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
    anything=Logistic(("score", "familiarity"), (0.68, 0.93), (0.17, 0.18), (1.6, -0.2), 2.55),
    first=Logistic(("head_lead", "lead"), (0.18, 0.22), (0.17, 0.16), (0.34, 3.79), 4.85),
)


def basis(trust: float | None, reranked: bool = False) -> str:
    """By what confidence goes, with the dense leg trusted so far: the name of a model that is fitted for itself.

    With a reranker the scores are others, so that it is another name then.
    """
    name = "words" if trust is None or trust < LEAST_TRUST else "meaning"
    return f"{name}{RERANKED}" if reranked else name


def basis_of(retrieved: Retrieved) -> str:
    """That of a retrieval."""
    return basis(retrieved.trust, bool(retrieved.rivals) and retrieved.rivals[0].rerank is not None)


def built_in(basis: str) -> Model:
    """The model of a basis for a knowledge base that has none of its own."""
    return MEANING if is_by_meaning(basis) else WORDS


def in_same_words(confidence: float, features: Features | None) -> float:
    """The confidence, raised where a question is in the very words of an entry's.

    It is that question, however alike the entries around are. Questions held out never are in the words of their
    entry, so that a model fitted to them can not know it.
    """
    return max(confidence, SAME_WORDS) if features is not None and features.is_same else confidence


def is_reranked(basis: str) -> bool:
    """Whether a reranker read the passages."""
    return basis.endswith(RERANKED)


def is_by_meaning(basis: str) -> bool:
    """Whether it holds in one vector space only."""
    return basis.startswith("meaning")
