"""The queue of turns is the table of conversations: a turn is claimed there under a lease, so that no two answer at
once and one that dies is taken over by the next claim."""

import uuid
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from frontdesk.answering.answer import Answer
from frontdesk.answering.models import Decision
from frontdesk.answering.record import Record
from frontdesk.answering.responding import Question, Said
from frontdesk.conversations.inboxes import bases_of
from frontdesk.conversations.models import Conversation, HandoffReason, Inbox, Message, Sender
from frontdesk.conversations.sensitive_topics import Sensitive
from frontdesk.conversations.service import append, lock
from frontdesk.database import new_id, now
from frontdesk.handoffs.handing import hand_over
from frontdesk.language import Language

LEASE = timedelta(seconds=20)
# Everybody has a reply or a person within a minute: later than this a turn does nothing slow any more.
PATIENCE = timedelta(seconds=45)
EARLIER_MESSAGES = 12


class TurnLost(Exception):
    """The conversation changed hands or another turn took over: nothing may be sent any more."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to answer one conversation, until the lease ends."""

    id: uuid.UUID
    conversation_id: uuid.UUID
    knowledge_base_ids: Sequence[uuid.UUID]
    tags: Set[str]
    sensitive: Sensitive
    language: Language
    awaiting_since: datetime
    awaiting_from: int
    boundary: int
    attempts: int

    @property
    def seconds_left(self) -> float:
        """How long the contact may still be kept waiting."""
        return (self.awaiting_since + PATIENCE - now()).total_seconds()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the contact wants to know: the unanswered messages as one question, and the last of them."""

    question: Question
    last: Message


def claim(session: Session) -> Turn | None:
    """Take the conversation that waits longest, passing by those that others take at this moment; None if none."""
    conversation = session.scalar(
        select(Conversation)
        .where(
            Conversation.awaiting_since.is_not(None),
            or_(Conversation.turn_until.is_(None), Conversation.turn_until < func.now()),
        )
        .order_by(Conversation.awaiting_since)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if conversation is None:
        return None
    inbox = session.get_one(Inbox, conversation.inbox_id)
    conversation.turn_id, conversation.turn_until = new_id(), now() + LEASE
    conversation.turn_attempts += 1
    return Turn(
        conversation.turn_id,
        conversation.id,
        bases_of(session, inbox.id),
        frozenset(inbox.tags),
        inbox.sensitive,
        conversation.language,
        conversation.awaiting_since or now(),
        conversation.awaiting_from or 0,
        conversation.boundary,
        conversation.turn_attempts,
    )


def renew(session: Session, turn: Turn) -> None:
    """Keep the lease; raises TurnLost when it is not the turn's any more."""
    _owned(session, turn).turn_until = now() + LEASE


def read_question(session: Session, turn: Turn) -> Asked:
    """What the turn has to answer; raises TurnLost when there is nothing."""
    said = select(Message).where(Message.conversation_id == turn.conversation_id).order_by(Message.sequence.desc())
    newest = session.scalars(
        said.where(Message.sender == Sender.CONTACT, Message.sequence >= turn.awaiting_from)
    ).all()
    if not newest:
        raise TurnLost
    earlier = session.scalars(
        said.where(Message.sender != Sender.ACTIVITY, Message.sequence < turn.awaiting_from).limit(EARLIER_MESSAGES)
    ).all()
    text = "\n".join(message.text for message in reversed(newest) if message.text)
    unseen = any(message.attachments for message in newest if message.sequence > turn.boundary)
    question = Question(
        text,
        [_said(one, turn.boundary) for one in reversed(earlier) if one.text or one.sender is not Sender.CONTACT],
        turn.language,
        has_files=unseen or not text,
    )
    return Asked(question, newest[0])


def store(session: Session, turn: Turn, asked: Asked, record: Record, answer: Answer | None) -> None:
    """The end of a turn: the reply, or a handoff without one, and the decision; raises TurnLost."""
    conversation = _owned(session, turn)
    if answer is None:
        reason, topic = record.reason or HandoffReason.FAILED, record.mention.topic if record.mention else None
        reply = hand_over(session, conversation, reason, reply_to=asked.last.id, topic=topic)
    else:
        reply = append(
            session,
            conversation,
            Message(
                sender=Sender.ASSISTANT,
                form=answer.form,
                text=answer.text,
                citations=list(answer.citations),
                choices=list(answer.choices),
                reply_to=asked.last.id,
            ),
        )
        conversation.answered(_next_unanswered(session, asked.last))
    session.add(
        Decision(
            conversation_id=turn.conversation_id,
            message_id=asked.last.id,
            reply_id=reply.id,
            record=record.as_json(),
        )
    )


def _said(message: Message, boundary: int) -> Said:
    settled = message.sequence <= boundary
    return Said(message.sender, message.text, message.form, tuple(message.choices), settled)


def _owned(session: Session, turn: Turn) -> Conversation:
    """The conversation, locked; raises TurnLost unless it is still the turn's."""
    conversation = lock(session, turn.conversation_id)
    if conversation.turn_id != turn.id:
        raise TurnLost
    return conversation


def _next_unanswered(session: Session, answered: Message) -> Message | None:
    return session.scalar(
        select(Message)
        .where(
            Message.conversation_id == answered.conversation_id,
            Message.sender == Sender.CONTACT,
            Message.sequence > answered.sequence,
        )
        .order_by(Message.sequence)
        .limit(1)
    )
