"""The assistant: sees one turn through, to a reply or a handoff, whatever fails on the way."""

import logging
import time
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from frontdesk.answering import followups, turns
from frontdesk.answering.answer import Answer, check, quote
from frontdesk.answering.confidence import confidence
from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Rule, Verdict, asks_for_person, decide
from frontdesk.answering.prompts import answering_prompt
from frontdesk.answering.record import Record
from frontdesk.answering.turns import Asked, Turn, TurnLost
from frontdesk.conversations.models import HandoffReason, Sender
from frontdesk.database import Sessions
from frontdesk.errors import Unavailable
from frontdesk.events import Events
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.knowledge.tags import clean_tags
from frontdesk.models_client import ChatModel

log = logging.getLogger(__name__)

RENEW_SECONDS = 5.0
MOST_ATTEMPTS = 3
REWRITE_SECONDS = 6.0
STORE_PAUSES = (0.2, 1.0, 3.0)


class Assistant:
    """Decides, answers and hands over."""

    def __init__(
        self, sessions: Sessions, events: Events, retrieval: Retrieval, chat_model: ChatModel | None
    ) -> None:
        self._sessions = sessions
        self._events = events
        self._retrieval = retrieval
        self._chat_model = chat_model

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
        return _consider(Record(query), retrieved)

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
        _consider(record, self._retrieval.retrieve_from(turn.knowledge_base_ids, record.query, tags=turn.tags))
        if record.reason:
            return None
        self._renew(turn)
        generated = self._generate(chat_model, turn, record) if chat_model else None
        return generated or quote(record.query, record.passages)

    def _rewrite(self, chat_model: ChatModel, asked: Asked, record: Record) -> str | None:
        began = time.perf_counter()
        said = [(message.sender, message.text) for message in asked.earlier]
        try:
            pieces = chat_model.stream(followups.rewriting_prompt(asked.text, said), REWRITE_SECONDS)
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
                if piece and not text:
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
            turns.renew(session, turn)

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


def _consider(record: Record, retrieved: Retrieved) -> Record:
    """Decide by what was found, and note all of it."""
    record.tags = sorted(retrieved.tags)
    record.bases, record.version, record.threshold = retrieved.bases, retrieved.version, retrieved.threshold
    record.passages, record.legs = retrieved.passages, retrieved.legs
    record.notes += retrieved.notes
    record.timings_ms |= retrieved.timings_ms
    record.confidence = confidence(retrieved.passages)
    record.decide(decide(len(retrieved.passages), record.confidence, record.threshold))
    return record
