"""Staff accounts and sessions."""

import uuid

from fastapi import APIRouter, status

from services.api import schemas
from services.api.security import Address, CurrentAdmin, CurrentAgent, Domain, Limits, Token

router = APIRouter(prefix="/v1", tags=["staff"])


@router.post("/sessions", status_code=status.HTTP_201_CREATED)
def sign_in(body: schemas.SignIn, frontdesk: Domain, rates: Limits, address: Address) -> schemas.SignedIn:
    """Sign in with e-mail and password."""
    rates.hit("sign_in_address", address)
    rates.hit("sign_in", f"{address} {body.email.strip().lower()}")
    signed_in = frontdesk.agents.sign_in(body.email, body.password)
    return schemas.SignedIn(
        token=signed_in.token, expires_at=signed_in.expires_at, agent=schemas.agent_of(signed_in.agent)
    )


@router.delete("/sessions/current", status_code=status.HTTP_204_NO_CONTENT)
def sign_out(frontdesk: Domain, token: Token, agent: CurrentAgent) -> None:
    """End this session."""
    frontdesk.agents.sign_out(token)


@router.get("/me")
def who_am_i(agent: CurrentAgent) -> schemas.AgentAlone:
    """The agent behind the token."""
    return schemas.AgentAlone(agent=schemas.agent_of(agent))


@router.put("/me/presence")
def be_present(body: schemas.ChangePresence, frontdesk: Domain, agent: CurrentAgent) -> schemas.AgentAlone:
    """A screen of the agent is open: to be sent every 20 seconds or so, and when they say that they are away."""
    return schemas.AgentAlone(agent=schemas.agent_of(frontdesk.agents.seen(agent.id, body.away)))


@router.put("/me/password", status_code=status.HTTP_204_NO_CONTENT)
def change_password(
    body: schemas.ChangePassword, frontdesk: Domain, rates: Limits, token: Token, agent: CurrentAgent
) -> None:
    """Another password for oneself; every other session of the agent ends."""
    # Whoever finds a desk open must not find out the password there.
    rates.hit("sign_in", f"password {agent.id}")
    frontdesk.agents.change_password(token, body.current, body.new)


@router.get("/agents")
def list_agents(frontdesk: Domain, admin: CurrentAdmin) -> schemas.AgentList:
    """All agents."""
    return schemas.AgentList(agents=[schemas.agent_of(agent) for agent in frontdesk.agents.list()])


@router.post("/agents", status_code=status.HTTP_201_CREATED)
def create_agent(body: schemas.NewAgent, frontdesk: Domain, admin: CurrentAdmin) -> schemas.AgentAlone:
    """A new agent."""
    agent = frontdesk.agents.create(body.email, body.name, body.role, body.password)
    return schemas.AgentAlone(agent=schemas.agent_of(agent))


@router.patch("/agents/{agent_id}")
def change_agent(
    agent_id: uuid.UUID, body: schemas.ChangeAgent, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.AgentAlone:
    """Another name, role, capacity or password; or deactivate."""
    agent = frontdesk.agents.change(agent_id, **body.model_dump(exclude_unset=True))
    return schemas.AgentAlone(agent=schemas.agent_of(agent))
