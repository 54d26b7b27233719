"""Canned responses: administrators write them, agents use them in conversations."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, status

from services.api.schemas import canned as schemas
from services.api.security import CurrentAdmin, CurrentAgent, Domain

router = APIRouter(prefix="/v1", tags=["desk"])


@router.get("/canned-responses")
def list_responses(frontdesk: Domain, admin: CurrentAdmin) -> schemas.CannedResponseList:
    """All of them, as they were written."""
    names = frontdesk.agents.names()
    return schemas.CannedResponseList(
        canned_responses=[schemas.CannedResponse.of(one, names) for one in frontdesk.canned.list()]
    )


@router.post("/canned-responses", status_code=status.HTTP_201_CREATED)
def create_response(
    body: schemas.WriteCannedResponse, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.CannedResponseAlone:
    """A new one; 409 when there is one of this name."""
    created = frontdesk.canned.create(admin.id, **body.model_dump())
    return schemas.CannedResponseAlone(canned_response=schemas.CannedResponse.of(created, {admin.id: admin.name}))


@router.put("/canned-responses/{canned_response_id}")
def change_response(
    canned_response_id: uuid.UUID, body: schemas.RewriteCannedResponse, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.CannedResponseAlone:
    """Write it anew; 409 when somebody else has changed it since the revision that is named."""
    fields = body.model_dump(exclude={"revision"})
    changed = frontdesk.canned.change(canned_response_id, admin.id, body.revision, **fields)
    return schemas.CannedResponseAlone(canned_response=schemas.CannedResponse.of(changed, {admin.id: admin.name}))


@router.delete("/canned-responses/{canned_response_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_response(canned_response_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Without it."""
    frontdesk.canned.delete(canned_response_id)


@router.get("/desk/conversations/{conversation_id}/canned-responses")
def ready_responses(
    conversation_id: uuid.UUID,
    frontdesk: Domain,
    agent: CurrentAgent,
    query: Annotated[str, Query(max_length=200, description="Words, or parts of them, of the name or text")] = "",
) -> schemas.ReadyResponseList:
    """Those that the agent may use, filled in for a conversation."""
    ready = frontdesk.canned.ready(conversation_id, agent.id, query)
    return schemas.ReadyResponseList(responses=[schemas.ReadyResponse.of(one) for one in ready])
