"""Staff accounts and sessions."""

import uuid
from datetime import datetime

from pydantic import Field

from frontdesk.agents import Agent as DomainAgent
from frontdesk.agents import Presence, Role
from frontdesk.database import now
from services.api.schemas.shape import Shape


class SignIn(Shape):
    """Who an agent is."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class Agent(Shape):
    """A human of the staff."""

    id: uuid.UUID
    email: str
    name: str
    role: Role
    active: bool
    capacity: int = Field(description="How many conversations are assigned to them at once")
    away: bool = Field(description="Has said so; it counts while a screen of theirs is open")
    presence: Presence
    seen_at: datetime | None = Field(description="When a screen of theirs was last open, to 15 seconds")


class AgentAlone(Shape):
    """One agent."""

    agent: Agent


class AgentList(Shape):
    """All agents by name."""

    agents: list[Agent]


class SignedIn(Shape):
    """A session; send its token as `Authorization: Bearer ...`."""

    token: str
    expires_at: datetime
    agent: Agent


class NewAgent(Shape):
    """A new member of the staff."""

    email: str = Field(max_length=254)
    name: str
    role: Role
    password: str = Field(max_length=1024)


class ChangeAgent(Shape):
    """What is given changes."""

    name: str | None = None
    role: Role | None = None
    active: bool | None = None
    capacity: int | None = None
    password: str | None = Field(None, max_length=1024)


class ChangePresence(Shape):
    """A screen is open; `away`, if it is given, is whether the agent is away all the same."""

    away: bool | None = None


class ChangePassword(Shape):
    """The password that the agent has, and another one."""

    current: str = Field(max_length=1024)
    new: str = Field(max_length=1024)


def agent_of(agent: DomainAgent) -> Agent:
    """From the domain's."""
    return Agent(
        id=agent.id,
        email=agent.email,
        name=agent.name,
        role=agent.role,
        active=agent.active,
        capacity=agent.capacity,
        away=agent.away,
        presence=agent.presence(now()),
        seen_at=agent.seen_at,
    )
