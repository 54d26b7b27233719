"""Reports, counted anew whenever somebody looks: what they cost grows with the days that are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, Table, and_, case, func, select, true
from sqlalchemy.orm import Session

from frontdesk.conversations.models import HandoffReason, Inbox
from frontdesk.database import Sessions
from frontdesk.feedback import BEST, CONTENT_FROM
from frontdesk.reports import facts as of_conversations
from frontdesk.reports import waits as of_handoffs
from frontdesk.reports.counting import Measure, tally, tally_by
from frontdesk.reports.figures import MOST_TOPICS, RESPONSE_STEPS, OfTopic, Report, Times, Trend, Volume
from frontdesk.reports.filters import Filters
from frontdesk.reports.rates import Rate, change_between, rate_of
from frontdesk.triage.models import Topic

QUARTER = timedelta(minutes=15)
"""Every time zone is a whole number of these from UTC."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts of some days, one row for each conversation, and the waits, one for each handoff."""

    facts: Table
    waits: Table


class Reports:
    """What came of conversations."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def report(self, filters: Filters) -> Report:
        """The report of these days, compared with as many before them."""
        # Closing the session rolls back, and the temporary tables are gone.
        with self._sessions() as session:
            rows = _gather(session, filters, "report")
            earlier = _gather(session, filters.before(), "report_before")
            rates, rates_before = _rates(session, rows), _rates(session, earlier)
            volumes = _volumes(session, rows.facts)
            scores = _scores(session, rows.facts)
            *responses, unanswered = _responses(session, rows.waits)
            of_all = select(func.count(), func.count(rows.facts.c.contact_id.distinct()))
            conversations, contacts = session.execute(of_all.select_from(rows.facts)).one()
            return Report(
                conversations=conversations,
                conversations_before=rates_before["answered"].of,
                contacts=contacts,
                unknown=conversations - rates["resolved"].of,
                rates={
                    name: Trend(rate, rates_before[name], change_between(rates_before[name], rate))
                    for name, rate in rates.items()
                },
                times=_times(session, rows.waits),
                times_before=_times(session, earlier.waits),
                days=_by_day(filters, volumes),
                hours=_by_hour(filters, volumes),
                reasons=_reasons(session, rows.facts),
                topics=_topics(session, rows.facts),
                scores=scores,
                mean_score=_mean(scores),
                responses=responses,
                unanswered=unanswered,
            )

    def inboxes(self) -> Sequence[Inbox]:
        """The inboxes by channel."""
        with self._sessions() as session:
            return session.scalars(select(Inbox).order_by(Inbox.channel)).all()

    def topics(self) -> Sequence[Topic]:
        """The topics by name."""
        with self._sessions() as session:
            return session.scalars(select(Topic).order_by(func.lower(Topic.name), Topic.id)).all()


def _gather(session: Session, filters: Filters, name: str) -> Gathered:
    facts = of_conversations.gather(session, filters, f"{name}_facts")
    return Gathered(facts, of_handoffs.gather(session, facts, f"{name}_waits"))


def _rates(session: Session, rows: Gathered) -> Mapping[str, Rate]:
    facts, waits = rows.facts.c, rows.waits.c
    is_rated = facts.liked + facts.disliked > 0
    of_conversation = {
        "answered": Measure(facts.answered, true()),
        "handed_over": Measure(facts.reason.is_not(None), true()),
        "asked_back": Measure(facts.answered, facts.asked_back > 0),
        "resolved": Measure(facts.resolved, facts.known),
        "resolved_alone": Measure(and_(facts.resolved, facts.answered), facts.known),
        "content": Measure(facts.score >= CONTENT_FROM, facts.score.is_not(None)),
        "liked": Measure(facts.disliked == 0, is_rated),
    }
    of_handoff = {
        "first_response": Measure(waits.response_kept, waits.response_kept.is_not(None)),
        "resolution": Measure(waits.resolution_kept, waits.resolution_kept.is_not(None)),
    }
    tallies = tally(session, rows.facts, of_conversation) | tally(session, rows.waits, of_handoff)
    return {name: rate_of(found) for name, found in tallies.items()}


def _reasons(session: Session, facts: Table) -> Mapping[HandoffReason, Rate]:
    handed = facts.c.reason.is_not(None)
    found = tally(session, facts, {one.value: Measure(facts.c.reason == one, handed) for one in HandoffReason})
    return {one: rate_of(found[one.value]) for one in HandoffReason if found[one.value].count}


def _topics(session: Session, facts: Table) -> Sequence[OfTopic]:
    """The topics with most conversations, most first; those without a topic come last."""
    measures = {
        "answered": Measure(facts.c.answered, true()),
        "resolved": Measure(facts.c.resolved, facts.c.known),
    }
    names = dict(session.execute(select(Topic.id, Topic.name)).all())
    found = [
        OfTopic(topic_id, names.get(topic_id), of["answered"].of, rate_of(of["answered"]), rate_of(of["resolved"]))
        for topic_id, of in tally_by(session, facts, measures, facts.c.topic_id).items()
    ]
    found.sort(key=lambda one: (one.topic_id is None, -one.conversations, one.name or ""))
    named = [one for one in found if one.topic_id is not None][:MOST_TOPICS]
    return [*named, *(one for one in found if one.topic_id is None)]


def _times(session: Session, waits: Table) -> Mapping[str, Times]:
    def times(seconds: ColumnElement[float]) -> Times:
        parts = (func.percentile_cont(share).within_group(seconds) for share in (0.5, 0.9))
        return Times(*session.execute(select(func.count(seconds), *parts)).one())

    return {
        "first_response": times(waits.c.response_seconds),
        "resolution": times(waits.c.resolution_seconds),
    }


def _responses(session: Session, waits: Table) -> Sequence[int]:
    """First responses by class, and at the end the handoffs without one."""
    seconds = waits.c.response_seconds
    ends = [*((seconds <= step, place) for place, step in enumerate(RESPONSE_STEPS))]
    class_ = case(*ends, (seconds.is_not(None), len(RESPONSE_STEPS)), else_=len(RESPONSE_STEPS) + 1)
    found: dict[int, int] = dict(session.execute(select(class_, func.count()).group_by(class_)).all())
    return [found.get(place, 0) for place in range(len(RESPONSE_STEPS) + 2)]


def _volumes(session: Session, facts: Table) -> Mapping[datetime, Volume]:
    """By quarters of an hour."""
    quarter = func.date_bin(QUARTER, facts.c.created_at, datetime(2000, 1, 1, tzinfo=UTC))
    counts = (func.count(), _count(facts.c.answered), _count(facts.c.reason.is_not(None)))
    found = session.execute(select(quarter, *counts).group_by(quarter)).all()
    return {moment: Volume(*numbers) for moment, *numbers in found}


def _by_day(filters: Filters, volumes: Mapping[datetime, Volume]) -> Sequence[tuple[date, Volume]]:
    days = {filters.first + timedelta(days=number): Volume() for number in range(filters.days)}
    for moment, volume in volumes.items():
        days[filters.local(moment).date()] += volume
    return list(days.items())


def _by_hour(filters: Filters, volumes: Mapping[datetime, Volume]) -> Sequence[Sequence[Volume]]:
    week = [[Volume()] * 24 for _ in range(7)]
    for moment, volume in volumes.items():
        local = filters.local(moment)
        week[local.weekday()][local.hour] += volume
    return week


def _scores(session: Session, facts: Table) -> Sequence[int]:
    """How often each score was given, from the worst on."""
    by_score = select(facts.c.score, func.count()).group_by(facts.c.score)
    counts: dict[int | None, int] = dict(session.execute(by_score).all())
    return [counts.get(score, 0) for score in range(1, BEST + 1)]


def _mean(scores: Sequence[int]) -> float | None:
    count = sum(scores)
    return sum(score * times for score, times in enumerate(scores, 1)) / count if count else None


def _count(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((what, 1), else_=0))
