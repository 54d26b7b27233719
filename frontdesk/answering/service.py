"""The assistant: sees one turn through, to a reply or a handoff, whatever fails on the way."""

import logging
import time
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from frontdesk.answering import turns
from frontdesk.answering.answer import Answer
from frontdesk.answering.confidence import Judge
from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Signs, decide_at_once
from frontdesk.answering.record import Record
from frontdesk.answering.responding import Responder, broke, consider
from frontdesk.answering.sensitive import mention
from frontdesk.answering.turns import Asked, Turn, TurnLost
from frontdesk.answering.wishes import asks_for_person
from frontdesk.conversations.inboxes import sensitive_with
from frontdesk.conversations.sensitive_topics import Sensitive
from frontdesk.database import Sessions
from frontdesk.events import Events
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.knowledge.tags import clean_tags
from frontdesk.language import Language, detect
from frontdesk.triage.service import Triaging

log = logging.getLogger(__name__)

RENEW_SECONDS = 5.0
MOST_ATTEMPTS = 3
STORE_PAUSES = (0.2, 1.0, 3.0)


class Assistant:
    """Decides, answers and hands over."""

    def __init__(
        self,
        sessions: Sessions,
        events: Events,
        retrieval: Retrieval,
        judge: Judge,
        responder: Responder,
        triaging: Triaging,
    ) -> None:
        self._sessions = sessions
        self._events = events
        self._retrieval = retrieval
        self._judge = judge
        self._responder = responder
        self._triaging = triaging

    def consider(
        self,
        knowledge_base_id: uuid.UUID,
        query: str,
        version: int | None = None,
        tags: Sequence[str] = (),
    ) -> Record:
        """What the assistant would do with a question, and why; decided as a live turn is.

        It searches the published version, or the draft if `version` is its number; with tags, what has one of them.
        Raises NotFound, Invalid, or Unavailable when Milvus has to answer and does not.
        """
        wanted = frozenset(clean_tags(tags))
        retrieved = self._retrieval.retrieve(knowledge_base_id, query, version=version, tags=wanted)
        record = consider(Record(query), retrieved, self._judge.judge(retrieved, query), detect(query, Language.ZH))
        with self._sessions() as session:
            record.mention = mention(query, sensitive_with(session, knowledge_base_id))
        signs = Signs(sensitive=record.mention is not None, asks_for_person=asks_for_person(query))
        if verdict := decide_at_once(signs):
            record.decide(verdict)
            record.choices = ()
        return record

    def decisions(self, conversation_id: uuid.UUID) -> Sequence[Decision]:
        """The decision records of a conversation, oldest first."""
        with self._sessions() as session:
            return session.scalars(
                select(Decision).where(Decision.conversation_id == conversation_id).order_by(Decision.created_at)
            ).all()

    def take_turn(self) -> bool:
        """Claim the conversation that waits longest and see it through; False when none waits."""
        with self._sessions.begin() as session:
            turn = turns.claim(session)
        if turn is None:
            return False
        try:
            self._see_through(turn)
        except TurnLost:
            log.info("Turn %s lost its conversation; nothing was sent.", turn.id)
        return True

    def _see_through(self, turn: Turn) -> None:
        began = time.perf_counter()
        with self._sessions() as session:
            asked = turns.read_question(session, turn)
        # Before the reply: a handoff goes to the team of the topic.
        self._triaging.read_or_leave(turn.conversation_id)
        record = Record(asked.question.text)
        try:
            occasion = _Live(turn, self._sessions, self._retrieval, self._events)
            answer = self._responder.respond(asked.question, occasion, record)
            record.timings_ms["total"] = round((time.perf_counter() - began) * 1000)
            self._settle(turn, asked, record, answer)
        except (TurnLost, OperationalError, InterfaceError):
            raise
        except Exception as error:
            # Whatever broke, the contact must not be left alone with it; nor may what broke it break this.
            log.exception("Turn %s failed", turn.id)
            self._settle(turn, asked, broke(asked.question, error), None)

    def _settle(self, turn: Turn, asked: Asked, record: Record, answer: Answer | None) -> None:
        """Store the outcome if the turn still has the right to; a database that hiccups is asked again."""
        for pause in (*STORE_PAUSES, None):
            try:
                with self._sessions.begin() as session:
                    turns.store(session, turn, asked, record, answer)
                break
            except (OperationalError, InterfaceError):
                if pause is None:
                    raise
                time.sleep(pause)
        self._events.finish(turn.conversation_id)


class _Live:
    """The occasion of a turn: a contact waits, and the lease has to be kept meanwhile."""

    def __init__(self, turn: Turn, sessions: Sessions, retrieval: Retrieval, events: Events) -> None:
        self._turn = turn
        self._sessions = sessions
        self._retrieval = retrieval
        self._draft = events.draft(turn.conversation_id, turn.id)
        self._renewed = time.perf_counter()

    @property
    def given_up(self) -> str | None:
        """A turn that failed often, or that comes too late, goes to a person."""
        if self._turn.attempts > MOST_ATTEMPTS:
            return "gave_up"
        return "too_late" if self.seconds_left <= 0 else None

    @property
    def seconds_left(self) -> float:
        """How long the contact may still be kept waiting."""
        return self._turn.seconds_left

    @property
    def sensitive(self) -> Sensitive:
        """What the inbox leaves to people."""
        return self._turn.sensitive

    def retrieve(self, query: str) -> Retrieved:
        """From what the inbox answers from."""
        return self._retrieval.retrieve_from(self._turn.knowledge_base_ids, query, tags=self._turn.tags)

    def go_on(self) -> None:
        """Keep the lease; raises TurnLost."""
        with self._sessions.begin() as session:
            turns.renew(session, self._turn)
        self._renewed = time.perf_counter()

    def show(self, piece: str) -> None:
        """To whoever follows the conversation; raises TurnLost."""
        self._draft.append(piece)
        if time.perf_counter() - self._renewed > RENEW_SECONDS:
            self.go_on()
