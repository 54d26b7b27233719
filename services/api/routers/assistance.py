"""What the assistant has for an agent who answers."""

import uuid

from fastapi import APIRouter

from frontdesk.language import Language
from services.api.schemas import assistance as schemas
from services.api.security import CurrentAgent, Domain

router = APIRouter(prefix="/v1/desk/conversations/{conversation_id}", tags=["desk"])


@router.get("/suggestions")
def suggest(conversation_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.SuggestionList:
    """What the agent could answer, from the knowledge that they may see; 503 while several others search."""
    seen = frontdesk.access.seen(agent)
    return schemas.SuggestionList.of(frontdesk.suggesting.suggest(conversation_id, seen))


@router.get("/summary")
def sum_up(
    conversation_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent, language: Language | None = None
) -> schemas.SummaryAlone:
    """What the agent has to know, at once; a model's words come later, in the language that is wanted."""
    return schemas.SummaryAlone.of(frontdesk.summarizing.summary(conversation_id, language))
