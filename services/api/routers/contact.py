"""What a contact does: open a conversation, write, follow the answer, ask for a person, rate."""

import uuid
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response, status
from fastapi.responses import StreamingResponse

from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation as DomainConversation
from services.api import posting, schemas
from services.api.security import (
    Address,
    ContactId,
    CurrentAdmin,
    Domain,
    IdempotencyKey,
    Limits,
    ReturningContactId,
    Token,
)
from services.api.stream import Position, State, follow

router = APIRouter(prefix="/v1", tags=["contact"])

CHANNEL = "web"
FIRST_WORDS = 120
"""So many characters of what was said first stand in the list of conversations."""
LastEventId = Annotated[str | None, Header(description="Resume after this event")]
LastEventIdQuery = Annotated[str | None, Query(alias="last_event_id", description="The same, in the address")]


@router.get("/inbox")
def inbox(frontdesk: Domain) -> schemas.Inbox:
    """Name, greeting and example questions of the web inbox."""
    return schemas.Inbox.model_validate(frontdesk.inboxes.get(CHANNEL).greeting)


@router.put("/inbox")
def change_inbox(body: schemas.Inbox, frontdesk: Domain, admin: CurrentAdmin) -> schemas.Inbox:
    """Present the shop differently."""
    return schemas.Inbox.model_validate(frontdesk.inboxes.greet(CHANNEL, body.model_dump()).greeting)


@router.post("/conversations", status_code=status.HTTP_201_CREATED)
def open_conversation(
    frontdesk: Domain,
    rates: Limits,
    address: Address,
    contact_id: ReturningContactId,
    request: schemas.OpenConversation | None = None,
) -> schemas.Opened:
    """Open a conversation, for a new contact or, with a token, for the one who comes back."""
    rates.hit("open", address)
    language = request.language if request else None
    conversation = frontdesk.conversations.open(CHANNEL, contact_id, language)
    return schemas.Opened(
        token=frontdesk.contact_tokens.issue(conversation.contact_id),
        conversation=_shape(frontdesk, conversation),
        messages=[],
    )


@router.get("/conversations")
def list_conversations(frontdesk: Domain, contact_id: ContactId) -> schemas.ConversationList:
    """The contact's own conversations."""
    found = frontdesk.conversations.of_contact(contact_id)
    said = frontdesk.conversations.first_words([conversation.id for conversation in found])
    names = frontdesk.agents.names() if any(conversation.assignee_id for conversation in found) else {}
    return schemas.ConversationList(
        conversations=[
            schemas.ListedConversation.of(
                conversation,
                names.get(conversation.assignee_id) if conversation.assignee_id else None,
                first_words=said.get(conversation.id, "")[:FIRST_WORDS] or None,
            )
            for conversation in found
        ]
    )


@router.get("/conversations/{conversation_id}")
def read_conversation(conversation_id: uuid.UUID, frontdesk: Domain, contact_id: ContactId) -> schemas.Thread:
    """One of the contact's own conversations with its messages."""
    conversation = frontdesk.conversations.get(conversation_id, contact_id)
    messages = frontdesk.conversations.messages(conversation_id)
    return schemas.Thread(
        conversation=_shape(frontdesk, conversation),
        messages=schemas.messages_of(messages, frontdesk.agents.names(), frontdesk.passages, for_contact=True),
        survey=schemas.Survey.of(frontdesk.surveys.get(conversation_id)),
        last_event_id=str(messages[-1].sequence if messages else 0),
    )


@router.post("/conversations/{conversation_id}/messages", status_code=status.HTTP_202_ACCEPTED)
def post_message(
    conversation_id: uuid.UUID,
    body: schemas.PostMessage,
    frontdesk: Domain,
    rates: Limits,
    address: Address,
    contact_id: ContactId,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> schemas.Posted:
    """Say something; when this answers, the message is kept and a reply or a person will follow."""
    rates.hit("message", str(contact_id))
    rates.hit("message_address", address)
    posted = frontdesk.conversations.receive(conversation_id, contact_id, body.text, idempotency_key)
    return posting.to_contact(frontdesk, posted, request, response)


@router.get("/conversations/{conversation_id}/events", response_class=StreamingResponse)
def follow_conversation(
    conversation_id: uuid.UUID,
    frontdesk: Domain,
    contact_id: ContactId,
    token: Token,
    request: Request,
    last_event_id: LastEventId = None,
    last_event_id_query: LastEventIdQuery = None,
) -> StreamingResponse:
    """Follow a conversation as server-sent events: `message`, `status`, `delta` while the assistant writes a reply,
    and `typing` while an agent does."""

    def still_allowed() -> None:
        frontdesk.contact_tokens.read(token)

    frontdesk.conversations.get(conversation_id, contact_id)
    last_event_id = last_event_id or last_event_id_query
    return event_stream(request, frontdesk, conversation_id, last_event_id, still_allowed, for_contact=True)


@router.post("/conversations/{conversation_id}/handoff", status_code=status.HTTP_202_ACCEPTED)
def ask_for_person(
    conversation_id: uuid.UUID, frontdesk: Domain, rates: Limits, contact_id: ContactId
) -> schemas.ConversationAlone:
    """Ask for a person; asking again changes nothing."""
    rates.hit("message", str(contact_id))
    conversation = frontdesk.desk.request(conversation_id, contact_id)
    return schemas.ConversationAlone(conversation=_shape(frontdesk, conversation))


@router.put("/conversations/{conversation_id}/messages/{message_id}/rating")
def rate_message(
    conversation_id: uuid.UUID,
    message_id: uuid.UUID,
    body: schemas.RateReply,
    frontdesk: Domain,
    contact_id: ContactId,
) -> schemas.MessageAlone:
    """Thumb up or down for a reply."""
    message = frontdesk.conversations.rate(conversation_id, contact_id, message_id, body.value, body.reason)
    return schemas.MessageAlone(
        message=schemas.Message.of(message, frontdesk.agents.names(), frontdesk.passages, for_contact=True)
    )


@router.put("/conversations/{conversation_id}/survey")
def give_survey(
    conversation_id: uuid.UUID, body: schemas.GiveSurvey, frontdesk: Domain, rates: Limits, contact_id: ContactId
) -> schemas.SurveyAlone:
    """How it went, once something was answered or resolved; it may be changed within a day."""
    rates.hit("message", str(contact_id))
    survey = frontdesk.surveys.give(conversation_id, contact_id, body.score, body.words)
    return schemas.SurveyAlone(survey=schemas.Survey.model_validate(survey))


def event_stream(
    request: Request,
    frontdesk: Frontdesk,
    conversation_id: uuid.UUID,
    last_event_id: str | None,
    still_allowed: Callable[[], None],
    *,
    for_contact: bool,
) -> StreamingResponse:
    """The response that follows a conversation; it ends when `still_allowed` raises Unauthenticated."""

    def load(after: int) -> State:
        still_allowed()
        messages = frontdesk.conversations.messages(conversation_id, after)
        by_agents = any(message.agent_id for message in messages)
        turn_id = frontdesk.conversations.get(conversation_id).turn_id
        names = frontdesk.agents.names() if by_agents else {}
        shown = schemas.messages_of(messages, names, frontdesk.passages, for_contact=for_contact)
        return State(messages, names, turn_id.hex if turn_id else None, {one.sequence: one for one in shown})

    # A contact's token is checked without the database, an agent's session is not.
    alone = still_allowed if for_contact else None
    position, listeners = Position.parse(last_event_id), request.app.state.listeners
    events = follow(listeners, conversation_id, position, load, alone, for_contact=for_contact)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _shape(frontdesk: Frontdesk, conversation: DomainConversation) -> schemas.Conversation:
    assignee = conversation.assignee_id
    shown = schemas.Conversation.of(conversation, frontdesk.agents.names().get(assignee) if assignee else None)
    return shown.model_copy(update={"status": schemas.status_for_contact(conversation.status)})
