"""Who is in a team, and which topics it looks after."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import String, Uuid, column, delete, select, table, update
from sqlalchemy.orm import Session

from frontdesk.agents import Agent
from frontdesk.errors import NotFound
from frontdesk.teams.models import Team, TeamMember, TeamTopic

TOPICS = table("topics", column("id", Uuid), column("name", String))
"""Of a room that is built on this one, and so known here by name only."""


@dataclass(frozen=True, slots=True)
class Roster:
    """A team with its members and its topics."""

    team: Team
    agent_ids: frozenset[uuid.UUID]
    topic_ids: frozenset[uuid.UUID]


def roster(session: Session, team: Team) -> Roster:
    """A team as it is stored."""
    agents = session.scalars(select(TeamMember.agent_id).where(TeamMember.team_id == team.id))
    topics = session.scalars(select(TeamTopic.topic_id).where(TeamTopic.team_id == team.id))
    return Roster(team, frozenset(agents), frozenset(topics))


def set_members(session: Session, team: Team, agent_ids: Collection[uuid.UUID]) -> None:
    """Have these agents be in a team and no others; raises NotFound for one who does not exist."""
    wanted = set(agent_ids)
    # Held, so that none of them goes before this is committed.
    there = session.scalars(select(Agent.id).where(Agent.id.in_(wanted)).with_for_update(read=True, key_share=True))
    _require_all(there, wanted, "agent")
    session.execute(delete(TeamMember).where(TeamMember.team_id == team.id))
    session.add_all(TeamMember(team_id=team.id, agent_id=agent_id) for agent_id in sorted(wanted))
    session.flush()


def set_topics(session: Session, team: Team, topic_ids: Collection[uuid.UUID]) -> None:
    """Have a team look after these topics and no others; another team that had one of them has it no more.

    Raises NotFound for one that does not exist.
    """
    wanted = set(topic_ids)
    there = session.scalars(
        select(TOPICS.c.id).where(TOPICS.c.id.in_(wanted)).with_for_update(read=True, key_share=True)
    )
    _require_all(there, wanted, "topic")
    losing = select(TeamTopic.team_id).where(TeamTopic.topic_id.in_(wanted), TeamTopic.team_id != team.id)
    session.execute(update(Team).where(Team.id.in_(losing)).values(revision=Team.revision + 1))
    session.execute(delete(TeamTopic).where((TeamTopic.team_id == team.id) | TeamTopic.topic_id.in_(wanted)))
    session.add_all(TeamTopic(topic_id=topic_id, team_id=team.id) for topic_id in sorted(wanted))
    session.flush()


def _require_all(there: Iterable[uuid.UUID], wanted: set[uuid.UUID], what: str) -> None:
    if wanted - set(there):
        raise NotFound(f"There is no such {what}.", code=f"{what}_not_found")
