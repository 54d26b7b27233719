"""Which team looks after a conversation, and which agent sees which queue."""

import uuid

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from frontdesk.agents import Agent, Role
from frontdesk.conversations.models import Conversation
from frontdesk.language import Language
from frontdesk.teams.models import Team, TeamMember, TeamTopic


def route(session: Session, topic_id: uuid.UUID | None, language: Language) -> Team | None:
    """The topic's team, else the first that speaks the language, else the first; of those that have somebody."""
    teams = session.scalars(
        select(Team).where(_has_somebody(Team.id)).order_by(Team.position, Team.created_at, Team.id)
    ).all()
    if not teams:
        return None
    of_topic = session.scalar(select(TeamTopic.team_id).where(TeamTopic.topic_id == topic_id)) if topic_id else None
    speaking = (team for team in teams if not team.languages or language in team.languages)
    return next((team for team in teams if team.id == of_topic), None) or next(speaking, teams[0])


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
