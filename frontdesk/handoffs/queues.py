"""Which agent sees which queue."""

import uuid

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from frontdesk.agents import Agent, Role
from frontdesk.conversations.models import Conversation
from frontdesk.teams.models import TeamMember


def queue_of(agent: Agent) -> ColumnElement[bool]:
    """Of conversations: whether they wait in a queue that an agent serves.

    An administrator and an agent of no team serve all; what no team or an abandoned one has is everybody's.
    """
    if agent.role == Role.ADMIN:
        return true()
    own = TeamMember.agent_id == agent.id
    return or_(
        Conversation.team_id.is_(None),
        Conversation.team_id.in_(select(TeamMember.team_id).where(own)),
        ~exists().where(own),
        ~_has_somebody(Conversation.team_id),
    )


def _has_somebody(
    team_id: InstrumentedAttribute[uuid.UUID] | InstrumentedAttribute[uuid.UUID | None],
) -> ColumnElement[bool]:
    member = aliased(Agent)  # the statement around this may be about another agent
    return exists().where(TeamMember.team_id == team_id, TeamMember.agent_id == member.id, member.active)
