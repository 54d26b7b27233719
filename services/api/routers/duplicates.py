"""What a knowledge base says twice, for the staff."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query

from services.api.schemas import duplicates as schemas
from services.api.security import CurrentAgent, Domain

router = APIRouter(prefix="/v1/knowledge-bases/{knowledge_base_id}", tags=["knowledge"])


@router.get("/duplicates")
def list_duplicates(
    knowledge_base_id: uuid.UUID,
    frontdesk: Domain,
    agent: CurrentAgent,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> schemas.DuplicateList:
    """Sources of the draft that say the same, entries with several answers to one question first."""
    return schemas.DuplicateList.of(frontdesk.duplicates.page(knowledge_base_id, offset, limit))
