"""Which conversations a report is about."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement

from frontdesk.conversations.models import Conversation
from frontdesk.errors import Invalid
from frontdesk.language import Language

LONGEST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Filters:
    """Conversations that began on one of these days, as the clock of a time zone has them, the last one included.

    Raises Invalid for days in the wrong order, too many, or an unknown zone.
    """

    first: date
    last: date
    zone: str = "UTC"
    inbox_id: uuid.UUID | None = None
    topic_id: uuid.UUID | None = None
    language: Language | None = None

    def __post_init__(self) -> None:
        if not date(2000, 1, 1) <= self.first <= self.last <= date(2999, 12, 31):
            raise Invalid("The first day of a report lies before its last.", code="days_invalid")
        if self.days > LONGEST_DAYS:
            raise Invalid(f"A report is about {LONGEST_DAYS} days at most.", code="days_too_many")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Invalid("There is no such time zone.", code="zone_invalid") from error

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        """The moment when the first day begins."""
        return self._midnight(self.first)

    @property
    def until(self) -> datetime:
        """The moment when the last day is over."""
        return self._midnight(self.last + timedelta(days=1))

    def before(self) -> "Filters":
        """The same for as many days just before."""
        ahead = timedelta(days=self.days)
        return replace(self, first=self.first - ahead, last=self.last - ahead)

    def each_day(self) -> Iterator["Filters"]:
        """The same for one day after the other."""
        days = (self.first + timedelta(days=number) for number in range(self.days))
        return (replace(self, first=day, last=day) for day in days)

    def local(self, moment: datetime) -> datetime:
        """A moment on the clock of the zone."""
        return moment.astimezone(ZoneInfo(self.zone))

    def chosen(self) -> list[ColumnElement[bool]]:
        """What holds of the conversations in which something was said."""
        wanted = [
            Conversation.created_at >= self.since,
            Conversation.created_at < self.until,
            Conversation.last_sequence > 0,
        ]
        if self.inbox_id is not None:
            wanted.append(Conversation.inbox_id == self.inbox_id)
        if self.topic_id is not None:
            wanted.append(Conversation.topic_id == self.topic_id)
        if self.language is not None:
            wanted.append(Conversation.language == self.language)
        return wanted

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)
