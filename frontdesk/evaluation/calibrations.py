"""What administrators wish of a knowledge base's answers, and see of its calibration (calibrating.py makes it)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from frontdesk.confidence import targets
from frontdesk.confidence.models import Calibration
from frontdesk.confidence.targets import Target
from frontdesk.database import Sessions
from frontdesk.evaluation.calibrating import owes
from frontdesk.evaluation.traffic import Traffic, traffic
from frontdesk.jobs import Job, Jobs
from frontdesk.knowledge import versions


@dataclass(frozen=True, slots=True)
class Standing:
    """What is wished of a knowledge base, the newest calibration with its curves, and what was asked since.

    `is_due` says that another one is soon made. `fallback` is the threshold where nothing is known.
    """

    target: Target
    calibration: Calibration | None
    curves: Mapping[str, Mapping[str, Any]]
    traffic: Traffic
    is_due: bool
    fallback: float


class Calibrations:
    """Shows them, and takes wishes."""

    def __init__(self, sessions: Sessions, jobs: Jobs) -> None:
        self._sessions = sessions
        self._jobs = jobs

    def standing(self, knowledge_base_id: uuid.UUID) -> Standing:
        """How a knowledge base stands now. Raises NotFound."""
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            made = targets.newest(session, base.id)
            return Standing(
                target=targets.target_of(session, base.id),
                calibration=made,
                curves=made.curves if made else {},
                traffic=traffic(session, made) if made else Traffic(),
                is_due=owes(session, base),
                fallback=base.threshold,
            )

    def aim(self, knowledge_base_id: uuid.UUID, target: Target) -> Standing:
        """Wish for something else, and have it calibrated. Raises NotFound."""
        with self._sessions.begin() as session:
            targets.aim(session, versions.locked(session, knowledge_base_id).id, target)
        return self.ask(knowledge_base_id)

    def ask(self, knowledge_base_id: uuid.UUID) -> Standing:
        """Have a knowledge base calibrated anew, soon. Raises NotFound."""
        standing = self.standing(knowledge_base_id)
        self._jobs.enqueue(Job.CALIBRATE, knowledge_base_id=knowledge_base_id)
        return replace(standing, is_due=True)
