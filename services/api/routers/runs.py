"""Runs of question sets, replays before a change goes live, stored decisions decided again: for administrators."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, status

from frontdesk.evaluation.models import Result
from services.api.schemas import runs as schemas
from services.api.security import CurrentAdmin, Domain

router = APIRouter(prefix="/v1", tags=["quality"])

MOST_RERUN = 200
"""Decisions that one request decides again; the command line does more."""


@router.get("/knowledge-bases/{knowledge_base_id}/runs")
def list_runs(knowledge_base_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.RunList:
    """The runs of question sets."""
    names = frontdesk.agents.names()
    found = frontdesk.runs.runs(knowledge_base_id)
    return schemas.RunList(runs=[schemas.Run.of(run, names) for run in found])


@router.post("/question-sets/{question_set_id}/runs", status_code=status.HTTP_202_ACCEPTED)
def start_run(
    question_set_id: uuid.UUID, body: schemas.StartRun, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.RunAlone:
    """Put a set to what contacts are answered from, or to the draft."""
    run = frontdesk.runs.start(question_set_id, body.version, admin.id, with_model=body.with_model)
    return schemas.RunAlone(run=schemas.Run.of(run, {admin.id: admin.name}))


@router.get("/knowledge-bases/{knowledge_base_id}/replays")
def list_replays(knowledge_base_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.ReplayList:
    """The replays, and whether one of them shows the draft as it is now."""
    return schemas.ReplayList.of(frontdesk.runs.replays(knowledge_base_id), frontdesk.agents.names())


@router.post("/knowledge-bases/{knowledge_base_id}/replays", status_code=status.HTTP_202_ACCEPTED)
def start_replay(
    knowledge_base_id: uuid.UUID, body: schemas.StartReplay, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.RunAlone:
    """Put what contacts asked lately, or a set, to what is published and to the draft."""
    run = frontdesk.runs.replay(knowledge_base_id, body.most, body.question_set_id, admin.id)
    return schemas.RunAlone(run=schemas.Run.of(run, {admin.id: admin.name}))


@router.get("/runs/{run_id}")
def read_run(run_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.RunAlone:
    """A run or replay, and how far it is."""
    return schemas.RunAlone(run=schemas.Run.told(frontdesk.runs.run(run_id), frontdesk.agents.names()))


@router.get("/runs/{run_id}/outcomes")
def list_outcomes(
    run_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    result: Annotated[list[Result] | None, Query(max_length=len(Result), description="Without: all")] = None,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.OutcomeList:
    """Some of its questions, with what came of them."""
    found, total = frontdesk.runs.outcomes(run_id, result or (), offset, limit)
    return schemas.OutcomeList(outcomes=[schemas.RunOutcome.of(one) for one in found], total=total)


@router.get("/runs/{run_id}/compare")
def compare_runs(
    run_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    other_id: Annotated[uuid.UUID | None, Query(description="Without: the run of the same set before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.ComparedRuns:
    """This run beside another one: the questions of which something else came."""
    return schemas.ComparedRuns.of(frontdesk.runs.compare(run_id, other_id, limit), frontdesk.agents.names())


@router.post("/runs/{run_id}/stop")
def stop_run(run_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.RunAlone:
    """Leave off asking."""
    return schemas.RunAlone(run=schemas.Run.of(frontdesk.runs.stop(run_id), frontdesk.agents.names()))


@router.delete("/runs/{run_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_run(run_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> None:
    """Forget a run or replay."""
    frontdesk.runs.delete(run_id)


@router.post("/knowledge-bases/{knowledge_base_id}/decisions/rerun")
def rerun_decisions(
    knowledge_base_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    limit: Annotated[int, Query(ge=1, le=MOST_RERUN)] = MOST_RERUN,
) -> schemas.Rerun:
    """Decide the newest stored decisions again, from the versions that they were decided from."""
    return schemas.Rerun.of(frontdesk.reruns.rerun(limit, knowledge_base_id))
