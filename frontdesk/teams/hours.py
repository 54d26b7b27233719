"""When a team is there: a week of spans on the clock of one time zone, and days off."""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from frontdesk.errors import Invalid

log = logging.getLogger(__name__)

DAY_MINUTES = 24 * 60
MOST_SPANS = 6
MOST_HOLIDAYS = 400
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)

Week = Mapping[str, Sequence[Sequence[str]]]
"""As it is stored and sent: `{"0": [["09:00", "12:00"], ["13:00", "18:00"]]}`, "0" is Monday.

An empty week is always open; otherwise a day that is not named is closed. A span that ends before it begins goes
over midnight; one until the end of its day ends at "24:00".
"""


@dataclass(frozen=True, slots=True)
class Span:
    """From one minute of a day until another; beyond 1,440 it ends on the next day."""

    start: int
    end: int


WHOLE_DAY = (Span(0, DAY_MINUTES),)


@dataclass(frozen=True, slots=True)
class Hours:
    """Business hours. A span belongs to the day on which it begins, and is left out if that is a holiday."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]  # seven days, Monday first
    holidays: frozenset[date] = frozenset()

    @property
    def is_always(self) -> bool:
        """Whether there is no moment at which the team is not there."""
        return not self.holidays and all(spans == WHOLE_DAY for spans in self.week)

    def on(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on a day."""
        return () if day in self.holidays else self.week[day.weekday()]


def read_hours(week: Week, time_zone: str, holidays: Collection[date] = ()) -> Hours:
    """Business hours from what somebody wrote.

    Raises Invalid (`time_zone_unknown`, `hours_invalid`, `hours_span_empty`, `hours_overlap`, `holidays_too_many`).
    """
    if time_zone not in _known_zones():
        raise Invalid("There is no such time zone; name one as in Europe/Berlin.", code="time_zone_unknown")
    if len(holidays) > MOST_HOLIDAYS:
        raise Invalid(f"At most {MOST_HOLIDAYS} holidays are kept.", code="holidays_too_many")
    days = _days(week)
    _refuse_overlaps(days)
    return Hours(ZoneInfo(time_zone), days, frozenset(holidays))


def stored_hours(week: Week, time_zone: str, holidays: Collection[date]) -> Hours:
    """Business hours that were sound when they were stored.

    A zone that the tz database has dropped since is read as UTC: nobody who waits for a person may fail for that.
    """
    if time_zone not in _known_zones():
        log.warning("The time zone %s is not known any more; UTC stands in for it", time_zone)
        time_zone = "UTC"
    return Hours(ZoneInfo(time_zone), _days(week), frozenset(holidays))


def _days(week: Week) -> tuple[tuple[Span, ...], ...]:
    if not week:
        return (WHOLE_DAY,) * 7
    if not set(week) <= set("0123456"):
        raise Invalid('The days of a week are "0" for Monday to "6" for Sunday.', code="hours_invalid")
    if any(len(spans) > MOST_SPANS for spans in week.values()):
        raise Invalid(f"A day has at most {MOST_SPANS} spans.", code="hours_invalid")
    return tuple(tuple(sorted(map(_span, week.get(str(day), ())), key=lambda span: span.start)) for day in range(7))


def _span(written: Sequence[str]) -> Span:
    if len(written) != 2:
        raise Invalid("A span has a beginning and an end.", code="hours_invalid")
    start, end = _minute(written[0]), DAY_MINUTES if written[1] == "24:00" else _minute(written[1])
    if start == end:
        raise Invalid("A span ends when it begins; the whole day is 00:00 to 24:00.", code="hours_span_empty")
    return Span(start, end if end > start else end + DAY_MINUTES)


def _minute(clock: str) -> int:
    read = _CLOCK.fullmatch(clock)
    if read is None:
        raise Invalid("A time is written as 09:30.", code="hours_invalid")
    return 60 * int(read[1]) + int(read[2])


def _refuse_overlaps(days: Sequence[Sequence[Span]]) -> None:
    of_week = [
        (day * DAY_MINUTES + span.start, day * DAY_MINUTES + span.end)
        for day, spans in enumerate(days)
        for span in spans
    ]
    if not of_week:
        return
    # After Sunday comes Monday again.
    around = [*of_week, (of_week[0][0] + 7 * DAY_MINUTES, 0)]
    for (_, end), (start, _) in pairwise(around):
        if start < end:
            day = start // DAY_MINUTES % 7
            raise Invalid("Two spans overlap.", code="hours_overlap", details=[{"day": day}])


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())
