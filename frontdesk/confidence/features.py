"""What one retrieval says of its own first passage, as a few numbers. Pure; takes tens of microseconds.

Two questions are kept apart. Whether anything answers at all shows in absolute strength: how much of the question
the first passage has, by words or by meaning, and how familiar the question is to the texts around it. Whether it
is the first passage that answers shows in how far that is ahead of its rivals.

`familiarity` is the local ratio of novelty detection (as in the local outlier factor of Breunig, Kriegel, Ng and
Sander 2000): a cosine of 0.6 is near where texts lie far apart, and far where they lie close together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontdesk.confidence.binomial import Floats

NEIGHBOURS = 10
"""How many of the nearest rows tell how familiar a question is, and which of a row's own neighbours is compared."""
LEAST_COSINE = 0.05
ROWS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Rated:
    """A passage of a ranking, and what each leg says of it.

    `score`, `lexical` and `coverage` are those of a Passage. `words` is the sum of its whole source's weights for
    the question by the sum of the question's own, 0 to about 1.6. `head` is the cosine that the dense leg's
    discriminant gives, None without a dense leg. `text` is what would be shown.
    """

    text: str
    score: float
    words: float
    lexical: float
    coverage: float
    head: float | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """A row among the nearest to the question, of whatever passage: its cosine to the question, and `crowded`."""

    cosine: float
    crowded: float  # the cosine between the row and the tenth nearest of the others


@dataclass(frozen=True, slots=True)
class Evidence:
    """What confidence is computed from: the first passages in their order, ten to twenty of them, one at least.

    `nearest` are the NEIGHBOURS nearest rows by the dense leg; none without it.
    """

    passages: Sequence[Rated]
    nearest: Sequence[Near] = ()


@dataclass(frozen=True, slots=True)
class Features:
    """The numbers, all larger for a surer answer. `familiarity` and `head_lead` are 0 without a dense leg."""

    score: float
    words: float
    coverage: float
    sameness: float
    familiarity: float
    lead: float
    words_lead: float
    sameness_lead: float
    head_lead: float

    @classmethod
    def of(cls, evidence: Evidence) -> "Features":
        """Of one retrieval. Passages that say the same as the first are no rivals of it."""
        first, *others = evidence.passages
        rivals = [other for other in others if other.text != first.text]
        heads = [rival.head for rival in rivals if rival.head is not None]
        return cls(
            score=first.score,
            words=first.words,
            coverage=first.coverage,
            sameness=first.lexical,
            familiarity=_familiarity(evidence.nearest),
            lead=first.score - max((rival.score for rival in rivals), default=0.0),
            words_lead=first.words - max((rival.words for rival in rivals), default=0.0),
            sameness_lead=first.lexical - max((rival.lexical for rival in rivals), default=0.0),
            head_lead=0.0 if first.head is None else first.head - max(heads, default=0.0),
        )

    def named(self, names: Sequence[str]) -> list[float]:
        """Those of these names, in their order. Raises AttributeError for a name that is none."""
        return [float(getattr(self, name)) for name in names]


def crowded(vectors: NDArray[np.float32]) -> Floats:
    """For each vector of length one the cosine to the tenth nearest of the others, or to the last of fewer.

    Takes all pairs, a thousand rows at once: a second at 10,000 rows.
    """
    count = len(vectors)
    place = min(NEIGHBOURS, count - 1)  # the nearest of all is the row itself
    found = np.ones(count)
    if place > 0:
        for start in range(0, count, ROWS_AT_ONCE):
            cosines = vectors[start : start + ROWS_AT_ONCE] @ vectors.T
            found[start : start + ROWS_AT_ONCE] = np.partition(cosines, count - 1 - place, axis=1)[
                :, count - 1 - place
            ]
    return found


def _familiarity(nearest: Sequence[Near]) -> float:
    """The mean cosine to the nearest rows, by the mean cosine of these rows to a neighbour of theirs."""
    if not nearest:
        return 0.0
    cosine = sum(near.cosine for near in nearest) / len(nearest)
    usual = sum(near.crowded for near in nearest) / len(nearest)
    return cosine / max(usual, LEAST_COSINE)
