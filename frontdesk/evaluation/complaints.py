"""Answers of which a contact said that they are no help: by a thumb down, or in words with the next message."""

from sqlalchemy import ColumnElement, Float, func, or_, select
from sqlalchemy.orm import aliased

from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Outcome, Rule
from frontdesk.confidence.features import SAME
from frontdesk.conversations.models import Message

_next = aliased(Decision)
IS_ANSWERED: ColumnElement[bool] = Decision.record["outcome"].astext == Outcome.ANSWER
IS_DISLIKED: ColumnElement[bool] = IS_ANSWERED & or_(
    select(Message.id).where(Message.id == Decision.reply_id, Message.rating == "down").exists(),
    select(_next.record["rule"].astext)
    .where(_next.conversation_id == Decision.conversation_id, _next.created_at > Decision.created_at)
    .order_by(_next.created_at)
    .limit(1)
    .scalar_subquery()
    .in_((Rule.NO_HELP, Rule.ASKED_AGAIN)),
)
"""Of a decision."""
FIRST = Decision.record["passages"][0]
"""The first passage of a decision."""
FIRST_SOURCE: ColumnElement[str] = func.coalesce(FIRST["entry_id"].astext, FIRST["document_id"].astext)
IS_VERBATIM: ColumnElement[bool] = FIRST["lexical"].astext.cast(Float) >= SAME
"""Whether it was found by its very words, which no threshold is about."""
