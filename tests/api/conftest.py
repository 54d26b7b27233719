"""People who come to the api."""

import httpx
import pytest
from argon2 import PasswordHasher

from frontdesk.agents import Agent as DomainAgent
from frontdesk.agents import Role
from frontdesk.bootstrap import Frontdesk
from tests.api.people import Agent, Contact
from tests.conftest import PASSWORD

# Signing in costs what the stored hash says, and most tests are not about passwords.
CHEAP_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def employ(frontdesk: Frontdesk, email: str, name: str, role: Role) -> DomainAgent:
    """An account that is signed in to quickly."""
    account = DomainAgent(email=email, name=name, role=role, password_hash=CHEAP_HASH)
    with frontdesk.sessions.begin() as session:
        session.add(account)
    return account


@pytest.fixture
def agent(frontdesk: Frontdesk) -> DomainAgent:
    """Li Ming, of the staff."""
    return employ(frontdesk, "li@shop.example", "Li Ming", Role.AGENT)


@pytest.fixture
def admin(frontdesk: Frontdesk) -> DomainAgent:
    """Wang Fang, the administrator."""
    return employ(frontdesk, "boss@shop.example", "Wang Fang", Role.ADMIN)


@pytest.fixture
def contact(api: httpx.Client) -> Contact:
    """Somebody who has just opened a conversation."""
    return Contact(api)


@pytest.fixture
def li(api: httpx.Client, agent: DomainAgent) -> Agent:
    """Li Ming, signed in."""
    return Agent(api, agent.email)


@pytest.fixture
def boss(api: httpx.Client, admin: DomainAgent) -> Agent:
    """Wang Fang, signed in."""
    return Agent(api, admin.email)
