"""When a team is there, and until when it owes something. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from frontdesk.teams.models import Team


@dataclass(frozen=True, slots=True)
class Staffed:
    """Whether somebody is there, and if not, when the next one is; None: nobody knows."""

    open: bool
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Until when a team answers for the first time, and has settled it; None: it has promised nothing."""

    first_response: datetime | None = None
    resolution: datetime | None = None


def staffed(team: Team | None, moment: datetime) -> Staffed:
    """Whether a team, or the staff where there is none, is there at a moment."""
    return Staffed(open=True)


def due(team: Team | None, moment: datetime) -> Due:
    """What a team owes to somebody who comes to it at a moment."""
    if team is None:
        return Due()
    return Due(_after(moment, team.first_response_minutes), _after(moment, team.resolution_minutes))


def _after(moment: datetime, minutes: int | None) -> datetime | None:
    return None if minutes is None else moment + timedelta(minutes=minutes)
