"""What contacts asked lately of a knowledge base, each question once, and of what else their inboxes ask it."""

import uuid
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Rule
from frontdesk.conversations.models import Conversation, Inbox, InboxKnowledgeBase
from frontdesk.evaluation.expectations import plain
from frontdesk.knowledge.models import KnowledgeBase

READ_AT_ONCE = 1000
BY_KNOWLEDGE = (Rule.NOTHING_FOUND, Rule.ONE_OF_SEVERAL, Rule.BELOW_THRESHOLD, Rule.CONFIDENT)
MOST_READ = 50_000
"""Decisions that are looked through for distinct questions."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as it was searched for, standing alone, with the inbox that it came to and its tags."""

    message_id: uuid.UUID
    text: str
    inbox_id: uuid.UUID
    tags: Sequence[str]


def asked_lately(session: Session, knowledge_base_id: uuid.UUID, most: int) -> Sequence[AskedQuestion]:
    """The last `most` distinct questions to inboxes that answer from the knowledge base, newest first.

    What no knowledge decided, such as the wish for a person, is left out. Two inboxes that make the same of a
    question count as one.
    """
    found_inboxes = session.scalars(
        select(Inbox)
        .join(InboxKnowledgeBase, InboxKnowledgeBase.inbox_id == Inbox.id)
        .where(InboxKnowledgeBase.knowledge_base_id == knowledge_base_id)
    )
    inboxes = {inbox.id: inbox for inbox in found_inboxes}
    beside = published_beside(session, inboxes)
    makes: dict[uuid.UUID, Hashable] = {
        inbox.id: (frozenset(inbox.tags), inbox.sensitive, str(beside[str(inbox.id)])) for inbox in inboxes.values()
    }
    rows = session.execute(
        select(Decision.message_id, Decision.record["query"].astext, Conversation.inbox_id)
        .join(Conversation, Conversation.id == Decision.conversation_id)
        .where(
            Conversation.inbox_id.in_(inboxes),
            Decision.record["rule"].astext.in_(BY_KNOWLEDGE),
        )
        .order_by(Decision.created_at.desc())
        .limit(MOST_READ)
        .execution_options(yield_per=READ_AT_ONCE)
    )
    found: dict[tuple[str, Hashable], AskedQuestion] = {}
    for message_id, text, inbox_id in rows:
        if len(found) == most:
            break
        asked = AskedQuestion(message_id, text, inbox_id, inboxes[inbox_id].tags)
        found.setdefault((plain(text), makes[inbox_id]), asked)
    return list(found.values())


def published_beside(session: Session, inbox_ids: Iterable[uuid.UUID]) -> dict[str, Any]:
    """By the id of each inbox, what it answers from, in its order: ids of knowledge bases, each with its published
    version; as a run keeps it."""
    rows = session.execute(
        select(InboxKnowledgeBase.inbox_id, KnowledgeBase.id, KnowledgeBase.published)
        .join(KnowledgeBase, KnowledgeBase.id == InboxKnowledgeBase.knowledge_base_id)
        .where(InboxKnowledgeBase.inbox_id.in_(list(inbox_ids)))
        .order_by(InboxKnowledgeBase.position)
    )
    beside: dict[str, Any] = {}
    for inbox_id, knowledge_base_id, published in rows:
        beside.setdefault(str(inbox_id), []).append([str(knowledge_base_id), published])
    return beside
