"""What could not be answered, drafts of entries that answer it, and their proof."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, status

from frontdesk.errors import NotFound
from frontdesk.growth.models import GapState
from services.api.schemas import growth as schemas
from services.api.security import CurrentAdmin, CurrentAgent, Domain

router = APIRouter(prefix="/v1", tags=["growth"])


@router.get("/knowledge-bases/{knowledge_base_id}/gaps")
def list_gaps(
    knowledge_base_id: uuid.UUID,
    frontdesk: Domain,
    agent: CurrentAgent,
    state: GapState = GapState.OPEN,
    mine: Annotated[bool, Query(description="Only those that the asking agent looks after")] = False,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> schemas.GapList:
    """What the knowledge base could not answer."""
    page = frontdesk.gaps.page(knowledge_base_id, state, agent.id if mine else None, offset, limit)
    return schemas.GapList.of(page, frontdesk.agents.names())


@router.get("/gaps/{gap_id}")
def read_gap(gap_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.GapDetails:
    """A gap with its newest questions and its drafts."""
    return schemas.GapDetails.of(
        frontdesk.gaps.get(gap_id),
        frontdesk.gaps.questions(gap_id),
        frontdesk.drafts.of_gap(gap_id),
        frontdesk.agents.names(),
    )


@router.patch("/gaps/{gap_id}")
def change_gap(
    gap_id: uuid.UUID, body: schemas.ChangeGap, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.GapDetails:
    """Have somebody look after it, close it, or open it again."""
    if "assignee_id" in body.model_fields_set:
        frontdesk.gaps.assign(gap_id, body.assignee_id)
    if "state" in body.model_fields_set:
        frontdesk.gaps.turn(gap_id, body.state)
    return read_gap(gap_id, frontdesk, admin)


@router.post("/gaps/{gap_id}/drafts", status_code=status.HTTP_201_CREATED)
def draft_for_gap(
    gap_id: uuid.UUID, body: schemas.StartDraft, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.DraftAlone:
    """Draft an entry from what was asked and what an agent answered."""
    draft = frontdesk.drafting.from_gap(gap_id, admin.id, body.answer)
    return schemas.DraftAlone(draft=schemas.Draft.of(draft, {admin.id: admin.name}))


@router.post("/desk/conversations/{conversation_id}/drafts", status_code=status.HTTP_201_CREATED)
def draft_from_conversation(
    conversation_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent
) -> schemas.DraftAlone:
    """Draft an entry from what an agent answered in a conversation; every agent may propose one."""
    base_id = frontdesk.drafting.base_of(conversation_id)
    seen = frontdesk.access.seen(agent)
    if seen is not None and base_id not in seen:
        raise NotFound("There is no such knowledge base.", code="knowledge_base_not_found")
    draft = frontdesk.drafting.from_conversation(conversation_id, agent.id)
    return schemas.DraftAlone(draft=schemas.Draft.of(draft, {agent.id: agent.name}))


@router.get("/knowledge-bases/{knowledge_base_id}/drafted-entries")
def list_drafts(knowledge_base_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.DraftList:
    """The newest drafts of entries."""
    names = frontdesk.agents.names()
    found = frontdesk.drafts.of_base(knowledge_base_id)
    return schemas.DraftList(drafts=[schemas.Draft.of(draft, names) for draft in found])


@router.get("/drafted-entries/{draft_id}")
def read_draft(draft_id: uuid.UUID, frontdesk: Domain, agent: CurrentAgent) -> schemas.DraftBeside:
    """A draft beside what the knowledge base says about the same."""
    draft = frontdesk.drafts.get(draft_id)
    near = frontdesk.neighbours.of(draft.knowledge_base_id, draft.questions, draft.answer, draft.entry_id)
    return schemas.DraftBeside(
        draft=schemas.Draft.of(draft, frontdesk.agents.names()),
        neighbours=[schemas.Neighbour.of(one) for one in near],
    )


@router.patch("/drafted-entries/{draft_id}")
def rewrite_draft(
    draft_id: uuid.UUID, body: schemas.RewriteDraft, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.DraftAlone:
    """Give it other words, which have to be proved anew."""
    draft = frontdesk.drafts.rewrite(draft_id, body.questions, body.answer)
    return schemas.DraftAlone(draft=schemas.Draft.of(draft, frontdesk.agents.names()))


@router.post("/drafted-entries/{draft_id}/proof", status_code=status.HTTP_202_ACCEPTED)
def prove_draft(draft_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.DraftAlone:
    """Ask what would come of it, soon; nothing is written to the knowledge."""
    draft = frontdesk.drafts.want_proof(draft_id)
    return schemas.DraftAlone(draft=schemas.Draft.of(draft, frontdesk.agents.names()))


@router.post("/drafted-entries/{draft_id}/accept")
def accept_draft(
    draft_id: uuid.UUID, body: schemas.AcceptDraft, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.DraftAlone:
    """Make an entry of it."""
    draft = frontdesk.drafts.accept(draft_id, body.note)
    return schemas.DraftAlone(draft=schemas.Draft.of(draft, frontdesk.agents.names()))


@router.delete("/drafted-entries/{draft_id}", status_code=status.HTTP_204_NO_CONTENT)
def drop_draft(draft_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Nobody wants it."""
    frontdesk.drafts.drop(draft_id)
