"""What contacts say about how it went: a survey of a conversation, from 1 to 5, with words if they like."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from frontdesk.conversations.models import Conversation, Form, Message, Sender, Status
from frontdesk.conversations.service import lock
from frontdesk.database import Base, Sessions, now
from frontdesk.errors import Conflict, Invalid
from frontdesk.handoffs.models import Handoff, Outcome
from frontdesk.texts import require_text

BEST = 5
CONTENT_FROM = 4
"""From this score on a contact was content."""
UNHAPPY_TO = 2
"""Up to this score they were not; between the two they did not mind."""
LONGEST_WORDS = 1000
MAY_CHANGE = timedelta(days=1)


class Survey(Base):
    """What a contact thinks of a conversation."""

    __tablename__ = "surveys"
    __table_args__ = (CheckConstraint(f"score BETWEEN 1 AND {BEST}", name="score_in_range"),)

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    score: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str | None] = mapped_column(String(LONGEST_WORDS))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Surveys:
    """Giving and reading surveys."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def give(self, conversation_id: uuid.UUID, contact_id: uuid.UUID, score: int, words: str | None) -> Survey:
        """The contact's opinion, which they may change within a day, or once it was resolved anew.

        Raises NotFound when it is not theirs, Invalid, or Conflict: nothing was answered yet, or the day is over.
        """
        if not 1 <= score <= BEST:
            raise Invalid(f"A survey's score is a whole number from 1 to {BEST}.", code="score_invalid")
        words = require_text(words, LONGEST_WORDS, "The comment") if words and words.strip() else None
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id, contact_id)
            _require_settled(session, conversation)
            survey = session.get(Survey, conversation_id)
            if survey is None:
                survey = Survey(conversation_id=conversation_id, score=score, words=words)
                session.add(survey)
                return survey
            if now() - survey.created_at > MAY_CHANGE:
                if not _resolved_since(session, survey):
                    raise Conflict("A survey can be changed within a day.", code="survey_closed")
                survey.created_at = now()
            survey.score, survey.words = score, words
        return survey

    def get(self, conversation_id: uuid.UUID) -> Survey | None:
        """What the contact said of a conversation, None when they have not."""
        with self._sessions() as session:
            return session.get(Survey, conversation_id)


def surveys_of(session: Session, conversation_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Survey]:
    """The surveys of these conversations by their ids, of those that have one."""
    found = session.scalars(select(Survey).where(Survey.conversation_id.in_(list(conversation_ids))))
    return {survey.conversation_id: survey for survey in found}


def _require_settled(session: Session, conversation: Conversation) -> None:
    """Raises Conflict unless people have resolved it, or the assistant has answered and owes nothing."""
    if conversation.status is Status.RESOLVED:
        return
    answered = select(Message.id).where(
        Message.conversation_id == conversation.id,
        Message.sender == Sender.ASSISTANT,
        Message.form.in_((Form.QUOTED, Form.GENERATED)),
    )
    has_it = conversation.status is Status.PENDING and conversation.awaiting_since is None
    if not has_it or session.scalar(answered.limit(1)) is None:
        raise Conflict("Nothing is settled yet in this conversation.", code="nothing_to_survey")


def _resolved_since(session: Session, survey: Survey) -> bool:
    resolved = select(Handoff.id).where(
        Handoff.conversation_id == survey.conversation_id,
        Handoff.outcome == Outcome.RESOLVED,
        Handoff.ended_at > survey.created_at,
    )
    return session.scalar(resolved.limit(1)) is not None
