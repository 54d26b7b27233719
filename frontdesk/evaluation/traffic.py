"""What contacts asked since a knowledge base was calibrated, and what it says of the share that nothing answers."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Outcome
from frontdesk.confidence.complaints import are_too_many
from frontdesk.confidence.fitted import Fitted
from frontdesk.confidence.models import Calibration
from frontdesk.confidence.outside import ENOUGH
from frontdesk.confidence.rates import Outside, outside_of
from frontdesk.evaluation.calibration_questions import asked_of, newest_asked

DRIFT = 0.05
"""The share has moved when it is certainly larger than it was calibrated for, or smaller, by so much."""


LATELY = 400
"""Questions of contacts that are looked up, and whose complaints are heard: the newest."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many questions came since a calibration, how many were answered, and the share that nothing answers.

    That is None while there are too few to tell. Of the newest questions, up to LATELY, `heard` were answered, and
    `disliked` of these answers called no help.
    """

    asked: int = 0
    answered: int = 0
    outside: Outside | None = None
    heard: int = 0
    disliked: int = 0

    def complains_too_much_for(self, error: float) -> bool:
        """Whether certainly more of the answers than this was no help."""
        return are_too_many(self.disliked, self.heard, error)

    def has_drifted_from(self, outside: float) -> bool:
        """Whether nothing answers more of the questions than this."""
        return self.outside is not None and self.outside.low > outside + DRIFT

    def has_eased_from(self, outside: float) -> bool:
        """Whether nothing answers fewer of the questions than this."""
        return self.outside is not None and self.outside.high < outside - DRIFT


def traffic(session: Session, calibration: Calibration) -> Traffic:
    """Of the questions that came to inboxes; the basis that decided most of them tells of all."""
    by = Decision.record["calibration"]["basis"].astext
    outcome = Decision.record["outcome"].astext
    own = Decision.record["calibration"]["id"].astext
    counts = session.execute(
        select(by, outcome, func.count())
        .where(
            Decision.created_at >= calibration.made_at,
            or_(own == str(calibration.id), own.is_(None)),
            *asked_of(calibration.knowledge_base_id),
        )
        .group_by(by, outcome)
    ).all()
    asked, answered = Counter[str | None](), Counter[str | None]()
    for basis, of_outcome, count in counts:
        asked[basis] += count
        answered[basis] += count if of_outcome == Outcome.ANSWER else 0
    outside, most = None, max(asked, key=asked.__getitem__, default=None)
    if asked.total() >= ENOUGH and most in calibration.fitted:
        rates = Fitted.of_json(calibration.fitted[most]).rates
        outside = outside_of(answered[most], asked[most], rates) if rates else None
    newest = newest_asked(session, calibration.knowledge_base_id, LATELY, calibration.made_at)
    of_most = [one for one in newest if one.basis == most and one.answered]
    disliked = sum(one.disliked is not None for one in of_most)
    return Traffic(asked.total(), answered.total(), outside, len(of_most), disliked)
