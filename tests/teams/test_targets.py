"""What is promised to a contact, and how it stands."""

from datetime import UTC, datetime, timedelta

import pytest

from frontdesk.teams.hours import read_hours
from frontdesk.teams.targets import Target, TargetState, target

WORKING = read_hours({str(day): [["09:00", "17:00"]] for day in range(5)}, "UTC")
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("moment", "met_at", "state"),
    [
        (0, None, TargetState.ON_TRACK),
        (0.799, None, TargetState.ON_TRACK),
        (0.8, None, TargetState.DUE_SOON),
        (1, None, TargetState.DUE_SOON),
        (1.001, None, TargetState.BREACHED),
        (1.001, 1, TargetState.KEPT),
        (5, 0.5, TargetState.KEPT),
        (5, 1.001, TargetState.MISSED),
    ],
)
def test_a_target_is_warned_of_breached_kept_or_missed(
    moment: float, met_at: float | None, state: TargetState
) -> None:
    promised = target(WORKING, MONDAY, 60)
    assert promised is not None
    assert promised.state(at(moment), None if met_at is None else at(met_at)) == state


def test_only_business_hours_count() -> None:
    friday = datetime(2026, 1, 2, 16, tzinfo=UTC)
    assert target(WORKING, friday, 120) == Target(warn_at=at(0.6), due_at=at(1))
    weekend = datetime(2026, 1, 3, 12, tzinfo=UTC)
    promised = target(WORKING, weekend, 30)
    assert promised is not None
    assert promised.state(at(-1)) == TargetState.ON_TRACK


def test_there_is_none_without_a_number_or_without_anybody() -> None:
    assert target(WORKING, MONDAY, None) is None
    assert target(read_hours({"0": []}, "UTC"), MONDAY, 60) is None
