"""Knowledge bases as a whole: agents see them, administrators make, name and remove them."""

import uuid

from fastapi import APIRouter, status

from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.access import seen_by
from frontdesk.knowledge.tags import clean_tags
from services.api.routers.contact import CHANNEL
from services.api.schemas.bases import (
    ChangeKnowledgeBase,
    InboxBases,
    KnowledgeBaseAlone,
    NewKnowledgeBase,
    StaffOfBase,
)
from services.api.schemas.knowledge import KnowledgeBase, KnowledgeBaseList
from services.api.security import CurrentAdmin, CurrentAgent, Domain

router = APIRouter(prefix="/v1", tags=["knowledge bases"])


@router.get("/knowledge-bases")
def list_bases(frontdesk: Domain, agent: CurrentAgent) -> KnowledgeBaseList:
    """The knowledge bases that the agent may see, oldest first."""
    found = frontdesk.knowledge.bases(seen_by(agent))
    return KnowledgeBaseList(knowledge_bases=[KnowledgeBase.of(contents) for contents in found])


@router.post("/knowledge-bases", status_code=status.HTTP_201_CREATED)
def create_base(body: NewKnowledgeBase, frontdesk: Domain, admin: CurrentAdmin) -> KnowledgeBaseAlone:
    """A new knowledge base; no inbox answers from it yet."""
    return _alone(frontdesk, frontdesk.bases.add(body.name).id)


@router.patch("/knowledge-bases/{knowledge_base_id}")
def change_base(
    knowledge_base_id: uuid.UUID, body: ChangeKnowledgeBase, frontdesk: Domain, admin: CurrentAdmin
) -> KnowledgeBaseAlone:
    """Rename a knowledge base."""
    frontdesk.bases.rename(knowledge_base_id, body.name)
    return _alone(frontdesk, knowledge_base_id)


@router.delete("/knowledge-bases/{knowledge_base_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_base(knowledge_base_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Remove a knowledge base with all that is in it, for good; 409 while an inbox answers from it."""
    frontdesk.indexing.remove_base(frontdesk.knowledge.base(knowledge_base_id).id)


@router.get("/knowledge-bases/{knowledge_base_id}/staff")
def read_staff(knowledge_base_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> StaffOfBase:
    """Which agents see a knowledge base."""
    agent_ids = frontdesk.access.staff(knowledge_base_id)
    return StaffOfBase(agent_ids=None if agent_ids is None else sorted(agent_ids))


@router.put("/knowledge-bases/{knowledge_base_id}/staff")
def change_staff(
    knowledge_base_id: uuid.UUID, body: StaffOfBase, frontdesk: Domain, admin: CurrentAdmin
) -> StaffOfBase:
    """Let all of the staff see a knowledge base, or some; administrators see every one."""
    frontdesk.access.open_to(knowledge_base_id, body.agent_ids)
    return read_staff(knowledge_base_id, frontdesk, admin)


@router.get("/inbox/knowledge-bases")
def list_inbox_bases(frontdesk: Domain, admin: CurrentAdmin) -> InboxBases:
    """What the web inbox answers from."""
    inboxes = frontdesk.inboxes
    return InboxBases(knowledge_base_ids=list(inboxes.bases(CHANNEL)), tags=inboxes.get(CHANNEL).tags)


@router.put("/inbox/knowledge-bases")
def change_inbox_bases(body: InboxBases, frontdesk: Domain, admin: CurrentAdmin) -> InboxBases:
    """Have the web inbox answer from these; what is left out of the tags, it does not find."""
    frontdesk.inboxes.answer_from(CHANNEL, body.knowledge_base_ids, clean_tags(body.tags))
    return list_inbox_bases(frontdesk, admin)


def _alone(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> KnowledgeBaseAlone:
    return KnowledgeBaseAlone(knowledge_base=KnowledgeBase.of(frontdesk.knowledge.contents(knowledge_base_id)))
