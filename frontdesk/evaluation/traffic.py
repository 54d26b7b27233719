"""What contacts asked since a knowledge base was calibrated, and what it says of the share that nothing answers."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Outcome
from frontdesk.confidence.complaints import are_too_many
from frontdesk.confidence.fitting import Fitted
from frontdesk.confidence.models import Calibration
from frontdesk.confidence.outside import ENOUGH
from frontdesk.confidence.rates import Outside, outside_of
from frontdesk.conversations.models import Conversation
from frontdesk.evaluation.calibration_questions import asked_of
from frontdesk.evaluation.complaints import FIRST_SOURCE, IS_DISLIKED

DRIFT = 0.05
"""The share has moved when it is certainly larger than it was calibrated for, or smaller, by so much."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many questions a calibration decided about, how many it answered, and the share that nothing answers.

    That is None while there are too few to tell. Of the answers `disliked` were called no help: a contact's count
    once, and so do those of answers from one source.
    """

    asked: int = 0
    answered: int = 0
    disliked: int = 0
    outside: Outside | None = None

    def complains_too_much_for(self, error: float) -> bool:
        """Whether certainly more of the answers than this was no help."""
        return are_too_many(self.disliked, self.answered, error)

    def has_drifted_from(self, outside: float) -> bool:
        """Whether nothing answers more of the questions than this."""
        return self.outside is not None and self.outside.low > outside + DRIFT

    def has_eased_from(self, outside: float) -> bool:
        """Whether nothing answers fewer of the questions than this."""
        return self.outside is not None and self.outside.high < outside - DRIFT


def traffic(session: Session, calibration: Calibration) -> Traffic:
    """Of the questions that came to inboxes; the share is told by the basis that decided most of them."""
    by = Decision.record["calibration"]["basis"].astext
    outcome = Decision.record["outcome"].astext
    decided = (Decision.created_at >= calibration.made_at, *asked_of(calibration.knowledge_base_id))
    counts = session.execute(select(by, outcome, func.count()).where(*decided).group_by(by, outcome)).all()
    disliked = session.execute(
        select(func.count(Conversation.contact_id.distinct()), func.count(FIRST_SOURCE.distinct()))
        .join(Decision, Decision.conversation_id == Conversation.id)
        .where(*decided, IS_DISLIKED)
    ).one()
    asked, answered = Counter[str | None](), Counter[str | None]()
    for basis, of_outcome, count in counts:
        asked[basis] += count
        answered[basis] += count if of_outcome == Outcome.ANSWER else 0
    outside, most = None, max(asked, key=asked.__getitem__, default=None)
    if asked.total() >= ENOUGH and most is not None:
        rates = Fitted.of_json(calibration.fitted[most]).rates
        outside = outside_of(answered[most], asked[most], rates) if rates else None
    return Traffic(asked.total(), answered.total(), min(disliked), outside)
