"""Who is served first. Pure; the number is the order of the queue, its name the reason that the desk shows."""

from datetime import datetime, timedelta
from enum import IntEnum

from frontdesk.conversations.models import HandoffReason, Mood

LONG_WAIT = timedelta(minutes=15)


class Priority(IntEnum):
    """Why somebody is served before others, the most urgent first; among equals, who waits longest."""

    SENSITIVE = 1
    ANGRY = 2
    OVERDUE = 3  # the first response was promised for earlier
    WAITING_LONG = 4
    UNHAPPY = 5
    NORMAL = 6


def priority(
    reason: HandoffReason, mood: Mood, requested_at: datetime, first_response_due: datetime | None, moment: datetime
) -> Priority:
    """The most urgent that holds at a moment for somebody who waits in the queue."""
    holds = {
        Priority.SENSITIVE: reason is HandoffReason.SENSITIVE,
        Priority.ANGRY: mood is Mood.ANGRY,
        Priority.OVERDUE: first_response_due is not None and first_response_due <= moment,
        Priority.WAITING_LONG: moment - requested_at >= LONG_WAIT,
        Priority.UNHAPPY: mood is Mood.UNHAPPY,
    }
    return min((one for one, so in holds.items() if so), default=Priority.NORMAL)
