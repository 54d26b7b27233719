"""A turn that nobody asked for: staff tries what a contact would get, from the draft or from what is published."""

import logging
import time
import uuid
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from typing import Any, ClassVar, Self

from sqlalchemy.exc import InterfaceError, OperationalError

from frontdesk.answering.answer import Answer
from frontdesk.answering.record import Record
from frontdesk.answering.responding import Question, Responder, Said, broke
from frontdesk.answering.turns import EARLIER_MESSAGES, PATIENCE
from frontdesk.conversations.inboxes import sensitive_with
from frontdesk.conversations.models import Form, HandoffReason, Sender
from frontdesk.conversations.sensitive_topics import Sensitive
from frontdesk.conversations.service import LONGEST_MESSAGE
from frontdesk.database import Sessions
from frontdesk.errors import Invalid, NotFound
from frontdesk.handoffs.wording import acknowledgement
from frontdesk.knowledge import versions
from frontdesk.knowledge.entry_rules import LONGEST_ANSWER
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.knowledge.tags import clean_tags
from frontdesk.language import Language, detect
from frontdesk.places import Places
from frontdesk.texts import require_text

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Rehearsals that run beside the turns of contacts."""
MOST_MESSAGES = 40
LONGEST_REPLY = LONGEST_ANSWER + 1000
"""What the assistant said, in characters: the longest answer of an entry with its mark."""


class Tried(StrEnum):
    """Which version of a knowledge base is tried."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a contact would read, and why: an answer, a question back with its `choices`, or what they are told when
    a person takes over."""

    text: str
    form: Form
    citations: Sequence[dict[str, Any]]
    record: Record
    choices: Sequence[str] = ()

    @classmethod
    def of(cls, question: Question, record: Record, answer: Answer | None) -> Self:
        """Without an answer it is a handoff."""
        if answer is not None:
            return cls(answer.text, answer.form, answer.citations, record, answer.choices)
        reason = record.reason or HandoffReason.FAILED
        topic = record.mention.topic if record.mention else None
        return cls(acknowledgement(reason, question.language, topic), Form.NOTICE, [], record)


class Rehearsals:
    """Runs them, a few at once. Nothing is stored and nobody is told."""

    def __init__(self, sessions: Sessions, retrieval: Retrieval, responder: Responder) -> None:
        self._sessions = sessions
        self._retrieval = retrieval
        self._responder = responder
        self._places = Places(AT_ONCE, "rehearsals_busy")

    def rehearse(
        self,
        knowledge_base_id: uuid.UUID,
        said: Sequence[Said],
        tried: Tried,
        tags: Sequence[str] = (),
        language: Language = Language.ZH,
    ) -> Rehearsal:
        """What would follow on what was said, oldest first, of which the contact said the last.

        With tags, it answers from what has one of them; `language` is that of a conversation without any words.
        Raises NotFound, Invalid, or Unavailable with rehearsals_busy. Whatever else fails is a handoff, as it is
        for a contact, unless the database is away.
        """
        question = _question(said, language)
        wanted = frozenset(clean_tags(tags))
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            sensitive = sensitive_with(session, knowledge_base_id)
        version = base.draft if tried is Tried.DRAFT else base.published
        record = Record(question.text)
        with self._places.one():
            began = time.perf_counter()
            occasion = _Trial(self._retrieval, knowledge_base_id, version, wanted, sensitive)
            try:
                answer = self._responder.respond(question, occasion, record)
            except (NotFound, Invalid, OperationalError, InterfaceError):
                # Nothing was tried: the knowledge base or its version is gone, or the database is away.
                raise
            except Exception as error:
                log.exception("A rehearsal failed")
                return Rehearsal.of(question, broke(question, error), None)
            record.timings_ms["total"] = round((time.perf_counter() - began) * 1000)
        return Rehearsal.of(question, record, answer)


@dataclass(frozen=True, slots=True)
class _Trial:
    """The occasion of a rehearsal: nobody follows it, and it may take as long as a contact would wait."""

    retrieval: Retrieval
    knowledge_base_id: uuid.UUID
    version: int
    tags: Set[str]
    sensitive: Sensitive
    given_up: ClassVar[str | None] = None
    due: float = field(default_factory=lambda: time.monotonic() + PATIENCE.total_seconds())

    @property
    def seconds_left(self) -> float:
        """Of the patience of a contact."""
        return self.due - time.monotonic()

    def retrieve(self, query: str) -> Retrieved:
        """From the one knowledge base, in the version that is tried."""
        return self.retrieval.retrieve(self.knowledge_base_id, query, version=self.version, tags=self.tags)

    def go_on(self) -> None:
        """Nothing ends a rehearsal."""

    def show(self, piece: str) -> None:
        """Nobody reads along."""


def _question(said: Sequence[Said], language: Language) -> Question:
    """What was said as a turn reads it: the contact's last messages as one question, and some of what came before.

    Raises Invalid.
    """
    if not said or said[-1].sender is not Sender.CONTACT:
        raise Invalid("The last message must be the contact's.", code="rehearsal_without_question")
    if len(said) > MOST_MESSAGES:
        raise Invalid(f"There are at most {MOST_MESSAGES} messages.", code="rehearsal_too_long")
    cleaned = [_cleaned(one) for one in said]
    asked = [one.text for one in cleaned if one.sender is Sender.CONTACT]
    language = reduce(lambda so_far, text: detect(text, so_far), asked, language)
    last_reply = max((at for at, one in enumerate(cleaned) if one.sender is not Sender.CONTACT), default=-1)
    earlier, newest = cleaned[: last_reply + 1], cleaned[last_reply + 1 :]
    return Question("\n".join(one.text for one in newest), earlier[-EARLIER_MESSAGES:], language)


def _cleaned(one: Said) -> Said:
    longest = LONGEST_MESSAGE if one.sender is Sender.CONTACT else LONGEST_REPLY
    return replace(one, text=require_text(one.text, longest, "A message"))
