"""Inboxes: how each presents the shop, which knowledge it answers from, and what it leaves to people."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from frontdesk.conversations.models import Inbox, InboxKnowledgeBase
from frontdesk.conversations.sensitive_topics import Sensitive, SensitiveTopic, clean_words
from frontdesk.database import Sessions, new_id
from frontdesk.errors import Invalid, NotFound
from frontdesk.language import Language

PLAIN_GREETING = {
    "name": {Language.ZH: "在线客服", Language.EN: "Customer service"},
    "greeting": {Language.ZH: "您好！请问有什么可以帮您？", Language.EN: "Hello! How can we help you?"},
    "suggestions": {Language.ZH: [], Language.EN: []},
}


class Inboxes:
    """Reading and changing inboxes."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def get(self, channel: str) -> Inbox:
        """The inbox of a channel; raises NotFound."""
        with self._sessions() as session:
            return inbox_of(session, channel)

    def ensure(self, channel: str, knowledge_base_id: uuid.UUID) -> None:
        """Make the inbox of a channel, which answers from this, with a plain greeting, unless there is one."""
        with self._sessions.begin() as session:
            made = session.scalar(
                insert(Inbox)
                .values(id=new_id(), channel=channel, greeting=PLAIN_GREETING, tags=[])
                .on_conflict_do_nothing()
                .returning(Inbox.id)
            )
            if made is not None:
                _answer_from(session, made, [knowledge_base_id])

    def bases(self, channel: str) -> Sequence[uuid.UUID]:
        """The knowledge bases that the inbox of a channel answers from; raises NotFound."""
        with self._sessions() as session:
            return bases_of(session, inbox_of(session, channel).id)

    def answer_from(self, channel: str, knowledge_base_ids: Sequence[uuid.UUID], tags: Sequence[str] = ()) -> None:
        """Have the inbox of a channel answer from these; with tags, only from what has one of them.

        Raises NotFound for one that is not there, or Invalid.
        """
        if not knowledge_base_ids:
            raise Invalid("An inbox answers from one knowledge base at least.", code="inbox_without_base")
        try:
            with self._sessions.begin() as session:
                inbox = inbox_of(session, channel, lock=True)
                inbox.tags = list(tags)
                session.execute(delete(InboxKnowledgeBase).where(InboxKnowledgeBase.inbox_id == inbox.id))
                _answer_from(session, inbox.id, knowledge_base_ids)
        except IntegrityError as error:
            raise NotFound("There is no such knowledge base.", code="knowledge_base_not_found") from error

    def leave_to_people(self, channel: str, off: Iterable[SensitiveTopic], words: Sequence[str]) -> Sensitive:
        """Have the inbox of a channel leave to people all built-in topics but these, and what has one of the words.

        Raises NotFound or Invalid.
        """
        cleaned = clean_words(words)
        with self._sessions.begin() as session:
            inbox = inbox_of(session, channel, lock=True)
            inbox.sensitive_off = sorted({topic.value for topic in off})
            inbox.sensitive_words = cleaned
        return inbox.sensitive

    def greet(self, channel: str, greeting: dict[str, Any]) -> Inbox:
        """Present the shop differently: `name`, `greeting` and `suggestions`, each by language. Raises NotFound."""
        with self._sessions.begin() as session:
            inbox = inbox_of(session, channel)
            inbox.greeting = greeting
        return inbox


def inbox_of(session: Session, channel: str, lock: bool = False) -> Inbox:
    """The inbox of a channel, locked if wanted; raises NotFound."""
    wanted = select(Inbox).where(Inbox.channel == channel)
    inbox = session.scalar(wanted.with_for_update() if lock else wanted)
    if inbox is None:
        raise NotFound(f"There is no inbox for {channel}.", code="inbox_not_found")
    return inbox


def bases_of(session: Session, inbox_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The knowledge bases that an inbox answers from, in their order."""
    return session.scalars(
        select(InboxKnowledgeBase.knowledge_base_id)
        .where(InboxKnowledgeBase.inbox_id == inbox_id)
        .order_by(InboxKnowledgeBase.position)
    ).all()


def sensitive_with(session: Session, knowledge_base_id: uuid.UUID) -> Sensitive:
    """What is sensitive in the first inbox that answers from a knowledge base; in none: all built-in topics."""
    inbox = session.scalar(
        select(Inbox)
        .join(InboxKnowledgeBase, InboxKnowledgeBase.inbox_id == Inbox.id)
        .where(InboxKnowledgeBase.knowledge_base_id == knowledge_base_id)
        .order_by(Inbox.channel)
        .limit(1)
    )
    return inbox.sensitive if inbox else Sensitive()


def _answer_from(session: Session, inbox_id: uuid.UUID, knowledge_base_ids: Sequence[uuid.UUID]) -> None:
    session.add_all(
        InboxKnowledgeBase(inbox_id=inbox_id, knowledge_base_id=knowledge_base_id, position=position)
        for position, knowledge_base_id in enumerate(dict.fromkeys(knowledge_base_ids))
    )
