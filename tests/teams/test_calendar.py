"""Business hours against a clock on the wall that is looked at every minute."""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from frontdesk.errors import Invalid
from frontdesk.teams.calendar import (
    add_business_minutes,
    is_open,
    next_opening,
)
from frontdesk.teams.hours import Hours, Week, read_hours, stored_hours

MINUTE = timedelta(minutes=1)
# Zones, with a day around which their clocks jump: by an hour forward and back, at midnight, by half an hour,
# by a whole day, or not at all.
JUMPS = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Shanghai", date(2026, 2, 17)),
    ("Asia/Kathmandu", date(2026, 12, 31)),
]
WEEKS_OF_EACH = 4
WORKING: Week = {str(day): [["09:00", "12:00"], ["13:00", "18:00"]] for day in range(5)}


class Watcher:
    """Looks at a clock every minute of ten days, and notes the furthest time that it has shown so far."""

    def __init__(self, zone: str, around: date) -> None:
        self.start = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=5)
        self.minutes = 10 * 24 * 60
        self.shown: list[datetime] = []
        furthest = datetime(1, 1, 1)  # noqa: DTZ001 a clock on a wall has no zone
        for number in range(-5 * 24 * 60, self.minutes):
            wall = (self.start + number * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            furthest = max(furthest, wall)
            if number >= 0:
                self.shown.append(furthest)

    def open_minutes(self, week: Week, holidays: Sequence[date]) -> list[bool]:
        """Whether somebody is there, minute by minute, as a person would read the week on the door."""
        return [any(self._covers(wall, week, holidays, back) for back in (0, 1)) for wall in self.shown]

    @staticmethod
    def _covers(wall: datetime, week: Week, holidays: Sequence[date], days_back: int) -> bool:
        day = wall.date() - timedelta(days=days_back)
        if day in holidays:
            return False
        spans = week.get(str(day.weekday()), []) if week else [["00:00", "24:00"]]
        now = 60 * wall.hour + wall.minute + 1440 * days_back
        for start, end in spans:
            first, last = (60 * int(clock[:2]) + int(clock[3:]) for clock in (start, end))
            if first <= now < (last if last > first else last + 1440):
                return True
        return False


def random_week(chance: random.Random) -> dict[str, list[list[str]]]:
    """Some spans on some days, none of which overlap; some go over midnight."""
    week: dict[str, list[list[str]]] = {}
    for day in range(7):
        if chance.random() < 0.25:
            continue
        times = sorted(chance.sample(range(0, 1440, chance.choice([1, 30])), 2 * chance.randint(1, 3)))
        spans = [[clock(start), clock(end)] for start, end in zip(times[::2], times[1::2], strict=True)]
        if chance.random() < 0.2:
            spans[-1][1] = "24:00"
        week[str(day)] = spans
    for day in range(7):
        tomorrow = week.get(str((day + 1) % 7))
        free_until = (tomorrow[0][0] if tomorrow else "12:00") if str(day) in week else "00:00"
        if free_until > "00:00" and chance.random() < 0.4:
            start, end = week[str(day)][-1][0], chance.choice([free_until, "00:00"])
            week[str(day)][-1][1] = end if end < start else "24:00"
    return week


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def watched() -> Iterator[tuple[Watcher, Hours, list[bool], random.Random]]:
    chance = random.Random(6)
    for zone, around in JUMPS:
        watcher = Watcher(zone, around)
        for _ in range(WEEKS_OF_EACH):
            week: Mapping[str, list[list[str]]] = random_week(chance) if chance.random() < 0.95 else {}
            holidays = [around + timedelta(days=chance.randint(-4, 4)) for _ in range(chance.randint(0, 3))]
            yield watcher, read_hours(week, zone, holidays), watcher.open_minutes(week, holidays), chance


def test_every_answer_is_that_of_somebody_who_watches_the_clock() -> None:
    seen = {"open": 0, "closed": 0, "added": 0}
    for watcher, hours, is_there, chance in watched():
        counted = [0, *accumulate(is_there)]
        turns = [n for n in range(1, watcher.minutes) if is_there[n] != is_there[n - 1]]
        for at in {*chance.sample(range(watcher.minutes), 15), *turns, *(turn - 1 for turn in turns)}:
            moment = watcher.start + at * MINUTE
            assert is_open(hours, moment) == is_there[at], moment
            seen["open" if is_there[at] else "closed"] += 1
            opens = bisect_right(counted, counted[at]) - 1
            if opens < watcher.minutes:
                assert next_opening(hours, moment) == watcher.start + opens * MINUTE
            minutes = chance.randint(1, 2000)
            due = bisect_left(counted, counted[at] + minutes)
            if due <= watcher.minutes:
                assert add_business_minutes(hours, moment, minutes) == watcher.start + due * MINUTE
                seen["added"] += 1
    assert all(count > 1000 for count in seen.values()), seen


class TestLimits:
    def test_without_hours_somebody_is_always_there(self) -> None:
        hours, moment = read_hours({}, "Asia/Shanghai"), datetime(2026, 1, 1, 3, 7, tzinfo=UTC)
        assert is_open(hours, moment)
        assert next_opening(hours, moment) == moment
        assert add_business_minutes(hours, moment, 90) == moment + 90 * MINUTE

    def test_a_week_of_closed_days_never_opens(self) -> None:
        hours, moment = read_hours({str(day): [] for day in range(7)}, "UTC"), datetime(2026, 1, 1, tzinfo=UTC)
        assert not is_open(hours, moment)
        assert next_opening(hours, moment) is None
        assert add_business_minutes(hours, moment, 1) is None

    def test_what_is_due_after_a_minute_a_week_is_given_up(self) -> None:
        hours = read_hours({"0": [["09:00", "09:01"]]}, "UTC")
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        assert add_business_minutes(hours, moment, 100) == datetime(2027, 11, 29, 9, 1, tzinfo=UTC)
        assert add_business_minutes(hours, moment, 1000) is None

    def test_time_that_runs_out_with_a_span_is_due_at_its_end(self) -> None:
        hours = read_hours(WORKING, "Asia/Shanghai")
        friday_evening = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)  # 17:30 there
        assert add_business_minutes(hours, friday_evening, 30) == datetime(2026, 1, 2, 10, tzinfo=UTC)
        assert add_business_minutes(hours, friday_evening, 31) == datetime(2026, 1, 5, 1, 1, tzinfo=UTC)
        assert add_business_minutes(hours, friday_evening, 0) == friday_evening

    def test_parts_of_minutes_count(self) -> None:
        hours, moment = read_hours(WORKING, "UTC"), datetime(2026, 1, 2, 11, 59, 30, tzinfo=UTC)
        assert add_business_minutes(hours, moment, 1) == datetime(2026, 1, 2, 13, 0, 30, tzinfo=UTC)

    def test_moments_of_any_zone_are_compared(self) -> None:
        hours = read_hours(WORKING, "Asia/Shanghai")
        assert is_open(hours, datetime(2026, 1, 5, 2, 0, tzinfo=ZoneInfo("Europe/Berlin")))


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "week",
        [
            {"7": []},
            {"Monday": []},
            {"0": [["9:00", "18:00"]]},
            {"0": [["09:00", "25:00"]]},
            {"0": [["24:00", "09:00"]]},
            {"0": [["09:00"]]},
            {"0": [["09:00", "18:00", "19:00"]]},
            {"0": [["09:00", "18:00\n"]]},
            {"0": [["０９:00", "18:00"]]},
            {"0": [[clock(2 * n), clock(2 * n + 1)] for n in range(7)]},
        ],
    )
    def test_what_is_no_week(self, week: Week) -> None:
        with pytest.raises(Invalid) as refused:
            read_hours(week, "UTC")
        assert refused.value.code == "hours_invalid"

    @pytest.mark.parametrize(
        ("week", "day"),
        [
            ({"0": [["09:00", "13:00"], ["12:59", "18:00"]]}, 0),
            ({"0": [["09:00", "08:00"]], "1": [["07:30", "12:00"]]}, 1),
            ({"6": [["20:00", "03:00"]], "0": [["02:00", "12:00"]]}, 0),
            ({"3": [["09:00", "18:00"], ["09:00", "18:00"]]}, 3),
        ],
    )
    def test_spans_that_overlap(self, week: Week, day: int) -> None:
        with pytest.raises(Invalid) as refused:
            read_hours(week, "UTC")
        assert (refused.value.code, refused.value.details) == ("hours_overlap", [{"day": day}])

    def test_spans_that_touch_are_fine(self) -> None:
        read_hours({"6": [["20:00", "02:00"]], "0": [["02:00", "12:00"], ["12:00", "24:00"]], "1": []}, "UTC")

    def test_a_span_takes_time(self) -> None:
        with pytest.raises(Invalid) as refused:
            read_hours({"2": [["09:00", "09:00"]]}, "UTC")
        assert refused.value.code == "hours_span_empty"

    @pytest.mark.parametrize(
        "zone", ["", "Mars/Base", "Europe", "../etc/passwd", "\0", "x" * 5000, "europe/berlin"]
    )
    def test_what_is_no_zone(self, zone: str) -> None:
        with pytest.raises(Invalid) as refused:
            read_hours({}, zone)
        assert refused.value.code == "time_zone_unknown"

    def test_too_many_holidays(self) -> None:
        with pytest.raises(Invalid) as refused:
            read_hours({}, "UTC", [date(2026, 1, 1) + timedelta(days=n) for n in range(401)])
        assert refused.value.code == "holidays_too_many"


def test_a_zone_that_is_no_more_does_not_stop_anybody() -> None:
    hours = stored_hours(WORKING, "Europe/Atlantis", [])
    assert is_open(hours, datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
