"""A report: what came of the conversations of some days."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from frontdesk.conversations.models import HandoffReason
from frontdesk.reports.rates import Change, Rate

RESPONSE_STEPS = (60, 300, 900, 3600, 4 * 3600)
"""In seconds: where the classes of first response times end; the last class has no end."""
MOST_TOPICS = 12


@dataclass(frozen=True, slots=True)
class Trend:
    """A rate, what it was in as many days before, and how much it has changed."""

    now: Rate
    before: Rate
    change: Change | None


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: half of `count` took at most the median, nine of ten at most `p90`; None where there are none."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Volume:
    """How many conversations began, and what came of them."""

    conversations: int = 0
    answered: int = 0
    handed_over: int = 0

    def __add__(self, other: "Volume") -> "Volume":
        return Volume(
            self.conversations + other.conversations,
            self.answered + other.answered,
            self.handed_over + other.handed_over,
        )


@dataclass(frozen=True, slots=True)
class OfTopic:
    """What came of the conversations about one topic; None: of which the topic is not known."""

    topic_id: uuid.UUID | None
    name: str | None
    conversations: int
    answered: Rate
    resolved: Rate


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    `rates` are by name: `answered` and `handed_over` of the conversations, `asked_back` (answered) of those where
    the assistant asked back, `resolved` and `resolved_alone` (by the assistant) of those whose outcome is known,
    `content` of the surveys (4 or 5), `liked` of the rated conversations, `first_response` and `resolution` of the
    handoffs whose target is decided. `unknown` counts the conversations whose resolution is not known yet. `hours`
    are 7 days from Monday on of 24 hours each. `responses` counts first responses by the classes of RESPONSE_STEPS,
    `unanswered` handoffs that have none.
    """

    conversations: int
    conversations_before: int
    contacts: int
    unknown: int
    rates: Mapping[str, Trend]
    times: Mapping[str, Times]
    times_before: Mapping[str, Times]
    days: Sequence[tuple[date, Volume]]
    hours: Sequence[Sequence[Volume]]
    reasons: Mapping[HandoffReason, Rate]
    topics: Sequence[OfTopic]
    scores: Sequence[int]
    mean_score: float | None
    responses: Sequence[int]
    unanswered: int
