"""Conversations out of Frontdesk: a table for spreadsheets, and exchanges that a chat model is taught by.

Both are read a day at a time, in transactions of their own, so that whoever downloads slowly holds none open, and
the memory that it takes does not grow with the days.
"""

import csv
import io
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from frontdesk.agents import Agent
from frontdesk.contacts import label
from frontdesk.conversations.models import Conversation, Inbox, Message
from frontdesk.database import Sessions
from frontdesk.feedback import UNHAPPY_TO, Survey, surveys_of
from frontdesk.knowledge.entry_files.formulas import disarm
from frontdesk.knowledge.passages import Passages
from frontdesk.privacy import without_personal
from frontdesk.reports import facts as of_conversations
from frontdesk.reports import waits as of_handoffs
from frontdesk.reports.exchanges import Cleaning, line_of
from frontdesk.reports.filters import Filters
from frontdesk.triage.models import Topic

CONVERSATIONS_AT_ONCE = 200
COLUMNS = (
    "id",
    "began",
    "last_message",
    "contact",
    "inbox",
    "language",
    "topic",
    "outcome",
    "handoff_reason",
    "first_response_seconds",
    "resolution_seconds",
    "resolved",
    "returned",
    "thumbs_up",
    "thumbs_down",
    "survey_score",
    "survey_words",
)


class Exports:
    """Writing conversations out."""

    def __init__(self, sessions: Sessions, passages: Passages, order_numbers: re.Pattern[str] | None) -> None:
        self._sessions = sessions
        self._passages = passages
        self._order_numbers = order_numbers

    def table(self, filters: Filters) -> Iterator[bytes]:
        """CSV in pieces: a row for each conversation, oldest first; moments are ISO 8601 in the filters' zone.

        `resolved` is `yes`, `no`, or `unknown` until the contact has been silent for 7 days.
        """
        yield ("\ufeff" + _lines([COLUMNS])).encode()  # or Excel takes it for the encoding of its country
        for day in filters.each_day():
            with self._sessions() as session:
                rows = _rows(session, day)
            yield _lines([disarm(cell) for cell in self._cells(row, filters)] for row in rows).encode()

    def exchanges(self, filters: Filters) -> Iterator[bytes]:
        """JSON Lines in pieces: for each conversation the questions with the answers that were accepted.

        Left out are conversations whose survey was bad, and answers whose source was deleted.
        """
        for day in filters.each_day():
            with self._sessions() as session:
                in_order = select(Conversation.id).where(*day.chosen()).order_by(Conversation.created_at)
                ids = session.scalars(in_order).all()
            for start in range(0, len(ids), CONVERSATIONS_AT_ONCE):
                yield "".join(self._lines_of(ids[start : start + CONVERSATIONS_AT_ONCE])).encode()

    def _lines_of(self, conversation_ids: Sequence[uuid.UUID]) -> Iterator[str]:
        with self._sessions() as session:
            surveys = surveys_of(session, conversation_ids)
            names = session.scalars(select(Agent.name)).all()
            said = _said(session, conversation_ids)
        cited = chain.from_iterable(message.citations for message in chain.from_iterable(said.values()))
        sources = {str(one.get("document_id") or one.get("entry_id")) for one in cited}
        gone = self._passages.gone(uuid.UUID(source) for source in sources if source != "None")
        cleaning = Cleaning(names, self._order_numbers, gone)
        for conversation_id in conversation_ids:
            survey = surveys.get(conversation_id)
            if survey is not None and survey.score <= UNHAPPY_TO:
                continue
            if line := line_of(said.get(conversation_id, ()), cleaning):
                yield line

    def _cells(self, row: Row[*tuple[object, ...]], filters: Filters) -> list[str]:
        outcome = "answered" if row.answered else "handed_over" if row.reason else "open"
        resolved = ("yes" if row.resolved else "no") if row.known else "unknown"
        words = without_personal(row.words, order_numbers=self._order_numbers) if row.words else None
        cells = (
            row.id,
            filters.local(row.created_at).isoformat(timespec="seconds"),
            filters.local(row.last_at).isoformat(timespec="seconds"),
            label(row.contact_id),
            row.channel,
            row.language,
            row.name,
            outcome,
            row.reason,
            _seconds(row.response_seconds),
            _seconds(row.resolution_seconds),
            resolved,
            "yes" if row.returned else "no",
            row.liked,
            row.disliked,
            row.score,
            words,
        )
        return ["" if cell is None else str(cell) for cell in cells]


def _rows(session: Session, filters: Filters) -> Sequence[Row[*tuple[object, ...]]]:
    facts = of_conversations.gather(session, filters, "export_facts")
    waits = of_handoffs.gather(session, facts, "export_waits")
    first = (
        select(waits.c.conversation_id, waits.c.response_seconds, waits.c.resolution_seconds)
        .ext(distinct_on(waits.c.conversation_id))
        .order_by(waits.c.conversation_id, waits.c.requested_at)
        .subquery()
    )
    return session.execute(
        select(facts, Inbox.channel, Topic.name, Survey.words, first.c.response_seconds, first.c.resolution_seconds)
        .join(Inbox, Inbox.id == facts.c.inbox_id)
        .outerjoin(Topic, Topic.id == facts.c.topic_id)
        .outerjoin(Survey, Survey.conversation_id == facts.c.id)
        .outerjoin(first, first.c.conversation_id == facts.c.id)
        .order_by(facts.c.created_at, facts.c.id)
    ).all()


def _said(session: Session, conversation_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Message]]:
    in_order = (
        select(Message)
        .where(Message.conversation_id.in_(conversation_ids))
        .order_by(Message.conversation_id, Message.sequence)
    )
    grouped = groupby(session.scalars(in_order), key=lambda message: message.conversation_id)
    return {conversation_id: list(messages) for conversation_id, messages in grouped}


def _lines(rows: "Iterator[Sequence[str]] | Sequence[Sequence[str]]") -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _seconds(seconds: object) -> str | None:
    return None if seconds is None else f"{float(str(seconds)):.0f}"
