"""Staff accounts and sessions."""

import uuid
from datetime import datetime

from pydantic import Field

from frontdesk.agents import Agent as DomainAgent
from frontdesk.agents import Role
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
    password: str | None = Field(None, max_length=1024)


def agent_of(agent: DomainAgent) -> Agent:
    """From the domain's."""
    return Agent.model_validate(agent)
