"""What a contact does whom people look after: ask where they stand, leave word, be seen to write."""

import uuid

from fastapi import APIRouter, status

from services.api import schemas
from services.api.security import ContactId, Domain, Limits

router = APIRouter(prefix="/v1/conversations/{conversation_id}", tags=["contact"])


@router.get("/queue")
def read_standing(conversation_id: uuid.UUID, frontdesk: Domain, contact_id: ContactId) -> schemas.Standing:
    """The place in the queue, and how long it will take if that can be said."""
    return schemas.Standing.model_validate(frontdesk.reaching.standing(conversation_id, contact_id))


@router.put("/callback", status_code=status.HTTP_204_NO_CONTENT)
def leave_word(
    conversation_id: uuid.UUID, body: schemas.LeaveWord, frontdesk: Domain, rates: Limits, contact_id: ContactId
) -> None:
    """Leave an e-mail address or a telephone number; leaving them again replaces what was left before."""
    rates.hit("message", str(contact_id))
    frontdesk.reaching.leave_word(conversation_id, contact_id, **body.model_dump())


@router.post("/typing", status_code=status.HTTP_204_NO_CONTENT)
def be_seen_to_write(conversation_id: uuid.UUID, frontdesk: Domain, rates: Limits, contact_id: ContactId) -> None:
    """The contact is writing: to be sent every 3 seconds meanwhile. Agents see it, and nothing of it is kept."""
    rates.hit("typing", str(contact_id))
    frontdesk.signs.contact_writes(conversation_id, contact_id)
