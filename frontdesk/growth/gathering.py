"""Finding what could not be answered: questions that went to people for want of knowledge, or got a poor answer.

The worker's sweep looks at what is new: each message that shows a gap is looked at once, whatever it turns out to
be, so that a sweep costs as much as came since the last one, and may run twice. Messages get their time before they
are committed, so a sweep begins a little before the newest that was looked at.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import ColumnElement, Engine, func, or_, select, update
from sqlalchemy.orm import Session

from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Rule
from frontdesk.conversations.inboxes import bases_of
from frontdesk.conversations.models import Conversation, Form, HandoffReason, Message, Sender
from frontdesk.database import Sessions, alone, now
from frontdesk.errors import Unavailable
from frontdesk.growth.clustering import Asked, Groups, Vector
from frontdesk.growth.models import UNDECIDED, DraftedEntry, Gap, GapQuestion, GapState, Sign
from frontdesk.growth.trimming import question_alone
from frontdesk.knowledge.embeddings import FLOAT, Embeddings
from frontdesk.knowledge.models import KnowledgeBase
from frontdesk.models_client import Purpose

ONE_AT_A_TIME = 0x46_44_47_41
"""The advisory lock in PostgreSQL that gathering holds."""
AT_ONCE = 200
OVERLAP = timedelta(minutes=2)
"""A transaction that stores a message ends within that time, or not at all."""
FIRST_DAYS = timedelta(days=90)
"""How far back the first sweep looks."""
RATED_DAYS = timedelta(days=30)
"""How old a reply may be that is rated down."""
_FOR_WANT_OF_KNOWLEDGE = (
    HandoffReason.NOT_FOUND,
    HandoffReason.LOW_CONFIDENCE,
    HandoffReason.REPEATED,
    HandoffReason.ASKED,
)
_ANSWERS = (Form.QUOTED, Form.GENERATED)
_REPLIES = (*_ANSWERS, Form.CHOICE)


@dataclass(slots=True)
class _Question:
    """A contact's question with the knowledge base that should have answered it."""

    message: Message
    text: str
    knowledge_base_id: uuid.UUID
    vector: Vector | None = None


class Gathering:
    """Gathers. One process at a time does."""

    def __init__(self, engine: Engine, sessions: Sessions, embeddings: Embeddings) -> None:
        self._engine = engine
        self._sessions = sessions
        self._embeddings = embeddings

    def gather(self) -> int:
        """Look at some of what is new; how many messages that were. 0: there is nothing, or somebody else does."""
        with alone(self._engine, ONE_AT_A_TIME) as is_mine:
            return self._gather() if is_mine else 0

    def _gather(self) -> int:
        with self._sessions() as session:
            shown = [*_handed_over(session), *_rated_down(session)]
            found = [(sign, message, _question(session, sign, message)) for sign, message in shown]
            bases = session.execute(select(KnowledgeBase.id, KnowledgeBase.embedder))
            spaces = dict(bases.all())
        by_base: dict[uuid.UUID, list[_Question]] = defaultdict(list)
        for _, _, question in found:
            if question is not None:
                by_base[question.knowledge_base_id].append(question)
        for base_id, questions in by_base.items():
            self._embed(spaces.get(base_id), questions)
        with self._sessions.begin() as session:
            places = {
                base_id: _Places.of(session, base_id, spaces.get(base_id))
                for base_id in by_base
                if base_id in spaces
            }
            for sign, message, question in found:
                seen = GapQuestion(
                    shown_by=message.id,
                    shown_at=message.created_at,
                    sign=sign,
                    conversation_id=message.conversation_id,
                    asked_at=question.message.created_at if question else message.created_at,
                )
                if question is not None and question.knowledge_base_id in places and _is_new(session, question):
                    places[question.knowledge_base_id].put(session, seen, question)
                session.add(seen)
                session.flush()
            for place in places.values():
                place.keep()
        return len(found)

    def _embed(self, space: str | None, questions: Sequence[_Question]) -> None:
        """Give questions their vectors; while the embedder is away their words have to do."""
        if space is None:
            return
        try:
            vectors = self._embeddings.made(space, [one.text for one in questions], Purpose.QUERY)
        except Unavailable:
            return
        for question, vector in zip(questions, vectors, strict=True):
            question.vector = vector


class _Places:
    """The open gaps of a knowledge base, and where questions come."""

    def __init__(self, knowledge_base_id: uuid.UUID, space: str | None, gaps: Sequence[Gap]) -> None:
        self._knowledge_base_id = knowledge_base_id
        self._space = space
        self._gaps = list(gaps)
        self._groups = Groups.of(asked_in(gap, space) for gap in gaps)
        self._changed: set[int] = set()

    @classmethod
    def of(cls, session: Session, knowledge_base_id: uuid.UUID, space: str | None) -> "_Places":
        """As they are now, locked."""
        gaps = locked_open(session, knowledge_base_id)
        return cls(knowledge_base_id, space, gaps)

    def put(self, session: Session, seen: GapQuestion, question: _Question) -> None:
        """A question into the gap that it belongs to, or into one of its own."""
        asked = Asked.of(question.text, question.vector)
        number = self._groups.place(asked)
        if number == len(self._gaps):
            gap = Gap(knowledge_base_id=self._knowledge_base_id, terms=asked.packed, space=self._space)
            session.add(gap)
            session.flush()
            self._gaps.append(gap)
        self._changed.add(number)
        seen.gap_id, seen.message_id = self._gaps[number].id, question.message.id
        seen.text, seen.terms = question.text, asked.packed
        seen.vector, seen.space = _stored(asked), self._space
        # Who drafted an entry from the conversation may have been faster than the sweep.
        session.execute(
            update(DraftedEntry)
            .where(
                DraftedEntry.conversation_id == seen.conversation_id,
                DraftedEntry.knowledge_base_id == self._knowledge_base_id,
                DraftedEntry.gap_id.is_(None),
                DraftedEntry.status.in_(UNDECIDED),
            )
            .values(gap_id=seen.gap_id)
        )

    def keep(self) -> None:
        """Note what has come to gaps."""
        for number in self._changed:
            note(self._gaps[number], self._groups.groups[number], self._space)


def locked_open(session: Session, knowledge_base_id: uuid.UUID) -> Sequence[Gap]:
    """The open gaps of a knowledge base, locked: always in this order, so that nobody waits in a circle."""
    wanted = (Gap.knowledge_base_id == knowledge_base_id, Gap.state == GapState.OPEN)
    return session.scalars(select(Gap).where(*wanted).order_by(Gap.created_at, Gap.id).with_for_update()).all()


def asked_in(stored: Gap | GapQuestion, space: str | None) -> Asked:
    """The question, or those of a gap together; their vectors count in their own space only."""
    is_known = stored.vector is not None and stored.space == space
    return Asked.unpacked(stored.terms or b"", np.frombuffer(stored.vector or b"", FLOAT) if is_known else None)


def note(gap: Gap, asked: Asked, space: str | None) -> None:
    """These are the questions of a gap now."""
    gap.terms, gap.vector, gap.space = asked.packed, _stored(asked), space


def _stored(asked: Asked) -> bytes | None:
    return None if asked.vector is None else asked.vector.astype(FLOAT).tobytes()


def _handed_over(session: Session) -> list[tuple[Sign, Message]]:
    """Notices of handoffs for want of knowledge that nobody has looked at, oldest first."""
    newest = session.scalar(select(func.max(GapQuestion.shown_at)).where(GapQuestion.sign != Sign.DISLIKED))
    since = newest - OVERLAP if newest else now() - FIRST_DAYS
    messages = _unseen(session, since, Message.handoff_reason.in_(_FOR_WANT_OF_KNOWLEDGE))
    return [(Sign(message.handoff_reason), message) for message in messages if message.handoff_reason]


def _rated_down(session: Session) -> list[tuple[Sign, Message]]:
    """Answers of the assistant that were rated down, which nobody has looked at."""
    wanted = (Message.rating == "down", Message.sender == Sender.ASSISTANT, Message.form.in_(_ANSWERS))
    return [(Sign.DISLIKED, message) for message in _unseen(session, now() - RATED_DAYS, *wanted)]


def _unseen(session: Session, since: datetime, *wanted: ColumnElement[bool]) -> Sequence[Message]:
    is_seen = select(GapQuestion.shown_by).where(GapQuestion.shown_by == Message.id).exists()
    return session.scalars(
        select(Message)
        .where(*wanted, Message.created_at > since, ~is_seen)
        .order_by(Message.created_at, Message.id)
        .limit(AT_ONCE)
    ).all()


def _question(session: Session, sign: Sign, shown: Message) -> _Question | None:
    """What knowledge would have answered; None where it is not about knowledge."""
    message = _asked(session, sign, shown)
    if message is None:
        return None
    record = session.scalar(select(Decision.record).where(Decision.message_id == message.id)) or {}
    text = question_alone(str(record.get("query") or message.text))
    inbox_id = session.scalars(select(Conversation.inbox_id).where(Conversation.id == shown.conversation_id)).one()
    bases = bases_of(session, inbox_id)
    if not Asked.of(text).terms or not bases:
        return None
    nearest = next((one["knowledge_base_id"] for one in record.get("passages", [])), None)
    base_id = next((base_id for base_id in bases if str(base_id) == nearest), bases[0])
    return _Question(message, text, base_id)


def _asked(session: Session, sign: Sign, shown: Message) -> Message | None:
    """The contact's question behind a message."""
    replied_to = session.get(Message, shown.reply_to) if shown.reply_to else None
    if sign is Sign.ASKED or _is_about_reply(session, replied_to):
        before = session.scalar(
            select(Message)
            .where(
                Message.conversation_id == shown.conversation_id,
                Message.sequence < (replied_to or shown).sequence,
                or_(Message.sender != Sender.ACTIVITY, Message.handoff_reason.is_not(None)),
            )
            .order_by(Message.sequence.desc())
            .limit(1)
        )
        is_reply = before is not None and before.sender is Sender.ASSISTANT and before.form in _REPLIES
        return session.get(Message, before.reply_to) if before and is_reply and before.reply_to else None
    return replied_to


def _is_about_reply(session: Session, message: Message | None) -> bool:
    """Whether a message says no more than that the reply before it was of no use, or asked for the wrong things."""
    rule = Decision.record["rule"].astext
    return message is not None and session.scalar(select(rule).where(Decision.message_id == message.id)) in (
        Rule.NO_HELP,
        Rule.NONE_MEANT,
    )


def _is_new(session: Session, question: _Question) -> bool:
    known = select(GapQuestion.message_id).where(GapQuestion.message_id == question.message.id)
    return session.scalar(known) is None
