"""Reports agree with what was counted by hand, and their intervals with what is behind it."""

import statistics
from collections import Counter
from datetime import date

import pytest

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation
from frontdesk.database import now
from frontdesk.reports.figures import Report
from frontdesk.reports.filters import Filters
from frontdesk.teams.models import Team
from tests.reports.month import Known, month_of
from tests.reports.oracle import Expected, expected

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def team(frontdesk: Frontdesk, agent: Agent) -> Team:
    """Somebody answers within ten minutes."""
    team = Team(name="Shop", position=0, first_response_minutes=Known().target_minutes)
    with frontdesk.sessions.begin() as session:
        session.add(team)
    return team


def agrees(report: Report, told: Expected) -> None:
    """Fails the test unless both say the same."""
    for name, trend in report.rates.items():
        assert (trend.now.count, trend.now.of) == (told.counts[name], told.among[name]), name
        if trend.now.of:
            assert trend.now.low <= trend.now.count / trend.now.of <= trend.now.high
    assert {reason: rate.count for reason, rate in report.reasons.items()} == dict(told.reasons)
    for name, seconds in (("first_response", told.responses), ("resolution", told.resolutions)):
        assert report.times[name].count == len(seconds)
        assert report.times[name].median == pytest.approx(statistics.median(seconds), abs=0.001)
    assert sum(report.responses) == len(told.responses)
    counted = {(day, hour): v.conversations for day, row in enumerate(report.hours) for hour, v in enumerate(row)}
    assert +Counter(counted) == told.hours
    assert {day: volume.conversations for day, volume in report.days if volume.conversations} == dict(told.days)


def test_a_month_of_20000_conversations_agrees_with_a_count_by_hand(frontdesk: Frontdesk, team: Team) -> None:
    month = month_of(frontdesk.engine, 20_000)
    report = frontdesk.reports.report(MARCH)
    assert report.conversations == 20_000
    assert report.contacts == len({one["contact_id"] for one in month.rows[Conversation]})
    agrees(report, expected(month, now()))
    topic = month.topics[3]
    of_topic = frontdesk.reports.report(Filters(MARCH.first, MARCH.last, topic_id=topic))
    told = expected(month, now(), topic_id=topic)
    agrees(of_topic, told)
    (row,) = [one for one in report.topics if one.topic_id == topic]
    assert (row.answered.count, row.answered.of) == (told.counts["answered"], told.among["answered"])
    assert (row.resolved.count, row.resolved.of) == (told.counts["resolved"], told.among["resolved"])
