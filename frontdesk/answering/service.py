"""One turn of the assistant. The table of conversations is the queue: a turn is claimed there under a lease, so
that no two answer at once and a turn that dies is taken over by the next claim."""

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from frontdesk.answering import followups
from frontdesk.answering.answer import Answer, check, quote
from frontdesk.answering.confidence import confidence
from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Rule, Verdict, asks_for_person, decide
from frontdesk.answering.prompts import answering_prompt
from frontdesk.answering.record import Record
from frontdesk.conversations.models import Conversation, HandoffReason, Inbox, Message, Sender
from frontdesk.conversations.service import append, lock
from frontdesk.database import Sessions, new_id, now
from frontdesk.errors import Unavailable
from frontdesk.events import Events
from frontdesk.handoffs.service import hand_over
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.language import Language
from frontdesk.models_client import ChatModel

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0
MOST_ATTEMPTS = 3
# Everybody has a reply or a person within a minute: later than this a turn does nothing slow any more.
PATIENCE = timedelta(seconds=45)
REWRITE_SECONDS = 6.0
EARLIER_MESSAGES = 12
STORE_PAUSES = (0.2, 1.0, 3.0)


class TurnLost(Exception):
    """The conversation changed hands or another turn took over: nothing may be sent any more."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to answer one conversation, until the lease ends."""

    id: uuid.UUID
    conversation_id: uuid.UUID
    knowledge_base_id: uuid.UUID
    language: Language
    awaiting_since: datetime
    awaiting_from: int
    attempts: int

    @property
    def seconds_left(self) -> float:
        """How long the contact may still be kept waiting."""
        return (self.awaiting_since + PATIENCE - now()).total_seconds()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the contact wants to know: the unanswered messages as one, and what was said before."""

    text: str
    last: Message
    earlier: Sequence[Message]


class Assistant:
    """Decides, answers and hands over."""

    def __init__(
        self, sessions: Sessions, events: Events, retrieval: Retrieval, chat_model: ChatModel | None
    ) -> None:
        self._sessions = sessions
        self._events = events
        self._retrieval = retrieval
        self._chat_model = chat_model

    def consider(self, knowledge_base_id: uuid.UUID, query: str, record: Record | None = None) -> Record:
        """What the assistant would do with a question, and why; the same code for a search test and a live turn.

        Raises NotFound, or Unavailable when Milvus does not answer.
        """
        record = record or Record(query)
        retrieved = self._retrieval.retrieve(knowledge_base_id, query)
        record.threshold = retrieved.threshold
        record.passages, record.legs = retrieved.passages, retrieved.legs
        record.notes += retrieved.notes
        record.timings_ms |= retrieved.timings_ms
        record.confidence = confidence(retrieved.passages)
        record.decide(decide(len(retrieved.passages), record.confidence, record.threshold))
        return record

    def decisions(self, conversation_id: uuid.UUID) -> Sequence[Decision]:
        """The decision records of a conversation, oldest first."""
        with self._sessions() as session:
            return session.scalars(
                select(Decision).where(Decision.conversation_id == conversation_id).order_by(Decision.created_at)
            ).all()

    def take_turn(self) -> bool:
        """Claim the conversation that waits longest and see it through; False when none waits."""
        turn = self._claim()
        if turn is None:
            return False
        try:
            self._see_through(turn)
        except TurnLost:
            log.info("Turn %s lost its conversation; nothing was sent.", turn.id)
        return True

    def _claim(self) -> Turn | None:
        with self._sessions.begin() as session:
            row = session.execute(
                select(Conversation, Inbox.knowledge_base_id)
                .join(Inbox, Inbox.id == Conversation.inbox_id)
                .where(
                    Conversation.awaiting_since.is_not(None),
                    or_(Conversation.turn_until.is_(None), Conversation.turn_until < func.now()),
                )
                .order_by(Conversation.awaiting_since)
                .limit(1)
                .with_for_update(of=Conversation, skip_locked=True)
            ).one_or_none()
            if row is None:
                return None
            conversation, knowledge_base_id = row
            conversation.turn_id, conversation.turn_until = new_id(), now() + LEASE
            conversation.turn_attempts += 1
            return Turn(
                conversation.turn_id,
                conversation.id,
                knowledge_base_id,
                conversation.language,
                conversation.awaiting_since or now(),
                conversation.awaiting_from or 0,
                conversation.turn_attempts,
            )

    def _see_through(self, turn: Turn) -> None:
        began = time.perf_counter()
        with self._sessions() as session:
            asked = _asked(session, turn)
        record = Record(asked.text)
        try:
            answer = self._respond(turn, asked, record)
            record.timings_ms["total"] = round((time.perf_counter() - began) * 1000)
            self._settle(turn, asked, record, answer)
        except (TurnLost, OperationalError, InterfaceError):
            raise
        except Exception as error:
            # Whatever broke, the contact must not be left alone with it; nor may what broke it break this.
            log.exception("Turn %s failed", turn.id)
            record = Record(
                asked.text, notes=[error.code if isinstance(error, Unavailable) else type(error).__name__]
            )
            record.decide(Verdict(Rule.FAILED, HandoffReason.FAILED))
            self._settle(turn, asked, record, None)

    def _respond(self, turn: Turn, asked: Asked, record: Record) -> Answer | None:
        """An answer, or None for a handoff; the record says which rule decided."""
        if asks_for_person(asked.text):
            record.decide(Verdict(Rule.ASKED_FOR_PERSON, HandoffReason.ASKED))
            return None
        if turn.attempts > MOST_ATTEMPTS or turn.seconds_left <= 0:
            record.notes.append("gave_up" if turn.attempts > MOST_ATTEMPTS else "too_late")
            record.decide(Verdict(Rule.FAILED, HandoffReason.FAILED))
            return None
        chat_model = self._chat_model
        earlier = [message.text for message in asked.earlier if message.sender == Sender.CONTACT]
        record.query = followups.join(asked.text, earlier)
        if chat_model and record.query != asked.text:
            rewritten = self._rewrite(chat_model, asked, record)
            if rewritten is None:
                chat_model = None
            else:
                record.query = rewritten
        self._renew(turn)
        self.consider(turn.knowledge_base_id, record.query, record)
        if record.reason:
            return None
        self._renew(turn)
        generated = self._generate(chat_model, turn, record) if chat_model else None
        return generated or quote(record.query, record.passages)

    def _rewrite(self, chat_model: ChatModel, asked: Asked, record: Record) -> str | None:
        began = time.perf_counter()
        turns = [(message.sender, message.text) for message in asked.earlier]
        try:
            pieces = chat_model.stream(followups.rewriting_prompt(asked.text, turns), REWRITE_SECONDS)
            rewritten = "".join(pieces).strip()[: 4 * len(asked.text) + 200]
        except Unavailable:
            record.notes.append("rewrite_failed")
            return None
        finally:
            record.timings_ms["rewrite"] = round((time.perf_counter() - began) * 1000)
        return rewritten or record.query

    def _generate(self, chat_model: ChatModel, turn: Turn, record: Record) -> Answer | None:
        """A checked reply of the model; None when it fails or cites nothing, and the quotation steps in."""
        began = renewed = time.perf_counter()
        draft = self._events.draft(turn.conversation_id, turn.id)
        prompt = answering_prompt(record.query, record.passages, turn.language)
        text = ""
        try:
            for piece in chat_model.stream(prompt, turn.seconds_left):
                if not text:
                    record.timings_ms["first_token"] = round((time.perf_counter() - began) * 1000)
                text += piece
                draft.append(piece)
                if time.perf_counter() - renewed > RENEW_SECONDS:
                    self._renew(turn)
                    renewed = time.perf_counter()
        except Unavailable:
            record.notes.append("model_unavailable")
            return None
        finally:
            record.timings_ms["generate"] = round((time.perf_counter() - began) * 1000)
        answer = check(text, record.passages, chat_model.name)
        record.model = chat_model.name
        if answer is None:
            record.notes.append("no_citation")
        return answer

    def _renew(self, turn: Turn) -> None:
        with self._sessions.begin() as session:
            _owned(session, turn).turn_until = now() + LEASE

    def _settle(self, turn: Turn, asked: Asked, record: Record, answer: Answer | None) -> None:
        """Store the outcome if the turn still has the right to; a database that hiccups is asked again."""
        for pause in (*STORE_PAUSES, None):
            try:
                with self._sessions.begin() as session:
                    self._store(session, turn, asked, record, answer)
                break
            except (OperationalError, InterfaceError):
                if pause is None:
                    raise
                time.sleep(pause)
        self._events.finish(turn.conversation_id)

    @staticmethod
    def _store(session: Session, turn: Turn, asked: Asked, record: Record, answer: Answer | None) -> None:
        conversation = _owned(session, turn)
        if answer is None:
            reply = hand_over(session, conversation, record.reason or HandoffReason.FAILED, reply_to=asked.last.id)
        else:
            reply = append(
                session,
                conversation,
                Message(
                    sender=Sender.ASSISTANT,
                    form=answer.form,
                    text=answer.text,
                    citations=list(answer.citations),
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


def _owned(session: Session, turn: Turn) -> Conversation:
    """The conversation, locked; raises TurnLost unless it is still the turn's."""
    conversation = lock(session, turn.conversation_id)
    if conversation.turn_id != turn.id:
        raise TurnLost
    return conversation


def _asked(session: Session, turn: Turn) -> Asked:
    newest = session.scalars(
        select(Message)
        .where(Message.conversation_id == turn.conversation_id, Message.sender != Sender.ACTIVITY)
        .order_by(Message.sequence.desc())
        .limit(EARLIER_MESSAGES)
    ).all()
    messages = list(reversed(newest))
    unanswered = [m for m in messages if m.sender == Sender.CONTACT and m.sequence >= turn.awaiting_from]
    if not unanswered:
        raise TurnLost
    earlier = [m for m in messages if m.sequence < turn.awaiting_from]
    return Asked("\n".join(message.text for message in unanswered), unanswered[-1], earlier)


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
