"""Arithmetic with business hours: open or not, when again, and when so much open time has passed.

A time on the wall is turned into the first moment at which the clock shows it, or a later time if it skips it,
where clocks go forward. So a span of the hour that comes twice lasts two hours, one of the hour that never comes
none. All moments are aware, and those that are returned are in UTC.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from frontdesk.teams.hours import Hours

HORIZON = timedelta(days=2 * 366)
"""Who does not open within so long counts as closed for good."""

# Spans go over midnight, and clocks were once put forward by a day.
_LOOK_BACK = timedelta(days=2)
_SECOND = timedelta(seconds=1)


def is_open(hours: Hours, moment: datetime) -> bool:
    """Whether the team is there; at the very end of a span it is not any more."""
    return next_opening(hours, moment) == moment


def next_opening(hours: Hours, moment: datetime) -> datetime | None:
    """From when on the team is there: the moment itself while it is, None if it will not be within the horizon."""
    return next((start for start, _ in _open_times(hours, moment, moment + HORIZON)), None)


def add_business_minutes(hours: Hours, moment: datetime, minutes: float) -> datetime | None:
    """The first moment by which the team has been there for so many minutes (0 or more) since `moment`.

    None when that is not within the horizon.
    """
    left = timedelta(minutes=minutes)
    if not left:
        return moment.astimezone(UTC)
    for start, end in _open_times(hours, moment, moment + HORIZON):
        if end - start >= left:
            return start + left
        left -= end - start
    return None


def _open_times(hours: Hours, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open times between two moments, in order; they may touch and never overlap."""
    reached, end = start.astimezone(UTC), end.astimezone(UTC)
    if hours.is_always:
        if reached < end:
            yield reached, end
        return
    day = (start.astimezone(hours.zone) - _LOOK_BACK).date()
    last = end.astimezone(hours.zone).date()
    while day <= last:
        for span in hours.on(day):
            since = max(reached, _moment_at(hours.zone, day, span.start))
            until = min(end, _moment_at(hours.zone, day, span.end))
            if since < until:
                yield since, until
                reached = until
        day += timedelta(days=1)


def _moment_at(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """When the clocks of a zone first show this minute of a day, or a later one."""
    wall = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return first
    # The clocks skip it: somewhere between the two they are put forward.
    before = second.astimezone(zone).utcoffset()
    seconds = range((first - second) // _SECOND)
    return second + _SECOND * bisect_left(
        seconds, True, key=lambda passed: (second + passed * _SECOND).astimezone(zone).utcoffset() != before
    )
