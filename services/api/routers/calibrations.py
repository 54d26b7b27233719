"""How many answers of a knowledge base may be wrong, and what it is calibrated to: for administrators."""

import uuid

from fastapi import APIRouter, status

from frontdesk.confidence.targets import Target
from services.api.schemas.calibrations import CalibrationStanding, ErrorTarget
from services.api.security import CurrentAdmin, Domain

router = APIRouter(prefix="/v1/knowledge-bases/{knowledge_base_id}", tags=["quality"])


@router.get("/calibration")
def read_calibration(knowledge_base_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> CalibrationStanding:
    """From which confidence on questions are answered, and what that promises."""
    return CalibrationStanding.of(frontdesk.calibrations.standing(knowledge_base_id))


@router.put("/error-target")
def change_error_target(
    knowledge_base_id: uuid.UUID, body: ErrorTarget, frontdesk: Domain, admin: CurrentAdmin
) -> CalibrationStanding:
    """Wish for another share of wrong answers; the worker calibrates to it, and until then the old one holds."""
    target = Target(body.error, body.outside, body.parts)
    return CalibrationStanding.of(frontdesk.calibrations.aim(knowledge_base_id, target))


@router.post("/calibrations", status_code=status.HTTP_202_ACCEPTED)
def start_calibration(knowledge_base_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> CalibrationStanding:
    """Calibrate anew now, as after a set was filled with questions."""
    return CalibrationStanding.of(frontdesk.calibrations.ask(knowledge_base_id))
