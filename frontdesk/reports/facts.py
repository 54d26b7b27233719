"""What came of each conversation, in one row each: what every rate of a report is counted from.

- **Answered**: the assistant has answered, and it was not handed over. **Handed over**: to people, at least once,
  for the reason of the first time.
- **Returned**: within 7 days the contact came back with it. That is, they began another conversation about the same
  topic (or where a topic is not known), or wrote again here an hour or more after an answer or a resolution.
- **Resolved**: answered, or handed over once and ended by people; and neither returned, nor a thumb down, nor a
  survey of 2 or less. It is **known** once the contact has been silent for 7 days.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Table, and_, case, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from frontdesk.conversations.models import Conversation, Form, Message, Sender, Status
from frontdesk.database import now
from frontdesk.feedback import UNHAPPY_TO, Survey
from frontdesk.handoffs.models import Handoff, Outcome
from frontdesk.reports.filters import Filters

RETURNS_WITHIN = timedelta(days=7)
SAME_VISIT = timedelta(hours=1)
"""Who writes again sooner has not been away."""
ANSWERS = (Form.QUOTED, Form.GENERATED)
ENDED = (Outcome.RESOLVED, Outcome.RETURNED)


def gather(session: Session, filters: Filters, name: str) -> Table:
    """The facts in a temporary table of this name, which is gone with the transaction."""
    made = facts(filters, now()).into(name, temporary=True)
    session.execute(made)
    return made.table


def facts(filters: Filters, moment: datetime) -> Select[*tuple[object, ...]]:
    """One row for each conversation in which the contact has said something."""
    said, handed, chosen = _said(filters), _handed(filters), Conversation.__table__.c
    answered = and_(said.c.answers > 0, handed.c.reason.is_(None))
    settled = or_(answered, and_(handed.c.times == 1, handed.c.outcome.in_(ENDED)))
    unwelcome = or_(said.c.disliked > 0, func.coalesce(Survey.score, UNHAPPY_TO + 1) <= UNHAPPY_TO)
    gathered = (
        select(
            chosen.id,
            chosen.contact_id,
            chosen.inbox_id,
            chosen.topic_id,
            chosen.language,
            chosen.created_at,
            said.c.last_at,
            said.c.asked_back,
            said.c.liked,
            said.c.disliked,
            func.coalesce(answered, False).label("answered"),
            handed.c.reason,
            handed.c.times,
            Survey.score,
            func.coalesce(and_(settled, ~unwelcome), False).label("settled"),
            or_(said.c.returns > 0, _began_another(said.c.last_at)).label("returned"),
            (said.c.last_at < literal(moment - RETURNS_WITHIN)).label("known"),
        )
        .select_from(Conversation)
        .join(said, said.c.conversation_id == Conversation.id)
        .outerjoin(handed, handed.c.conversation_id == Conversation.id)
        .outerjoin(Survey, Survey.conversation_id == Conversation.id)
        .where(*filters.chosen(), said.c.asked > 0)
        .cte("gathered")
        .prefix_with("MATERIALIZED")  # or whether somebody returned is looked up twice
    )
    return select(gathered, and_(gathered.c.settled, ~gathered.c.returned).label("resolved"))


def _said(filters: Filters) -> Subquery:
    """What was said in each conversation, counted."""
    entries = (
        select(
            Message.conversation_id,
            Message.sender,
            Message.form,
            Message.rating,
            Message.created_at,
            _previous(Message.created_at, "before_at"),
            _previous(Message.form, "before_form"),
            _previous(Message.status, "before_status"),
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(*filters.chosen())
        .subquery()
    )
    away = entries.c.created_at - entries.c.before_at
    by_contact = entries.c.sender == Sender.CONTACT
    had_ended = or_(entries.c.before_form.in_(ANSWERS), entries.c.before_status == Status.RESOLVED)
    comes_back = and_(by_contact, had_ended, away > SAME_VISIT, away <= RETURNS_WITHIN)
    return (
        select(
            entries.c.conversation_id,
            _count(by_contact).label("asked"),
            _count(and_(entries.c.sender == Sender.ASSISTANT, entries.c.form.in_(ANSWERS))).label("answers"),
            _count(entries.c.form == Form.CHOICE).label("asked_back"),
            _count(entries.c.rating == "up").label("liked"),
            _count(entries.c.rating == "down").label("disliked"),
            _count(comes_back).label("returns"),
            func.max(entries.c.created_at).filter(entries.c.sender != Sender.ACTIVITY).label("last_at"),
        )
        .group_by(entries.c.conversation_id)
        .subquery()
    )


def _previous(column: InstrumentedAttribute[Any], name: str) -> ColumnElement[Any]:
    """A column of the entry before."""
    before = func.lag(column, type_=column.type)
    return before.over(partition_by=Message.conversation_id, order_by=Message.sequence).label(name)


def _handed(filters: Filters) -> Subquery:
    """How often each conversation was handed over, why first, and how that ended last."""
    earliest = aggregate_order_by(Handoff.reason, Handoff.requested_at)
    latest = aggregate_order_by(Handoff.outcome, Handoff.requested_at.desc())
    return (
        select(
            Handoff.conversation_id,
            func.count().label("times"),
            func.array_agg(earliest, type_=ARRAY(Handoff.reason.type))[1].label("reason"),
            func.array_agg(latest, type_=ARRAY(Handoff.outcome.type))[1].label("outcome"),
        )
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(*filters.chosen())
        .group_by(Handoff.conversation_id)
        .subquery()
    )


def _began_another(last_at: ColumnElement[datetime]) -> ColumnElement[bool]:
    later = aliased(Conversation)
    return exists().where(
        later.contact_id == Conversation.contact_id,
        later.id != Conversation.id,
        later.last_sequence > 0,
        later.created_at > Conversation.created_at,
        later.created_at <= last_at + RETURNS_WITHIN,
        or_(later.topic_id == Conversation.topic_id, later.topic_id.is_(None), Conversation.topic_id.is_(None)),
    )


def _count(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((what, 1), else_=0))
