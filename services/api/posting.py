"""What is answered to whoever sent a message: 202 for a new one, 200 for one that its key had brought before."""

import uuid
from collections.abc import Mapping

from fastapi import Request, Response, status

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.service import Posted
from services.api import schemas


def to_contact(frontdesk: Frontdesk, posted: Posted, request: Request, response: Response) -> schemas.Posted:
    """A contact's message is kept; a turn is taken for a new one."""
    if posted.fresh:
        request.app.state.turns.wake()
    return _told(frontdesk, posted, response, {}, for_contact=True)


def to_agent(frontdesk: Frontdesk, posted: Posted, agent: Agent, response: Response) -> schemas.Posted:
    """An agent's message is on its way."""
    return _told(frontdesk, posted, response, {agent.id: agent.name}, for_contact=False)


def _told(
    frontdesk: Frontdesk, posted: Posted, response: Response, names: Mapping[uuid.UUID, str], *, for_contact: bool
) -> schemas.Posted:
    if not posted.fresh:
        response.status_code = status.HTTP_200_OK
    return schemas.Posted(
        message=schemas.Message.of(posted.message, names, frontdesk.passages, for_contact=for_contact),
        last_event_id=str(posted.message.sequence),
    )
