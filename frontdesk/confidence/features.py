"""What one retrieval says of its own first passage, as a few numbers. Pure; takes tens of microseconds.

Two questions are kept apart. Whether anything answers at all shows in absolute strength: how much of the question
the first passage has, by words or by meaning, and how familiar the question is to the texts around it. Whether it
is the first passage that answers shows in how far that is ahead of its rivals.

`familiarity` is the local ratio of novelty detection (as in the local outlier factor of Breunig, Kriegel, Ng and
Sander 2000): a cosine of 0.6 is near where texts lie far apart, and far where they lie close together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.knowledge.found import Near, Passage, Retrieved

LEAST_COSINE = 0.05
SAME = 0.999


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
    def of(cls, retrieved: Retrieved, among: Sequence[Passage] = ()) -> "Features | None":
        """Of one retrieval; None where nothing was found. What says the same as the first passage is no rival.

        Nor is what says the same as one `among` these: so they speak for all of them together.
        """
        if not retrieved.rivals:
            return None
        first, *others = retrieved.rivals
        no_rivals = {first.text, *(one.text for one in among)}
        rivals = [other for other in others if other.text not in no_rivals]
        heads = [rival.head for rival in rivals if rival.head is not None]
        return cls(
            score=first.standing,
            words=first.words,
            coverage=first.coverage,
            sameness=first.lexical,
            familiarity=_familiarity(retrieved.nearest),
            lead=first.standing - max((rival.standing for rival in rivals), default=0.0),
            words_lead=first.words - max((rival.words for rival in rivals), default=0.0),
            sameness_lead=first.lexical - max((rival.lexical for rival in rivals), default=0.0),
            head_lead=0.0 if first.head is None else first.head - max(heads, default=0.0),
        )

    @property
    def is_same(self) -> bool:
        """Whether the first passage is asked for in its very words, and no other one is."""
        return self.sameness >= SAME and self.sameness_lead > 1 - SAME

    def named(self, names: Sequence[str]) -> list[float]:
        """Those of these names, in their order. Raises AttributeError for a name that is none."""
        return [float(getattr(self, name)) for name in names]


def _familiarity(nearest: Sequence[Near]) -> float:
    """The mean cosine to the nearest rows, by the mean cosine of these rows to a neighbour of theirs."""
    if not nearest:
        return 0.0
    cosine = sum(near.cosine for near in nearest) / len(nearest)
    usual = sum(near.crowded for near in nearest) / len(nearest)
    return cosine / max(usual, LEAST_COSINE)
