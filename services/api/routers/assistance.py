"""What the assistant has for an agent who answers."""

import uuid

from fastapi import APIRouter

from services.api.schemas import assistance as schemas
from services.api.security import CurrentAgent, Domain

router = APIRouter(prefix="/v1/desk/conversations/{conversation_id}", tags=["desk"])


@router.get("/suggestions")
def suggest(conversation_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.SuggestionList:
    """What the agent could answer, from the knowledge that they may see; 503 while several others search."""
    seen = frontdesk.access.seen(agent)
    return schemas.SuggestionList.of(frontdesk.suggesting.suggest(conversation_id, seen))
