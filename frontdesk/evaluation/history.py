"""What contacts asked lately of a knowledge base, each question once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Rule
from frontdesk.conversations.models import Conversation, Inbox, InboxKnowledgeBase
from frontdesk.evaluation.expectations import plain

READ_AT_ONCE = 1000
BY_KNOWLEDGE = (Rule.NOTHING_FOUND, Rule.TWO_CLOSE, Rule.BELOW_THRESHOLD, Rule.CONFIDENT)
MOST_READ = 50_000
"""Decisions that are looked through for distinct questions."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as it was searched for, standing alone, with the tags of the inbox that it came to."""

    message_id: uuid.UUID
    text: str
    tags: Sequence[str]


def asked_lately(session: Session, knowledge_base_id: uuid.UUID, most: int) -> Sequence[AskedQuestion]:
    """The last `most` distinct questions to inboxes that answer from the knowledge base, newest first.

    What no knowledge decided, such as the wish for a person, is left out.
    """
    inboxes = (
        select(Inbox.id, Inbox.tags)
        .join(InboxKnowledgeBase, InboxKnowledgeBase.inbox_id == Inbox.id)
        .where(InboxKnowledgeBase.knowledge_base_id == knowledge_base_id)
    )
    tags_of = dict(session.execute(inboxes).all())
    rows = session.execute(
        select(Decision.message_id, Decision.record["query"].astext, Conversation.inbox_id)
        .join(Conversation, Conversation.id == Decision.conversation_id)
        .where(
            Conversation.inbox_id.in_(tags_of),
            Decision.record["rule"].astext.in_(BY_KNOWLEDGE),
        )
        .order_by(Decision.created_at.desc())
        .limit(MOST_READ)
        .execution_options(yield_per=READ_AT_ONCE)
    )
    found: dict[tuple[str, frozenset[str]], AskedQuestion] = {}
    for message_id, text, inbox_id in rows:
        if len(found) == most:
            break
        tags = tags_of[inbox_id]
        found.setdefault((plain(text), frozenset(tags)), AskedQuestion(message_id, text, tags))
    return list(found.values())
