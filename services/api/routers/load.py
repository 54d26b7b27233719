"""How the desk is doing, for who looks after it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from services.api.schemas import load as schemas
from services.api.security import CurrentAdmin, Domain

router = APIRouter(prefix="/v1/desk/load", tags=["desk"])


@router.get("")
def read_load(
    frontdesk: Domain,
    admin: CurrentAdmin,
    day_began: Annotated[AwareDatetime | None, Query(description="When today began; else the day is UTC's")] = None,
) -> schemas.Load:
    """Who waits for whom, what each agent has, who waits longest, and what today brought by hours."""
    return schemas.Load.of(frontdesk.supervision.load(day_began))
