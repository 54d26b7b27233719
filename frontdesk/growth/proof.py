"""What a draft would change, told so that it can be judged: plain values, as they are stored. Pure."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from frontdesk.answering.policy import Outcome
from frontdesk.answering.record import Record
from frontdesk.evaluation.expectations import Expectation, Wanted

LONGEST_SHOWN = 300
MOST_WORSE = 50
"""Questions that got worse are listed up to this number, and all of them counted."""


class Asker(StrEnum):
    """Where a question of the regression comes from."""

    SET = "set"
    CONTACT = "contact"


class Change(StrEnum):
    """How a question got worse."""

    LOST = "lost"  # answered before, handed over now
    WRONG = "wrong"  # right before, or handed over, and answered wrongly now
    OTHER = "other"  # answered from the draft in place of what answered before


@dataclass(frozen=True, slots=True)
class Reply:
    """What would come of a question; `by_draft` says that the draft answers it."""

    answered: bool
    by_draft: bool
    confidence: float
    threshold: float
    source_id: str | None
    title: str | None
    text: str | None

    @classmethod
    def of(cls, record: Record, draft_id: uuid.UUID) -> Self:
        """Of a decision."""
        first = record.passages[0] if record.passages else None
        answered = record.outcome is Outcome.ANSWER
        source = first.source_id if first else None
        return cls(
            answered,
            answered and source == draft_id,
            round(record.judged.confidence, 4) if record.judged else 0.0,
            round(record.judged.threshold, 4) if record.judged else 1.0,
            str(source) if source else None,
            first.title[:LONGEST_SHOWN] if first else None,
            first.text[:LONGEST_SHOWN] if first else None,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what comes of it before the draft and with it."""

    text: str
    before: Reply
    after: Reply


@dataclass(frozen=True, slots=True)
class Worse:
    """A question that is served worse with the draft."""

    change: Change
    asker: Asker
    asked: Asked


def change_of_labelled(
    expectation: Expectation, before: Record, after: Record, draft_id: uuid.UUID
) -> Change | None:
    """How a question of a set got worse, if it did: right before and not any more, or wrong only now."""
    was, now = Reply.of(before, draft_id), Reply.of(after, draft_id)
    if _is_right(expectation, after, now):
        return None
    if _is_right(expectation, before, was):
        return Change.WRONG if now.answered else Change.LOST
    return Change.WRONG if now.answered and not was.answered else None


def change_of_asked(before: Reply, after: Reply) -> Change | None:
    """How a question that a contact asked got worse, if it did: it was answered, and is not, or from the draft."""
    if not before.answered:
        return None
    if not after.answered:
        return Change.LOST
    return Change.OTHER if after.by_draft else None


def told(
    originals: Sequence[Asked],
    unseen: Sequence[Asked],
    regression: Mapping[Asker, int],
    worse: Sequence[Worse],
    also_answered: int,
    grounds: Mapping[str, object],
) -> dict[str, Any]:
    """The proof as it is stored. It passes where the draft answers most of what was asked, and nothing got worse.

    All of it would be asked too much: what it does not answer goes to people as before, and the more wordings a
    draft has been given, the better it is and the likelier one of them is not answered.
    """
    answered = sum(one.after.by_draft for one in originals)
    return {
        "passes": answered > len(originals) / 2 and not worse,
        "originals": _several(originals),
        "unseen": _several(unseen),
        "regression": {
            "of_sets": regression.get(Asker.SET, 0),
            "of_contacts": regression.get(Asker.CONTACT, 0),
            "worse": len(worse),
            "also_answered": also_answered,
            "changes": [
                {"change": one.change.value, "asker": one.asker.value} | asdict(one.asked)
                for one in worse[:MOST_WORSE]
            ],
        },
        "grounds": dict(grounds),
    }


def _several(asked: Sequence[Asked]) -> dict[str, Any]:
    return {
        "asked": len(asked),
        "answered": sum(one.after.by_draft for one in asked),
        "questions": [asdict(one) for one in asked],
    }


def _is_right(expectation: Expectation, record: Record, reply: Reply) -> bool:
    if expectation.wanted is Wanted.HANDOFF:
        return not reply.answered
    return reply.answered and expectation.is_met_by(record.as_json()["passages"][0])
