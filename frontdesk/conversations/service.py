"""The verbs of a conversation as the contact sees it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from frontdesk.contacts import Contact
from frontdesk.conversations.attachments import MOST_OF_CONTACT, Attachment, digests
from frontdesk.conversations.inboxes import inbox_of
from frontdesk.conversations.models import (
    Activity,
    Conversation,
    Form,
    Message,
    Sender,
    Status,
)
from frontdesk.database import Sessions, new_id, now
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.events import Events
from frontdesk.language import Language, detect
from frontdesk.texts import require_text, without_controls

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

    def open(self, channel: str, contact_id: uuid.UUID | None, language: Language | None) -> Conversation:
        """A new conversation; a contact is made when none comes along."""
        with self._sessions.begin() as session:
            inbox = inbox_of(session, channel)
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
        """What the contact said first in each of these conversations, or what their first file is called; but for
        those in which nothing was said.
        """
        with self._sessions() as session:
            said = (Message.sender == Sender.CONTACT, Message.text != "")
            found = session.scalars(
                select(Message)
                .where(Message.conversation_id.in_(conversation_ids), *said)
                .ext(distinct_on(Message.conversation_id))
                .order_by(Message.conversation_id, Message.sequence)
            )
            words = {message.conversation_id: message.text for message in found}
            rest = [one for one in conversation_ids if one not in words]
            named = session.execute(
                select(Message.conversation_id, Attachment.name)
                .join(Attachment, Attachment.message_id == Message.id)
                .where(Message.conversation_id.in_(rest), Message.sender == Sender.CONTACT)
                .order_by(Message.sequence.desc(), Attachment.position.desc())
            )
            return words | {row.conversation_id: row.name for row in named}

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
            return find(session, conversation_id, contact_id)

    def messages(self, conversation_id: uuid.UUID, after: int = 0) -> Sequence[Message]:
        """All entries after a sequence number, in order, activities included."""
        with self._sessions() as session:
            return session.scalars(
                select(Message)
                .where(Message.conversation_id == conversation_id, Message.sequence > after)
                .order_by(Message.sequence)
            ).all()

    def receive(
        self,
        conversation_id: uuid.UUID,
        contact_id: uuid.UUID,
        text: str,
        idempotency_key: str | None,
        files: Sequence[Attachment] = (),
    ) -> Posted:
        """Store a contact's message, once per key. When it returns, a reply or a handoff is owed.

        Raises Invalid, NotFound, or Conflict when the key was used for another message or the conversation has as
        many files as a contact may send.
        """
        text = require_words(text, files)
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id, contact_id)
            if earlier := find_by_key(session, conversation_id, Sender.CONTACT, idempotency_key, text, files):
                return Posted(earlier, fresh=False)
            if files:
                _require_room(session, conversation_id, len(files))
            conversation.language = detect(text, conversation.language)
            was_snoozed = conversation.status == Status.SNOOZED
            conversation.receive()
            message = append(
                session,
                conversation,
                Message(
                    sender=Sender.CONTACT,
                    form=Form.WRITTEN,
                    text=text,
                    idempotency_key=idempotency_key,
                    attachments=list(files),
                ),
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
            find(session, conversation_id, contact_id)
            message = session.get(Message, message_id, with_for_update=True)
            if message is None or message.conversation_id != conversation_id:
                raise NotFound("There is no such message here.", code="message_not_found")
            if message.sender not in (Sender.ASSISTANT, Sender.AGENT):
                raise Invalid("Only replies can be rated.", code="not_a_reply")
            message.rating, message.rating_reason = rating, reason
        return message


def find(
    session: Session, conversation_id: uuid.UUID, contact_id: uuid.UUID | None = None, *, for_update: bool = False
) -> Conversation:
    """The conversation; raises NotFound, also when a contact is given and it is not theirs."""
    conversation = session.get(Conversation, conversation_id, with_for_update=for_update)
    if conversation is None or contact_id not in (None, conversation.contact_id):
        raise not_found()
    return conversation


def lock(session: Session, conversation_id: uuid.UUID, contact_id: uuid.UUID | None = None) -> Conversation:
    """The same, locked until the transaction ends: whoever changes or appends to it goes through here."""
    return find(session, conversation_id, contact_id, for_update=True)


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


def require_words(text: str, files: Sequence[Attachment]) -> str:
    """The text of a message, which may have none if it has files; raises Invalid as `require_text` does."""
    return "" if files and not without_controls(text) else require_text(text, LONGEST_MESSAGE, "The message")


def find_by_key(
    session: Session,
    conversation_id: uuid.UUID,
    sender: Sender,
    idempotency_key: str | None,
    text: str,
    files: Sequence[Attachment] = (),
) -> Message | None:
    """The message that this key stored before; raises Conflict when it was another one, Invalid for a bad key."""
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
    if earlier and (earlier.text, digests(earlier.attachments)) != (text, digests(files)):
        raise Conflict("This idempotency key was used for another message.", code="key_reused")
    return earlier


def _require_room(session: Session, conversation_id: uuid.UUID, wanted: int) -> None:
    sent = session.scalars(
        select(func.count())
        .select_from(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .where(Message.conversation_id == conversation_id, Message.sender == Sender.CONTACT)
    ).one()
    if sent + wanted > MOST_OF_CONTACT:
        raise Conflict(
            f"A conversation holds {MOST_OF_CONTACT} files of yours. Open a new conversation for more.",
            code="attachments_full",
        )


def not_found() -> NotFound:
    """What is said of a conversation that is not there, or that somebody may not know of."""
    return NotFound("There is no such conversation.", code="conversation_not_found")
