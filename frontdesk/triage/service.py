"""What conversations are about and how their contacts feel: found out by itself, corrected by agents."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from frontdesk.conversations.models import Conversation, Message, Mood, Sender
from frontdesk.conversations.service import find, lock
from frontdesk.database import Sessions, now
from frontdesk.errors import NotFound
from frontdesk.jobs import Job, Jobs
from frontdesk.triage import examples
from frontdesk.triage.deciding import leaning, taken_in
from frontdesk.triage.heads import Heads
from frontdesk.triage.models import Topic, Triage
from frontdesk.triage.mood import MESSAGES, mood

log = logging.getLogger(__name__)

MOST_READ = 6
"""Messages of a contact that are read at once, the newest."""
LONGEST_WAIT = 1.5
"""Seconds for which the embedder is waited for before words alone have to do."""
OWED_FOR = timedelta(days=7)
MOST_OWED = 200


@dataclass(frozen=True, slots=True)
class Triaged:
    """What is made of a conversation; `probability` is that of its topic, None where an agent said it."""

    topic: Topic | None
    probability: float | None
    corrected_by: uuid.UUID | None
    mood: Mood


@dataclass(frozen=True, slots=True)
class Tried:
    """What would be made of a text: each topic with its chance, the likeliest first, and whether that is enough."""

    chances: Sequence[tuple[uuid.UUID, float]]
    threshold: float

    @property
    def topic_id(self) -> uuid.UUID | None:
        """The topic that it would be given."""
        sure = bool(self.chances) and self.chances[0][1] >= self.threshold
        return self.chances[0][0] if sure else None


class Triaging:
    """Reads conversations, and takes corrections."""

    def __init__(self, sessions: Sessions, heads: Heads, jobs: Jobs) -> None:
        self._sessions = sessions
        self._heads = heads
        self._jobs = jobs

    def owing(self) -> Sequence[uuid.UUID]:
        """Conversations in which something was written since they were last read, the oldest first."""
        unread = Conversation.last_sequence > func.coalesce(Triage.seen, 0)
        with self._sessions() as session:
            return session.scalars(
                select(Conversation.id)
                .outerjoin(Triage, Triage.conversation_id == Conversation.id)
                .where(Conversation.updated_at > now() - OWED_FOR, Conversation.last_sequence > 0, unread)
                .order_by(Conversation.updated_at)
                .limit(MOST_OWED)
            ).all()

    def read_owed(self) -> int:
        """Read all conversations that are owed; how many there were."""
        owed = self.owing()
        for conversation_id in owed:
            self.read_or_leave(conversation_id)
        return len(owed)

    def read_or_leave(self, conversation_id: uuid.UUID) -> None:
        """As `read`, but whatever fails leaves the conversation as it was, to be read another time."""
        try:
            self.read(conversation_id)
        except Exception:
            # A topic is never worth an answer or the next conversation; the sweep tries again.
            log.exception("The conversation %s could not be triaged", conversation_id)

    def read(self, conversation_id: uuid.UUID) -> bool:
        """Take in what a contact has written since; False where somebody else is at the conversation."""
        with self._sessions() as session:
            before = session.get(Triage, conversation_id)
            seen, evidence = (before.seen, dict(before.evidence)) if before else (0, {})
            known = select(Conversation.last_sequence).where(Conversation.id == conversation_id)
            last = session.scalar(known) or 0
            newest = _newest_of_contact(session, conversation_id, last)
            loaded = self._heads.newest(session)
        fresh = [message.text for message in newest if message.sequence > seen]
        found = None
        if loaded and fresh:
            read = self._heads.read(loaded, fresh, LONGEST_WAIT)
            for chances in read.chances:
                evidence = taken_in(evidence, chances)
            found = leaning(evidence, read.threshold)
        with self._sessions.begin() as session:
            conversation = session.get(Conversation, conversation_id, with_for_update={"skip_locked": True})
            if conversation is None:
                return False
            triage = _of(session, conversation_id)
            if triage.seen != seen:
                return False
            triage.seen, triage.evidence = last, evidence
            if newest:
                conversation.mood = mood([message.text for message in newest[-MESSAGES:]])
            if found and triage.corrected_by is None:
                topic = session.get(Topic, uuid.UUID(found.topic))
                if topic is not None:
                    conversation.topic_id, triage.probability = topic.id, found.probability
                    triage.changed_at = now()
        return True

    def get(self, conversation_id: uuid.UUID) -> Triaged:
        """What is made of a conversation; raises NotFound."""
        with self._sessions() as session:
            conversation = find(session, conversation_id)
            triage = session.get(Triage, conversation_id)
            topic = session.get(Topic, conversation.topic_id) if conversation.topic_id else None
            by = triage.corrected_by if triage else None
            probability = triage.probability if triage and topic and by is None else None
        return Triaged(topic, probability, by, conversation.mood)

    def correct(self, conversation_id: uuid.UUID, agent_id: uuid.UUID, topic_id: uuid.UUID | None) -> Triaged:
        """An agent says what a conversation is about, None: no topic; it stays so, and is learned from.

        Raises NotFound.
        """
        with self._sessions.begin() as session:
            conversation = lock(session, conversation_id)
            # Shared, so that it is not removed meanwhile.
            if topic_id and session.get(Topic, topic_id, with_for_update={"read": True}) is None:
                raise NotFound("There is no such topic.", code="topic_not_found")
            conversation.topic_id = topic_id
            triage = _of(session, conversation_id)
            triage.corrected_by, triage.probability, triage.changed_at = agent_id, None, now()
            examples.correct(session, conversation_id, topic_id)
        self._jobs.enqueue(Job.LEARN_TOPICS)
        return self.get(conversation_id)

    def try_out(self, text: str) -> Tried | None:
        """What would be made of a text now; None before anything was learned."""
        with self._sessions() as session:
            loaded = self._heads.newest(session)
        if loaded is None:
            return None
        read = self._heads.read(loaded, [text], LONGEST_WAIT)
        chances = [(uuid.UUID(topic), chance) for topic, chance in read.chances[0].items()]
        return Tried(sorted(chances, key=lambda one: -one[1]), read.threshold)


def _of(session: Session, conversation_id: uuid.UUID) -> Triage:
    """The triage of a conversation that is locked."""
    triage = session.get(Triage, conversation_id)
    if triage is None:
        triage = Triage(conversation_id=conversation_id, seen=0, evidence={})
        session.add(triage)
    return triage


def _newest_of_contact(session: Session, conversation_id: uuid.UUID, last: int) -> list[Message]:
    """The contact's newest messages with words up to a sequence number, oldest first."""
    written = (
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == Sender.CONTACT,
            Message.text != "",
            Message.sequence <= last,
        )
        .order_by(Message.sequence.desc())
        .limit(MOST_READ)
    )
    return list(reversed(session.scalars(written).all()))
