"""Who is asking: dependencies that a route names in its signature. Whatever is not allowed here is refused."""

import uuid
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from frontdesk.agents import Agent, Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import NotAllowed, Unauthenticated
from services.api.rates import Rates

_bearer = HTTPBearer(auto_error=False)


def _frontdesk(request: Request) -> Frontdesk:
    return request.app.state.frontdesk


def _rates(request: Request) -> Rates:
    return request.app.state.rates


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


Domain = Annotated[Frontdesk, Depends(_frontdesk)]
Limits = Annotated[Rates, Depends(_rates)]
Address = Annotated[str, Depends(_address)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _token(credentials: Credentials) -> str:
    if credentials is None:
        raise Unauthenticated("Send a token: Authorization: Bearer ...", code="token_missing")
    return credentials.credentials


Token = Annotated[str, Depends(_token)]


def _contact(frontdesk: Domain, token: Token) -> uuid.UUID:
    return frontdesk.contact_tokens.read(token)


def _known_contact(frontdesk: Domain, credentials: Credentials) -> uuid.UUID | None:
    return frontdesk.contact_tokens.read(credentials.credentials) if credentials else None


def _agent(request: Request, frontdesk: Domain, token: Token) -> Agent:
    """Who of the staff asks, once it is sure that they may see what the address names."""
    agent = frontdesk.agents.authenticate(token)
    frontdesk.access.require(agent, request.path_params)
    return agent


CurrentAgent = Annotated[Agent, Depends(_agent)]


def _admin(agent: CurrentAgent) -> Agent:
    if agent.role != Role.ADMIN:
        raise NotAllowed("Only an administrator may do this.", code="admin_only")
    return agent


ContactId = Annotated[uuid.UUID, Depends(_contact)]
ReturningContactId = Annotated[uuid.UUID | None, Depends(_known_contact)]
CurrentAdmin = Annotated[Agent, Depends(_admin)]
IdempotencyKey = Annotated[str | None, Header(description="The same key stores and answers a message once.")]
