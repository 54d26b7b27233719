"""What agents do with conversations."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status
from fastapi.responses import StreamingResponse

from frontdesk.bootstrap import Frontdesk
from frontdesk.handoffs.listing import View
from services.api import posting, schemas
from services.api.routers.contact import LastEventId, LastEventIdQuery, event_stream
from services.api.security import CurrentAgent, Domain, IdempotencyKey, Token

router = APIRouter(prefix="/v1/desk/conversations", tags=["desk"])


@router.get("")
def list_at_desk(
    frontdesk: Domain,
    agent: CurrentAgent,
    view: View = View.QUEUE,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.DeskList:
    """The queue (who waits longest first), the agent's own conversations, or all."""
    items = frontdesk.desk.list(agent.id, view, limit)
    return schemas.DeskList(
        conversations=[schemas.DeskConversation.of_item(item) for item in items],
        counts=dict(frontdesk.desk.counts(agent.id)),
    )


@router.get("/{conversation_id}")
def read_at_desk(conversation_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.DeskThread:
    """A conversation with its messages and how each answer was decided."""
    item = frontdesk.desk.get(conversation_id)
    messages = frontdesk.conversations.messages(conversation_id)
    decisions = frontdesk.assistant.decisions(conversation_id)
    seen, names = frontdesk.access.seen(agent), frontdesk.agents.names()
    return schemas.DeskThread(
        conversation=schemas.DeskConversation.of_item(item),
        messages=schemas.messages_of(messages, names, frontdesk.passages, for_contact=False),
        decisions=[schemas.Decision.of(decision, seen) for decision in decisions],
        notes=[schemas.Note.of(note, names) for note in frontdesk.desk.notes(conversation_id)],
        changes=schemas.changes_of(messages, names),
        earlier=[schemas.DeskConversation.of_item(one) for one in frontdesk.desk.earlier(conversation_id)],
        survey=schemas.Survey.of(frontdesk.surveys.get(conversation_id)),
        last_event_id=str(messages[-1].sequence if messages else 0),
    )


@router.get("/{conversation_id}/events", response_class=StreamingResponse)
def follow_at_desk(
    conversation_id: uuid.UUID,
    frontdesk: Domain,
    agent: CurrentAgent,
    token: Token,
    request: Request,
    last_event_id: LastEventId = None,
    last_event_id_query: LastEventIdQuery = None,
) -> StreamingResponse:
    """Follow a conversation as server-sent events."""

    def still_allowed() -> None:
        frontdesk.agents.authenticate(token)

    frontdesk.conversations.get(conversation_id)
    last_event_id = last_event_id or last_event_id_query
    return event_stream(request, frontdesk, conversation_id, last_event_id, still_allowed, for_contact=False)


@router.post("/{conversation_id}/claim")
def claim(conversation_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.DeskConversationAlone:
    """Take a conversation out of the queue; 409 when another agent was faster."""
    frontdesk.desk.claim(conversation_id, agent.id)
    return _alone(frontdesk, conversation_id)


@router.post("/{conversation_id}/messages", status_code=status.HTTP_202_ACCEPTED)
def reply(
    conversation_id: uuid.UUID,
    body: schemas.PostMessage,
    frontdesk: Domain,
    agent: CurrentAgent,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> schemas.Posted:
    """Write to the contact; only who claimed the conversation may."""
    posted = frontdesk.desk.reply(conversation_id, agent.id, body.text, idempotency_key)
    return posting.to_agent(frontdesk, posted, agent, response)


@router.post("/{conversation_id}/return")
def return_to_assistant(
    conversation_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent
) -> schemas.DeskConversationAlone:
    """Give the conversation back to the assistant."""
    frontdesk.desk.return_to_assistant(conversation_id, agent.id)
    return _alone(frontdesk, conversation_id)


@router.post("/{conversation_id}/resolve")
def resolve(
    conversation_id: uuid.UUID,
    frontdesk: Domain,
    agent: CurrentAgent,
    seen: Annotated[int | None, Query(ge=0, description="The last sequence number that the agent has seen")] = None,
) -> schemas.DeskConversationAlone:
    """The matter is settled; 409 when the contact has written after what the agent has seen."""
    frontdesk.desk.resolve(conversation_id, agent.id, seen)
    return _alone(frontdesk, conversation_id)


def _alone(frontdesk: Frontdesk, conversation_id: uuid.UUID) -> schemas.DeskConversationAlone:
    item = frontdesk.desk.get(conversation_id)
    return schemas.DeskConversationAlone(conversation=schemas.DeskConversation.of_item(item))
