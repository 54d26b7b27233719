"""Which team looks after a conversation."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from frontdesk.agents import Agent
from frontdesk.language import Language
from frontdesk.teams.models import Team, TeamMember, TeamTopic

FIRST_TEAM = "Support"


def route(session: Session, topic_id: uuid.UUID | None, language: Language) -> Team:
    """The team for a conversation about a topic, in a language. There always is one: it is made if need be.

    A team without anybody gets nothing as long as another one has somebody.
    """
    all_teams, with_somebody = in_order(session) or [ensure_first(session)], _with_somebody(session)
    teams = [team for team in all_teams if team.id in with_somebody] or all_teams
    owner = session.scalar(select(TeamTopic.team_id).where(TeamTopic.topic_id == topic_id)) if topic_id else None
    return choose(teams, owner, language)


def route_and_keep(session: Session, topic_id: uuid.UUID | None, language: Language) -> Team:
    """As `route`, and the team is not removed before this transaction is over; the next one where it just was."""
    while (team := kept(session, route(session, topic_id, language).id)) is None:
        continue
    return team


def kept(session: Session, team_id: uuid.UUID | None) -> Team | None:
    """The team, which is not removed before this transaction is over; None if it is gone."""
    return session.get(Team, team_id, with_for_update={"read": True, "key_share": True})


def choose(teams: Sequence[Team], topic_owner: uuid.UUID | None, language: Language) -> Team:
    """Of teams in their order: whose topic it is, else who names the language, else who takes every language.

    Where nobody does, the first one takes it: better somebody of another language than nobody.
    """
    by_topic = (team for team in teams if team.id == topic_owner)
    by_language = (team for team in teams if language in team.languages)
    of_every_language = (team for team in teams if not team.languages)
    return next((team for found in (by_topic, by_language, of_every_language) for team in found), teams[0])


def _with_somebody(session: Session) -> frozenset[uuid.UUID]:
    """The teams that have an active member."""
    members = select(TeamMember.team_id).join(Agent, Agent.id == TeamMember.agent_id).where(Agent.active)
    return frozenset(session.scalars(members))


def in_order(session: Session) -> Sequence[Team]:
    """All teams, the first one first."""
    return session.scalars(select(Team).order_by(Team.position, Team.created_at, Team.id)).all()


def ensure_first(session: Session) -> Team:
    """The first team, which is made if there is none; for everybody, and always open."""
    stand_in_line(session)
    teams = in_order(session)
    if teams:
        return teams[0]
    team = Team(name=FIRST_TEAM, position=0)
    session.add(team)
    session.flush()
    return team


def stand_in_line(session: Session) -> None:
    """Wait for other changes of teams, and have the next ones wait for this transaction; readers do not."""
    session.execute(text("LOCK TABLE teams IN SHARE ROW EXCLUSIVE MODE"))
