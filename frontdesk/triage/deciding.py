"""What a conversation is about, from what each of its messages says. Pure.

Evidence is a sum of probabilities for each topic in which newer messages count more. A message about nothing (a
greeting, "yes, please") adds little and takes little away, so that a topic once known stays until another is clear.
"""

from collections.abc import Mapping
from dataclasses import dataclass

FADES = 0.5
"""What evidence counts for once another message has come that is wholly about something."""
LEAST = 0.01
"""Evidence below is forgotten."""

Evidence = Mapping[str, float]
"""By topic."""


@dataclass(frozen=True, slots=True)
class Leaning:
    """The topic that evidence is for, and its share of all evidence."""

    topic: str
    probability: float


def taken_in(evidence: Evidence, chances: Evidence) -> dict[str, float]:
    """The evidence with one more message, of which these are the chances of each topic; together one at most."""
    kept = 1 - (1 - FADES) * min(1.0, sum(chances.values()))
    both = {
        topic: kept * evidence.get(topic, 0.0) + chances.get(topic, 0.0)
        for topic in evidence.keys() | chances.keys()
    }
    return {topic: round(amount, 4) for topic, amount in both.items() if amount >= LEAST}


def leaning(evidence: Evidence, threshold: float) -> Leaning | None:
    """The topic that has this share of the evidence at least, None while none has."""
    if not evidence:
        return None
    topic = max(evidence, key=lambda one: (evidence[one], one))
    # What is missing to one message's worth speaks for no topic at all.
    share = evidence[topic] / max(1.0, sum(evidence.values()))
    return Leaning(topic, share) if share >= threshold else None
