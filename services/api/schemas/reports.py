"""What came of conversations, as it crosses the HTTP border."""

import uuid
from datetime import date
from typing import Self

from pydantic import Field

from frontdesk.conversations.models import HandoffReason
from frontdesk.reports.figures import RESPONSE_STEPS
from frontdesk.reports.figures import Report as DomainReport
from services.api.schemas.shape import Shape


class Proportion(Shape):
    """`count` of so many; the share behind it lies between the two others, but for a probability of 5 %."""

    count: int
    of: int
    low: float
    high: float


class Difference(Shape):
    """How much greater a share is than in the days before, and between what the change behind that lies."""

    by: float
    low: float
    high: float


class Trend(Shape):
    """A rate, and what it was in as many days before."""

    now: Proportion
    before: Proportion
    change: Difference | None = Field(description="Null where either counted nothing")


class Times(Shape):
    """Seconds."""

    count: int
    median: float | None
    p90: float | None


class Volume(Shape):
    """How many conversations began, and what came of them."""

    conversations: int
    answered: int
    handed_over: int


class DayVolume(Volume):
    """Those of one day."""

    day: date


class ReasonRate(Shape):
    """The share of the conversations that were handed over for this reason."""

    reason: HandoffReason
    rate: Proportion


class TopicRates(Shape):
    """What came of the conversations about one topic; null: of which the topic is not known."""

    topic_id: uuid.UUID | None
    name: str | None
    conversations: int
    answered: Proportion
    resolved: Proportion


class ResponseClass(Shape):
    """How many first responses took so many seconds at most, and more than the class before; null: any time."""

    seconds: int | None
    count: int


class Report(Shape):
    """What came of the conversations of some days. What each rate counts: `rates` of the domain's report."""

    conversations: int
    conversations_before: int
    contacts: int
    unknown: int = Field(description="Conversations of which it is not known yet whether they are resolved")
    rates: dict[str, Trend] = Field(
        description="By name: answered, handed_over, asked_back (answered where the assistant asked back), "
        "resolved, resolved_alone, content, liked, first_response and resolution (within the team's target)"
    )
    times: dict[str, Times] = Field(description="Of handoffs: first_response and resolution")
    times_before: dict[str, Times]
    days: list[DayVolume]
    hours: list[list[Volume]] = Field(description="From Monday on, each of 24 hours")
    reasons: list[ReasonRate] = Field(description="Most frequent first")
    topics: list[TopicRates]
    scores: list[int] = Field(description="How often each score of the survey was given, from 1 on")
    mean_score: float | None
    responses: list[ResponseClass]
    unanswered: int = Field(description="Handoffs in which no agent has written")

    @classmethod
    def of(cls, report: DomainReport) -> Self:
        """From the domain's report."""
        steps = (*RESPONSE_STEPS, None)
        reasons = sorted(report.reasons.items(), key=lambda one: -one[1].count)
        return cls(
            conversations=report.conversations,
            conversations_before=report.conversations_before,
            contacts=report.contacts,
            unknown=report.unknown,
            rates={name: Trend.model_validate(trend) for name, trend in report.rates.items()},
            times={name: Times.model_validate(times) for name, times in report.times.items()},
            times_before={name: Times.model_validate(times) for name, times in report.times_before.items()},
            days=[DayVolume(day=day, **Volume.model_validate(of).model_dump()) for day, of in report.days],
            hours=[[Volume.model_validate(hour) for hour in day] for day in report.hours],
            reasons=[ReasonRate(reason=reason, rate=Proportion.model_validate(rate)) for reason, rate in reasons],
            topics=[TopicRates.model_validate(topic) for topic in report.topics],
            scores=list(report.scores),
            mean_score=report.mean_score,
            responses=[
                ResponseClass(seconds=seconds, count=count)
                for seconds, count in zip(steps, report.responses, strict=True)
            ],
            unanswered=report.unanswered,
        )


class NamedChoice(Shape):
    """Something that a report can be about alone."""

    id: uuid.UUID
    name: str


class ReportChoices(Shape):
    """What reports can be narrowed to: inboxes by their channel, and topics."""

    inboxes: list[NamedChoice]
    topics: list[NamedChoice]
