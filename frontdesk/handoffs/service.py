"""The verbs of the desk: hand over, look at the queue, claim, reply, return, resolve."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from frontdesk.agents import Agent, Role
from frontdesk.conversations.models import Conversation, Form, HandoffReason, Message, Sender, Status
from frontdesk.conversations.sensitive_topics import SensitiveTopic
from frontdesk.conversations.service import LONGEST_MESSAGE, Posted, append, find_by_key, lock
from frontdesk.database import Sessions, now
from frontdesk.errors import Conflict, NotFound
from frontdesk.events import Events
from frontdesk.handoffs.models import Handoff, Outcome
from frontdesk.handoffs.wording import acknowledgement
from frontdesk.texts import require_text


class View(StrEnum):
    """Which conversations an agent looks at."""

    QUEUE = "queue"  # open, nobody has them; who waits longest comes first
    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class DeskItem:
    """A conversation as the desk lists it; `last_message` is the last that is no notice."""

    conversation: Conversation
    handoff: Handoff | None
    assignee: Agent | None
    last_message: Message | None


class Desk:
    """What agents do."""

    def __init__(self, sessions: Sessions, events: Events) -> None:
        self._sessions = sessions
        self._events = events

    def request(self, conversation_id: uuid.UUID, contact_id: uuid.UUID) -> Conversation:
        """The contact asks for a person; asking twice changes nothing. Raises NotFound."""
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            if conversation.contact_id != contact_id:
                raise NotFound("There is no such conversation.", code="conversation_not_found")
            if conversation.status not in (Status.OPEN, Status.SNOOZED):
                hand_over(session, conversation, HandoffReason.ASKED)
        self._events.wake(conversation_id)
        return conversation

    def list(self, agent_id: uuid.UUID, view: View, limit: int) -> Sequence[DeskItem]:
        """The conversations of a view."""
        statement = _items().where(_in_view(view, agent_id)).limit(limit)
        if view == View.QUEUE:
            statement = statement.order_by(Handoff.requested_at)
        else:
            statement = statement.order_by(Conversation.updated_at.desc())
        with self._sessions() as session:
            return [DeskItem(*row) for row in session.execute(statement).all()]

    def counts(self, agent_id: uuid.UUID) -> Mapping[View, int]:
        """How many conversations wait in the queue, and how many this agent has."""
        with self._sessions() as session:
            return {
                view: session.scalars(
                    select(func.count()).select_from(Conversation).where(_in_view(view, agent_id))
                ).one()
                for view in (View.QUEUE, View.MINE)
            }

    def get(self, conversation_id: uuid.UUID) -> DeskItem:
        """One conversation; raises NotFound."""
        with self._sessions() as session:
            row = session.execute(_items().where(Conversation.id == conversation_id)).one_or_none()
        if row is None:
            raise NotFound("There is no such conversation.", code="conversation_not_found")
        return DeskItem(*row)

    def claim(self, conversation_id: uuid.UUID, agent_id: uuid.UUID) -> None:
        """Take a conversation out of the queue; raises NotFound, or Conflict when another agent was faster.

        Administrators take over from anybody, and everybody from an agent who has left.
        """
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            already_mine = conversation.assignee_id == agent_id
            owner = session.get(Agent, conversation.assignee_id) if conversation.assignee_id else None
            owner_left = owner is not None and not owner.active
            conversation.claim(
                agent_id, takes_over=owner_left or session.get_one(Agent, agent_id).role == Role.ADMIN
            )
            if not already_mine:
                handoff = _running(session, conversation_id)
                handoff.claimed_at, handoff.claimed_by = now(), agent_id
                _record(session, conversation, agent_id)
        self._events.wake(conversation_id)

    def reply(
        self, conversation_id: uuid.UUID, agent_id: uuid.UUID, text: str, idempotency_key: str | None
    ) -> Posted:
        """The owner writes to the contact, once per key; raises Invalid, NotFound, NotAllowed or Conflict."""
        text = require_text(text, LONGEST_MESSAGE, "The message")
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            if earlier := find_by_key(session, conversation_id, Sender.AGENT, idempotency_key, text):
                return Posted(earlier, fresh=False)
            conversation.require_owner(agent_id)
            message = append(
                session,
                conversation,
                Message(
                    sender=Sender.AGENT,
                    agent_id=agent_id,
                    form=Form.WRITTEN,
                    text=text,
                    idempotency_key=idempotency_key,
                ),
            )
        self._events.wake(conversation_id)
        return Posted(message, fresh=True)

    def return_to_assistant(self, conversation_id: uuid.UUID, agent_id: uuid.UUID) -> None:
        """The owner gives the conversation back; raises NotFound or NotAllowed."""
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            conversation.return_to_assistant(agent_id, _first_unanswered(session, conversation_id))
            self._end(session, conversation, agent_id, Outcome.RETURNED)
        self._events.wake(conversation_id)

    def resolve(self, conversation_id: uuid.UUID, agent_id: uuid.UUID, seen: int | None = None) -> None:
        """The owner is done; raises NotFound or NotAllowed.

        Raises Conflict when the contact wrote after `seen`, the last sequence number that the owner has seen.
        """
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            conversation.resolve(agent_id)
            unanswered = _first_unanswered(session, conversation_id)
            if seen is not None and unanswered is not None and conversation.last_sequence > seen:
                raise Conflict("The contact has just written again.", code="new_message")
            self._end(session, conversation, agent_id, Outcome.RESOLVED)
        self._events.wake(conversation_id)

    @staticmethod
    def _end(session: Session, conversation: Conversation, agent_id: uuid.UUID, outcome: Outcome) -> None:
        handoff = _running(session, conversation.id)
        handoff.ended_at, handoff.outcome = now(), outcome
        _record(session, conversation, agent_id)


def hand_over(
    session: Session,
    conversation: Conversation,
    reason: HandoffReason,
    reply_to: uuid.UUID | None = None,
    topic: SensitiveTopic | None = None,
) -> Message:
    """Give a locked conversation to people and tell the contact so; returns the acknowledgement.

    Raises Conflict when people have it already.
    """
    conversation.hand_over()
    session.add(Handoff(conversation_id=conversation.id, reason=reason))
    told = append(
        session,
        conversation,
        Message(
            sender=Sender.ASSISTANT,
            form=Form.NOTICE,
            text=acknowledgement(reason, conversation.language, topic),
            handoff_reason=reason,
            reply_to=reply_to,
        ),
    )
    _record(session, conversation, None)
    return told


def _record(session: Session, conversation: Conversation, agent_id: uuid.UUID | None) -> None:
    activity = Message(sender=Sender.ACTIVITY, form=Form.NOTICE, status=conversation.status, agent_id=agent_id)
    append(session, conversation, activity)


def _running(session: Session, conversation_id: uuid.UUID) -> Handoff:
    handoff = session.scalar(
        select(Handoff).where(Handoff.conversation_id == conversation_id, Handoff.ended_at.is_(None))
    )
    if handoff is None:
        raise Conflict("This conversation was not handed over.", code="not_handed_over")
    return handoff


def _first_unanswered(session: Session, conversation_id: uuid.UUID) -> Message | None:
    """The first of the contact's messages that neither the assistant nor an agent has followed up."""
    written = Message.conversation_id == conversation_id
    followed_up = select(func.coalesce(func.max(Message.sequence), 0)).where(
        written, Message.sender.in_([Sender.ASSISTANT, Sender.AGENT])
    )
    return session.scalar(
        select(Message)
        .where(written, Message.sender == Sender.CONTACT, Message.sequence > followed_up.scalar_subquery())
        .order_by(Message.sequence)
        .limit(1)
    )


def _in_view(view: View, agent_id: uuid.UUID) -> ColumnElement[bool]:
    match view:
        case View.QUEUE:
            has_left = Conversation.assignee_id.in_(select(Agent.id).where(~Agent.active))
            return and_(Conversation.status == Status.OPEN, or_(Conversation.assignee_id.is_(None), has_left))
        case View.MINE:
            return Conversation.assignee_id == agent_id
        case View.ALL:
            return Conversation.last_sequence > 0


def _items() -> Select[Conversation, Handoff, Agent, Message]:
    said = aliased(Message)
    newest = (
        select(said.id)
        .where(said.conversation_id == Conversation.id, said.form != Form.NOTICE)
        .order_by(said.sequence.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    return (
        select(Conversation, Handoff, Agent, Message)
        .outerjoin(Handoff, and_(Handoff.conversation_id == Conversation.id, Handoff.ended_at.is_(None)))
        .outerjoin(Agent, and_(Agent.id == Conversation.assignee_id, Agent.active))
        .outerjoin(Message, Message.id == newest)
    )
