"""What a report has to say of a month's rows, counted anew in plain Python, one conversation after the other."""

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from frontdesk.conversations.models import Conversation, Message
from frontdesk.feedback import Survey
from frontdesk.handoffs.models import Handoff
from tests.reports.month import Month, Row

WEEK = timedelta(days=7)


@dataclass
class Expected:
    """Counts by name, each among so many; the response times, and conversations by weekday and hour."""

    counts: Counter[str] = field(default_factory=Counter)
    among: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    hours: Counter[tuple[int, int]] = field(default_factory=Counter)
    days: Counter[object] = field(default_factory=Counter)
    responses: list[float] = field(default_factory=list)
    resolutions: list[float] = field(default_factory=list)

    def count(self, name: str, good: bool, among: bool = True) -> None:
        if among:
            self.among[name] += 1
            self.counts[name] += good


def expected(month: Month, until: datetime, zone: str = "UTC", topic_id: uuid.UUID | None = None) -> Expected:
    """Of the month's conversations, of one topic if given, as seen at a moment."""
    messages, handoffs, of_contact = defaultdict(list), defaultdict(list), defaultdict(list)
    for message in month.rows[Message]:
        messages[message["conversation_id"]].append(message)
    for handoff in month.rows[Handoff]:
        handoffs[handoff["conversation_id"]].append(handoff)
    for conversation in month.rows[Conversation]:
        of_contact[conversation["contact_id"]].append(conversation)
    scores = {survey["conversation_id"]: survey["score"] for survey in month.rows[Survey]}
    told = Expected()
    for one in month.rows[Conversation]:
        if topic_id and one["topic_id"] != topic_id:
            continue
        said, handed, score = messages[one["id"]], handoffs[one["id"]], scores.get(one["id"])
        answered = not handed and any(m["form"] in ("quoted", "generated") for m in said)
        thumbs = [m["rating"] for m in said if m.get("rating")]
        settled = answered or (len(handed) == 1 and handed[0].get("outcome") == "resolved")
        bad = "down" in thumbs or (score is not None and score <= 2)
        fine = settled and not bad and not returned(one, said, of_contact[one["contact_id"]])
        known = until - last_said(said) > WEEK
        told.count("answered", answered)
        told.count("handed_over", bool(handed))
        told.count("asked_back", answered, any(m["form"] == "choice" for m in said))
        told.count("resolved", fine, known)
        told.count("resolved_alone", fine and answered, known)
        told.count("content", (score or 0) >= 4, score is not None)
        told.count("liked", "down" not in thumbs, bool(thumbs))
        local = one["created_at"].astimezone(ZoneInfo(zone))
        told.hours[local.weekday(), local.hour] += 1
        told.days[local.date()] += 1
        for handoff in handed:
            told.reasons[handoff["reason"]] += 1
            answer = next(m["created_at"] for m in said if m["sender"] == "agent")
            waited = (answer - handoff["requested_at"]).total_seconds()
            told.responses.append(waited)
            told.count("first_response", waited <= month.known.target_minutes * 60)
            if "ended_at" in handoff:
                told.resolutions.append((handoff["ended_at"] - handoff["requested_at"]).total_seconds())
    return told


def last_said(said: list[Row]) -> datetime:
    return max(m["created_at"] for m in said if m["sender"] != "activity")


def returned(one: Row, said: list[Row], own: list[Row]) -> bool:
    """Whether the contact came back with it within a week."""
    for before, after in pairwise(said):
        ended = before["form"] in ("quoted", "generated") or before.get("status") == "resolved"
        away = after["created_at"] - before["created_at"]
        if after["sender"] == "contact" and ended and timedelta(hours=1) < away <= WEEK:
            return True
    end = last_said(said) + WEEK
    return any(
        one["created_at"] < other["created_at"] <= end
        and (None in (one["topic_id"], other["topic_id"]) or one["topic_id"] == other["topic_id"])
        for other in own
    )
