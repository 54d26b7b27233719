"""Agents and teams for tests, without the second that it takes to make a password safe."""

from collections.abc import Sequence

from frontdesk.agents import Agent, Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.database import new_id, now
from frontdesk.teams.models import Team, TeamMember


def hire(frontdesk: Frontdesk, count: int, role: Role = Role.AGENT, **more: object) -> list[Agent]:
    """So many agents, who are at their screens now."""
    agents = [
        Agent(
            id=new_id(),
            email=f"{role}{number}-{new_id().hex[:6]}@shop.example",
            name=f"{role.title()} {number}",
            role=role,
            password_hash="none",
            **{"seen_at": now()} | more,
        )
        for number in range(count)
    ]
    with frontdesk.sessions.begin() as session:
        session.add_all(agents)
    return agents


def found(frontdesk: Frontdesk, name: str, members: Sequence[Agent], position: int = 1, **more: object) -> Team:
    """A team of these agents."""
    team = Team(id=new_id(), name=name, position=position, **more)
    with frontdesk.sessions.begin() as session:
        session.add(team)
        session.flush()
        session.add_all(TeamMember(team_id=team.id, agent_id=member.id) for member in members)
    return team
