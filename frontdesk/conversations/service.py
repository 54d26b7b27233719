"""The verbs of a conversation as the contact sees it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from frontdesk.contacts import Contact
from frontdesk.conversations.models import (
    Activity,
    Conversation,
    Form,
    Inbox,
    InboxKnowledgeBase,
    Message,
    Sender,
    Status,
)
from frontdesk.conversations.sensitive_topics import Sensitive, SensitiveTopic, clean_words
from frontdesk.database import Sessions, new_id, now
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.events import Events
from frontdesk.language import Language, detect
from frontdesk.texts import require_text

PLAIN_GREETING = {
    "name": {Language.ZH: "在线客服", Language.EN: "Customer service"},
    "greeting": {Language.ZH: "您好！请问有什么可以帮您？", Language.EN: "Hello! How can we help you?"},
    "suggestions": {Language.ZH: [], Language.EN: []},
}
LONGEST_MESSAGE = 4000
LONGEST_KEY = 128


@dataclass(frozen=True, slots=True)
class Posted:
    """A stored message; `fresh` is False when the same idempotency key had stored it before."""

    message: Message
    fresh: bool


class Conversations:
    """Opening, reading and writing conversations."""

    def __init__(self, sessions: Sessions, events: Events) -> None:
        self._sessions = sessions
        self._events = events

    def inbox(self, channel: str) -> Inbox:
        """The inbox of a channel; raises NotFound."""
        with self._sessions() as session:
            return _inbox(session, channel)

    def ensure_inbox(self, channel: str, knowledge_base_id: uuid.UUID) -> None:
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
            return bases_of(session, _inbox(session, channel).id)

    def answer_from(self, channel: str, knowledge_base_ids: Sequence[uuid.UUID], tags: Sequence[str] = ()) -> None:
        """Have the inbox of a channel answer from these; with tags, only from what has one of them.

        Raises NotFound for one that is not there, or Invalid.
        """
        if not knowledge_base_ids:
            raise Invalid("An inbox answers from one knowledge base at least.", code="inbox_without_base")
        try:
            with self._sessions.begin() as session:
                inbox = _inbox(session, channel, lock=True)
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
            inbox = _inbox(session, channel, lock=True)
            inbox.sensitive_off = sorted({topic.value for topic in off})
            inbox.sensitive_words = cleaned
        return inbox.sensitive

    def greet(self, channel: str, greeting: dict[str, Any]) -> Inbox:
        """Present the shop differently: `name`, `greeting` and `suggestions`, each by language. Raises NotFound."""
        with self._sessions.begin() as session:
            inbox = _inbox(session, channel)
            inbox.greeting = greeting
        return inbox

    def open(self, channel: str, contact_id: uuid.UUID | None, language: Language | None) -> Conversation:
        """A new conversation; a contact is made when none comes along."""
        with self._sessions.begin() as session:
            inbox = _inbox(session, channel)
            contact = session.get(Contact, contact_id) if contact_id else None
            if contact is None:
                contact = Contact(id=contact_id or new_id())
                session.add(contact)
                session.flush()
            conversation = Conversation(
                inbox_id=inbox.id,
                contact_id=contact.id,
                language=language or Language.ZH,
                status=Status.PENDING,
            )
            session.add(conversation)
        return conversation

    def of_contact(self, contact_id: uuid.UUID, limit: int = 50) -> Sequence[Conversation]:
        """The contact's newest conversations, newest first."""
        with self._sessions() as session:
            return session.scalars(
                select(Conversation)
                .where(Conversation.contact_id == contact_id)
                .order_by(Conversation.created_at.desc())
                .limit(limit)
            ).all()

    def first_words(self, conversation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
        """What the contact said first in each of these conversations, but for those in which nothing was said."""
        with self._sessions() as session:
            found = session.scalars(
                select(Message)
                .where(Message.conversation_id.in_(conversation_ids), Message.sender == Sender.CONTACT)
                .ext(distinct_on(Message.conversation_id))
                .order_by(Message.conversation_id, Message.sequence)
            )
            return {message.conversation_id: message.text for message in found}

    def last_sequences(self, conversation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
        """How far each of these conversations has come: the sequence number of its last entry."""
        with self._sessions() as session:
            found = session.execute(
                select(Conversation.id, Conversation.last_sequence).where(Conversation.id.in_(conversation_ids))
            )
            return {row.id: row.last_sequence for row in found}

    def get(self, conversation_id: uuid.UUID, contact_id: uuid.UUID | None = None) -> Conversation:
        """The conversation; raises NotFound, also when a contact is given and it is not theirs."""
        with self._sessions() as session:
            conversation = session.get(Conversation, conversation_id)
        if conversation is None or (contact_id and conversation.contact_id != contact_id):
            raise _not_found()
        return conversation

    def messages(self, conversation_id: uuid.UUID, after: int = 0) -> Sequence[Message]:
        """All entries after a sequence number, in order, activities included."""
        with self._sessions() as session:
            return session.scalars(
                select(Message)
                .where(Message.conversation_id == conversation_id, Message.sequence > after)
                .order_by(Message.sequence)
            ).all()

    def receive(
        self, conversation_id: uuid.UUID, contact_id: uuid.UUID, text: str, idempotency_key: str | None
    ) -> Posted:
        """Store a contact's message, once per key. When it returns, a reply or a handoff is owed.

        Raises Invalid, NotFound, or Conflict when the key was used for another text.
        """
        text = require_text(text, LONGEST_MESSAGE, "The message")
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            if conversation.contact_id != contact_id:
                raise _not_found()
            if earlier := find_by_key(session, conversation_id, Sender.CONTACT, idempotency_key, text):
                return Posted(earlier, fresh=False)
            conversation.language = detect(text, conversation.language)
            was_snoozed = conversation.status == Status.SNOOZED
            conversation.receive()
            message = append(
                session,
                conversation,
                Message(sender=Sender.CONTACT, form=Form.WRITTEN, text=text, idempotency_key=idempotency_key),
            )
            if was_snoozed:
                record_activity(session, conversation, Activity.WOKEN, conversation.assignee_id)
        self._events.wake(conversation_id)
        return Posted(message, fresh=True)

    def rate(
        self,
        conversation_id: uuid.UUID,
        contact_id: uuid.UUID,
        message_id: uuid.UUID,
        rating: str | None,
        reason: str | None,
    ) -> Message:
        """The contact's thumb on a reply; None takes it back. Raises NotFound, or Invalid for their own message."""
        reason = require_text(reason, 500, "The reason") if reason else None
        with self._sessions.begin() as session:
            conversation = session.get(Conversation, conversation_id)
            message = session.get(Message, message_id, with_for_update=True)
            if conversation is None or conversation.contact_id != contact_id:
                raise _not_found()
            if message is None or message.conversation_id != conversation_id:
                raise NotFound("There is no such message here.", code="message_not_found")
            if message.sender not in (Sender.ASSISTANT, Sender.AGENT):
                raise Invalid("Only replies can be rated.", code="not_a_reply")
            message.rating, message.rating_reason = rating, reason
        return message


def lock(session: Session, conversation_id: uuid.UUID) -> Conversation:
    """The conversation, locked until the transaction ends: whoever changes or appends to it goes through here."""
    conversation = session.get(Conversation, conversation_id, with_for_update=True)
    if conversation is None:
        raise _not_found()
    return conversation


def append(session: Session, conversation: Conversation, message: Message) -> Message:
    """Add an entry under the next sequence number; the conversation must be locked."""
    conversation.last_sequence += 1
    conversation.updated_at = now()
    message.conversation_id = conversation.id
    message.sequence = conversation.last_sequence
    session.add(message)
    session.flush()
    return message


def record_activity(
    session: Session, conversation: Conversation, activity: Activity, agent_id: uuid.UUID | None = None
) -> None:
    """Tell those who follow a conversation that it changed hands; `agent_id` is its owner, or who gave it away."""
    append(
        session,
        conversation,
        Message(
            sender=Sender.ACTIVITY,
            form=Form.NOTICE,
            status=conversation.status,
            activity=activity,
            agent_id=agent_id,
        ),
    )


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


def find_by_key(
    session: Session, conversation_id: uuid.UUID, sender: Sender, idempotency_key: str | None, text: str
) -> Message | None:
    """The message that this key stored before; raises Conflict when it was another text, Invalid for a bad key."""
    if idempotency_key is None:
        return None
    if not 0 < len(idempotency_key) <= LONGEST_KEY or not idempotency_key.isprintable():
        raise Invalid(f"An idempotency key has 1 to {LONGEST_KEY} printable characters.", code="key_invalid")
    earlier = session.scalar(
        select(Message).where(
            Message.conversation_id == conversation_id,
            Message.sender == sender,
            Message.idempotency_key == idempotency_key,
        )
    )
    if earlier and earlier.text != text:
        raise Conflict("This idempotency key was used for another message.", code="key_reused")
    return earlier


def _answer_from(session: Session, inbox_id: uuid.UUID, knowledge_base_ids: Sequence[uuid.UUID]) -> None:
    session.add_all(
        InboxKnowledgeBase(inbox_id=inbox_id, knowledge_base_id=knowledge_base_id, position=position)
        for position, knowledge_base_id in enumerate(dict.fromkeys(knowledge_base_ids))
    )


def _inbox(session: Session, channel: str, lock: bool = False) -> Inbox:
    wanted = select(Inbox).where(Inbox.channel == channel)
    inbox = session.scalar(wanted.with_for_update() if lock else wanted)
    if inbox is None:
        raise NotFound(f"There is no inbox for {channel}.", code="inbox_not_found")
    return inbox


def _not_found() -> NotFound:
    return NotFound("There is no such conversation.", code="conversation_not_found")
