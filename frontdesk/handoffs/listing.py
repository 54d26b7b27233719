"""What the desk shows: the queue, who has what, and one conversation with all that belongs to its handoff."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from frontdesk.agents import Agent
from frontdesk.conversations.models import Conversation, Form, Message, Sender, Status
from frontdesk.handoffs.models import Callback, Handoff
from frontdesk.handoffs.queues import queue_of
from frontdesk.teams.models import Team
from frontdesk.teams.rosters import TOPICS
from frontdesk.widget.models import Identity


class View(StrEnum):
    """Which conversations an agent looks at."""

    QUEUE = "queue"  # open, nobody has them; the most urgent comes first, then who waits longest
    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class DeskItem:
    """A conversation as the desk lists it; `last_message` is the last that is no notice.

    `unread` counts the contact's messages that the owner has not read; `previous_agent` had it lately,
    `user_id` is who the contact is to the site that vouches for them.
    """

    conversation: Conversation
    handoff: Handoff | None
    assignee: Agent | None
    last_message: Message | None
    team: Team | None
    topic: str | None
    callback: Callback | None
    previous_agent: Agent | None
    unread: int
    user_id: str | None


@dataclass(frozen=True, slots=True)
class Destinations:
    """To whom a conversation can be passed on."""

    teams: Sequence[Team]
    agents: Sequence[Agent]


def items(session: Session, agent: Agent, view: View, limit: int) -> Sequence[DeskItem]:
    """The conversations of a view."""
    statement = _items().where(_in_view(view, agent)).limit(limit)
    if view == View.QUEUE:
        statement = statement.order_by(Handoff.priority, Handoff.requested_at)
    else:
        statement = statement.order_by(Conversation.updated_at.desc())
    return [DeskItem(*row) for row in session.execute(statement).all()]


def item(session: Session, conversation_id: uuid.UUID) -> DeskItem | None:
    """One conversation, None when there is no such."""
    row = session.execute(_items().where(Conversation.id == conversation_id)).one_or_none()
    return DeskItem(*row) if row else None


def named(session: Session, conversation_ids: Sequence[uuid.UUID]) -> Sequence[DeskItem]:
    """These conversations, in no order."""
    rows = session.execute(_items().where(Conversation.id.in_(conversation_ids))).all() if conversation_ids else []
    return [DeskItem(*row) for row in rows]


def counts(session: Session, agent: Agent) -> Mapping[View, int]:
    """How many conversations wait in the queue, and how many this agent has."""
    return {
        view: session.scalars(select(func.count()).select_from(Conversation).where(_in_view(view, agent))).one()
        for view in (View.QUEUE, View.MINE)
    }


def earlier_of(session: Session, conversation: Conversation, limit: int) -> Sequence[DeskItem]:
    """Other conversations of the same contact in which something was said, newest first."""
    statement = (
        _items()
        .where(
            Conversation.contact_id == conversation.contact_id,
            Conversation.id != conversation.id,
            Conversation.last_sequence > 0,
        )
        .order_by(Conversation.updated_at.desc())
        .limit(limit)
    )
    return [DeskItem(*row) for row in session.execute(statement).all()]


def destinations(session: Session) -> Destinations:
    """All teams, and the agents who have not left."""
    teams = session.scalars(select(Team).order_by(Team.position, Team.name)).all()
    agents = session.scalars(select(Agent).where(Agent.active).order_by(func.lower(Agent.name), Agent.id)).all()
    return Destinations(teams, agents)


def _in_view(view: View, agent: Agent) -> ColumnElement[bool]:
    match view:
        case View.QUEUE:
            has_left = Conversation.assignee_id.in_(select(Agent.id).where(~Agent.active))
            unowned = or_(Conversation.assignee_id.is_(None), has_left)
            return and_(Conversation.status == Status.OPEN, unowned, queue_of(agent))
        case View.MINE:
            return Conversation.assignee_id == agent.id
        case View.ALL:
            return Conversation.last_sequence > 0


def _items() -> Select[Conversation, Handoff, Agent, Message, Team, str, Callback, Agent, int, str]:
    said, before = aliased(Message), aliased(Agent)
    newest = (
        select(said.id)
        .where(said.conversation_id == Conversation.id, said.form != Form.NOTICE)
        .order_by(said.sequence.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    unread = (
        select(func.count())
        .select_from(said)
        .where(
            said.conversation_id == Conversation.id,
            said.sender == Sender.CONTACT,
            said.sequence > Conversation.read_to,
            Conversation.assignee_id.is_not(None),
        )
        .correlate(Conversation)
        .scalar_subquery()
    )
    return (
        select(
            Conversation, Handoff, Agent, Message, Team, TOPICS.c.name, Callback, before, unread, Identity.user_id
        )
        .outerjoin(Handoff, and_(Handoff.conversation_id == Conversation.id, Handoff.ended_at.is_(None)))
        .outerjoin(Agent, and_(Agent.id == Conversation.assignee_id, Agent.active))
        .outerjoin(Message, Message.id == newest)
        .outerjoin(Team, Team.id == Conversation.team_id)
        .outerjoin(TOPICS, TOPICS.c.id == Conversation.topic_id)
        .outerjoin(Callback, Callback.handoff_id == Handoff.id)
        .outerjoin(Identity, Identity.contact_id == Conversation.contact_id)
        .outerjoin(before, and_(before.id == Handoff.previous_agent_id, before.active))
    )
