"""What a team promises: by when an agent answers first, by when the matter is settled, and how it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from frontdesk.teams.calendar import add_business_minutes
from frontdesk.teams.hours import Hours

WARN_AT = 0.8
"""The share of a target's time after which it is due soon."""
LONGEST_TARGET_MINUTES = 30 * 24 * 60


class TargetState(StrEnum):
    """How a target stands; the last two are final."""

    ON_TRACK = "on_track"
    DUE_SOON = "due_soon"
    BREACHED = "breached"  # the time is over and it is not met yet
    KEPT = "kept"
    MISSED = "missed"  # met, too late


@dataclass(frozen=True, slots=True)
class Target:
    """One promise to one contact: by when it is due, and from when on it is due soon."""

    warn_at: datetime
    due_at: datetime

    def state(self, moment: datetime, met_at: datetime | None = None) -> TargetState:
        """How it stands at a moment; `met_at` is when it was met, if it was."""
        if met_at is not None:
            return TargetState.KEPT if met_at <= self.due_at else TargetState.MISSED
        if moment > self.due_at:
            return TargetState.BREACHED
        return TargetState.DUE_SOON if moment >= self.warn_at else TargetState.ON_TRACK


def target(hours: Hours, started_at: datetime, minutes: int | None) -> Target | None:
    """The target of so many minutes of business hours since `started_at`.

    None without a number, and where the team is not there for so long: nobody can break what never falls due.
    """
    if minutes is None:
        return None
    warn_at = add_business_minutes(hours, started_at, WARN_AT * minutes)
    due_at = add_business_minutes(hours, started_at, minutes)
    return None if warn_at is None or due_at is None else Target(warn_at, due_at)
