"""What agents do with a conversation besides writing to its contact."""

import uuid

from fastapi import APIRouter, status

from frontdesk.bootstrap import Frontdesk
from services.api import schemas
from services.api.security import CurrentAgent, Domain

router = APIRouter(prefix="/v1/desk", tags=["desk"])


@router.get("/destinations")
def list_destinations(frontdesk: Domain, agent: CurrentAgent) -> schemas.DestinationList:
    """To whom a conversation can be passed on."""
    return schemas.DestinationList.model_validate(frontdesk.desk.destinations())


@router.post("/conversations/{conversation_id}/transfer")
def transfer(
    conversation_id: uuid.UUID, body: schemas.Transfer, frontdesk: Domain, agent: CurrentAgent
) -> schemas.DeskConversationAlone:
    """Pass it on to a team's queue or to an agent; only its owner and administrators may."""
    to = {f"to_{body.to.kind}": body.to.id}
    frontdesk.desk.transfer(conversation_id, agent.id, note=body.note, **to)
    return _alone(frontdesk, conversation_id)


@router.put("/conversations/{conversation_id}/snooze")
def put_off(
    conversation_id: uuid.UUID, body: schemas.PutOff, frontdesk: Domain, agent: CurrentAgent
) -> schemas.DeskConversationAlone:
    """Put it off until a moment or until the contact writes, or have it back at once."""
    frontdesk.desk.snooze(conversation_id, agent.id, body.until)
    return _alone(frontdesk, conversation_id)


@router.post("/conversations/{conversation_id}/notes", status_code=status.HTTP_201_CREATED)
def write_note(
    conversation_id: uuid.UUID, body: schemas.NewNote, frontdesk: Domain, agent: CurrentAgent
) -> schemas.NoteAlone:
    """Write something down that only the staff sees."""
    note = frontdesk.desk.note(conversation_id, agent.id, body.text)
    return schemas.NoteAlone(note=schemas.Note.of(note, {agent.id: agent.name}))


@router.put("/conversations/{conversation_id}/read", status_code=status.HTTP_204_NO_CONTENT)
def mark_read(conversation_id: uuid.UUID, body: schemas.HaveRead, frontdesk: Domain, agent: CurrentAgent) -> None:
    """The owner has read so far; of anybody else it is not kept."""
    frontdesk.desk.read(conversation_id, agent.id, body.to)


@router.put("/conversations/{conversation_id}/presence", status_code=status.HTTP_204_NO_CONTENT)
def be_there(conversation_id: uuid.UUID, body: schemas.HaveOpen, frontdesk: Domain, agent: CurrentAgent) -> None:
    """It is open before the agent: to be sent every 4 seconds, while writing every 3. Colleagues see it, and the
    contact that their agent writes; nothing of it is kept."""
    frontdesk.signs.agent_is_there(conversation_id, agent, writes=body.writing)


@router.put("/conversations/{conversation_id}/callback")
def tick_off(
    conversation_id: uuid.UUID, body: schemas.TickOff, frontdesk: Domain, agent: CurrentAgent
) -> schemas.DeskConversationAlone:
    """The contact was called back, or was not after all."""
    frontdesk.reaching.tick_off(conversation_id, agent.id, body.done)
    return _alone(frontdesk, conversation_id)


def _alone(frontdesk: Frontdesk, conversation_id: uuid.UUID) -> schemas.DeskConversationAlone:
    item = frontdesk.desk.get(conversation_id)
    return schemas.DeskConversationAlone(conversation=schemas.DeskConversation.of_item(item))
