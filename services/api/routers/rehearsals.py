"""Answers that the staff tries before contacts get them."""

import uuid

from fastapi import APIRouter

from services.api.schemas import rehearsals as schemas
from services.api.security import CurrentAgent, Domain

router = APIRouter(prefix="/v1/knowledge-bases/{knowledge_base_id}", tags=["knowledge"])


@router.post("/rehearsals")
def rehearse(
    knowledge_base_id: uuid.UUID, body: schemas.Rehearse, frontdesk: Domain, agent: CurrentAgent
) -> schemas.Rehearsal:
    """What a contact would get next in a conversation, from the draft or from what is published.

    Decided and worded as a live turn is; nothing is stored. 503 while several others try.
    """
    said = [message.said() for message in body.messages]
    rehearsal = frontdesk.rehearsals.rehearse(knowledge_base_id, said, body.version, body.tags, body.language)
    return schemas.Rehearsal.of(rehearsal)
