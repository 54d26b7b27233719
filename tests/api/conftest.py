"""People who come to the api."""

import httpx
import pytest

from frontdesk.agents import Agent as DomainAgent
from tests.api.people import Agent, Contact


@pytest.fixture
def contact(api: httpx.Client) -> Contact:
    """Somebody who has just opened a conversation."""
    return Contact(api)


@pytest.fixture
def li(api: httpx.Client, agent: DomainAgent) -> Agent:
    """Li Ming, an agent, signed in."""
    return Agent(api, agent.email)


@pytest.fixture
def boss(api: httpx.Client, admin: DomainAgent) -> Agent:
    """Wang Fang, the administrator, signed in."""
    return Agent(api, admin.email)
