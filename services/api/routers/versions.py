"""Versions of knowledge: agents read and compare them, administrators publish and roll back."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, status

from frontdesk.knowledge.versions import Authorship
from services.api import schemas
from services.api.security import CurrentAdmin, CurrentAgent, Domain

router = APIRouter(prefix="/v1/knowledge-bases/{knowledge_base_id}", tags=["versions"])

MOST_VERSIONS = 100

Number = Annotated[int | None, Query(ge=0, le=2**31 - 2)]


@router.get("/versions")
def list_versions(
    knowledge_base_id: uuid.UUID,
    frontdesk: Domain,
    agent: CurrentAgent,
    before: Annotated[int | None, Query(ge=0, le=2**31 - 2, description="Only versions below this number")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_VERSIONS)] = 20,
) -> schemas.VersionList:
    """The versions that are kept, newest first."""
    base = frontdesk.knowledge.base(knowledge_base_id)
    found = frontdesk.editions.versions(knowledge_base_id, limit, before)
    names = frontdesk.agents.names()
    return schemas.VersionList(
        versions=[schemas.Version.of(version, names) for version in found],
        published=base.published,
        draft=base.draft,
        drafting=base.drafting,
        waiting=frontdesk.editions.waiting(knowledge_base_id),
    )


@router.get("/versions/compare")
def compare_versions(
    knowledge_base_id: uuid.UUID,
    frontdesk: Domain,
    agent: CurrentAgent,
    before: Number = None,
    after: Number = None,
) -> schemas.Compared:
    """What changed from one version (else the published one) to another (else the draft)."""
    base = frontdesk.knowledge.base(knowledge_base_id)
    comparison = frontdesk.editions.compare(
        knowledge_base_id,
        base.published if before is None else before,
        base.draft if after is None else after,
    )
    return schemas.Compared.of(comparison)


@router.put("/draft")
def gather_changes(
    knowledge_base_id: uuid.UUID, body: schemas.Gather, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.Gathering:
    """Have changes wait in a draft, or publish them by themselves."""
    base = frontdesk.editions.gather(knowledge_base_id, body.drafting, Authorship(admin.id))
    return schemas.Gathering.of(base)


@router.delete("/draft", status_code=status.HTTP_204_NO_CONTENT)
def discard_draft(knowledge_base_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Undo what waits in the draft."""
    frontdesk.editions.discard(knowledge_base_id)


@router.post("/versions", status_code=status.HTTP_201_CREATED)
def publish_draft(
    knowledge_base_id: uuid.UUID, body: schemas.Publish, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.VersionAlone:
    """Answer from the draft from now on."""
    version = frontdesk.editions.publish(knowledge_base_id, Authorship(admin.id, body.note))
    return schemas.VersionAlone(version=schemas.Version.of(version, {admin.id: admin.name}))


@router.post("/versions/{number}/restore", status_code=status.HTTP_201_CREATED)
def roll_back(
    knowledge_base_id: uuid.UUID, number: int, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.VersionAlone:
    """Answer as this version did, from now on; what waits in the draft is discarded."""
    version = frontdesk.editions.roll_back(knowledge_base_id, number, Authorship(admin.id))
    return schemas.VersionAlone(version=schemas.Version.of(version, {admin.id: admin.name}))
