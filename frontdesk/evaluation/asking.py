"""One question put to versions of knowledge bases, answered as a live turn would be, and nobody told."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from frontdesk.answering.policy import Outcome
from frontdesk.answering.record import Record
from frontdesk.answering.responding import Question, Responder
from frontdesk.conversations.inboxes import sensitive_with
from frontdesk.conversations.models import Inbox
from frontdesk.conversations.sensitive_topics import Sensitive
from frontdesk.database import Sessions
from frontdesk.evaluation.expectations import Expectation
from frontdesk.evaluation.wording import likeness
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.language import Language, detect

ANSWER_SECONDS = 45.0
"""As long as a contact would wait, which counts where a model writes."""


@dataclass(frozen=True, slots=True)
class AskedOf:
    """What a question is put to: knowledge bases in their order, each in a version, searched as one; with the tags
    and sensitive topics of the inbox, if one is named."""

    versions: Mapping[uuid.UUID, int]
    inbox_id: uuid.UUID | None = None
    tags: Sequence[str] = ()


class Asking:
    """Asks. Without an inbox, what is sensitive in the first one of the knowledge base is left to people."""

    def __init__(self, sessions: Sessions, retrieval: Retrieval, writing: Responder, quoting: Responder) -> None:
        self._sessions = sessions
        self._retrieval = retrieval
        self._writing = writing
        self._quoting = quoting

    def ask(
        self,
        asked_of: AskedOf,
        question: str,
        *,
        expectation: Expectation | None = None,
        reference: str | None = None,
        with_model: bool = False,
    ) -> dict[str, Any]:
        """What would come of it, as it is stored; `rank` is the place of what is expected among the passages,
        `wording` how near an answer comes to the words of a reference.

        Raises NotFound for a version that is not kept, Unavailable.
        """
        sensitive = self._sensitive(asked_of)
        began = time.perf_counter()
        record = Record(question)
        occasion = _Occasion(self._retrieval, asked_of, sensitive)
        asked = Question(question, [], detect(question, Language.ZH))
        answer = (self._writing if with_model else self._quoting).respond(asked, occasion, record)
        ms = round((time.perf_counter() - began) * 1000, 1)
        told = record.as_json()
        rank = offers_right = wording = None
        if expectation is not None:
            right = [one for one in told["passages"] if expectation.is_met_by(one)]
            rank = next((one["number"] for one in right), None)
            offers_right = any(one["title"].strip() in told["choices"] for one in right)
        if reference and answer and record.outcome is Outcome.ANSWER:
            wording = asdict(likeness(answer.text, reference))
        kept = ("outcome", "rule", "reason", "confidence", "threshold", "model", "notes")
        return {name: told[name] for name in kept} | {
            "text": answer.text if answer else None,
            "citations": list(answer.citations) if answer else [],
            "rank": rank,
            "offers_right": offers_right,
            "wording": wording,
            "ms": ms,
        }

    def _sensitive(self, asked_of: AskedOf) -> Sensitive:
        with self._sessions() as session:
            inbox = session.get(Inbox, asked_of.inbox_id) if asked_of.inbox_id else None
            return inbox.sensitive if inbox else sensitive_with(session, next(iter(asked_of.versions)))


@dataclass(frozen=True, slots=True)
class _Occasion:
    """Of a question that nobody waits for."""

    retrieval: Retrieval
    asked_of: AskedOf
    sensitive: Sensitive
    given_up: ClassVar[str | None] = None
    due: float = field(default_factory=lambda: time.monotonic() + ANSWER_SECONDS)

    @property
    def seconds_left(self) -> float:
        """Of a contact's patience."""
        return self.due - time.monotonic()

    def retrieve(self, query: str) -> Retrieved:
        """From the versions that are asked, in one ranking."""
        asked_of = self.asked_of
        return self.retrieval.retrieve_from(
            list(asked_of.versions), query, tags=frozenset(asked_of.tags), in_versions=asked_of.versions
        )

    def go_on(self) -> None:
        """Nothing ends it."""

    def show(self, piece: str) -> None:
        """Nobody reads along."""
