"""One question put to one version of a knowledge base, answered as a live turn would be, and nobody told."""

import time
import uuid
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any, ClassVar

from frontdesk.answering.record import Record
from frontdesk.answering.responding import Question, Responder
from frontdesk.conversations.service import sensitive_with
from frontdesk.conversations.topics import Sensitive
from frontdesk.database import Sessions
from frontdesk.evaluation.expectations import Expectation
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.language import Language, detect

ANSWER_SECONDS = 45.0
"""As long as a contact would wait, which counts where a model writes."""


class Asking:
    """Asks. Where an inbox answers from several knowledge bases, only the one in question is asked."""

    def __init__(self, sessions: Sessions, retrieval: Retrieval, writing: Responder, quoting: Responder) -> None:
        self._sessions = sessions
        self._retrieval = retrieval
        self._writing = writing
        self._quoting = quoting

    def ask(
        self,
        knowledge_base_id: uuid.UUID,
        version: int,
        question: str,
        *,
        tags: Sequence[str] = (),
        expectation: Expectation | None = None,
        with_model: bool = False,
    ) -> dict[str, Any]:
        """What would come of it, as it is stored; `rank` is the place of what is expected among the passages.

        Raises NotFound for a version that is not kept, Unavailable.
        """
        with self._sessions() as session:
            sensitive = sensitive_with(session, knowledge_base_id)
        began = time.perf_counter()
        record = Record(question)
        occasion = _Occasion(self._retrieval, knowledge_base_id, version, frozenset(tags), sensitive)
        asked = Question(question, [], detect(question, Language.ZH))
        answer = (self._writing if with_model else self._quoting).respond(asked, occasion, record)
        told = record.as_json()
        rank = None
        if expectation is not None:
            rank = next((one["number"] for one in told["passages"] if expectation.is_met_by(one)), None)
        kept = ("outcome", "rule", "reason", "confidence", "threshold", "model", "notes")
        return {name: told[name] for name in kept} | {
            "text": answer.text if answer else None,
            "citations": list(answer.citations) if answer else [],
            "rank": rank,
            "ms": round((time.perf_counter() - began) * 1000, 1),
        }


@dataclass(frozen=True, slots=True)
class _Occasion:
    """Of a question that nobody waits for."""

    retrieval: Retrieval
    knowledge_base_id: uuid.UUID
    version: int
    tags: Set[str]
    sensitive: Sensitive
    given_up: ClassVar[str | None] = None
    due: float = field(default_factory=lambda: time.monotonic() + ANSWER_SECONDS)

    @property
    def seconds_left(self) -> float:
        """Of a contact's patience."""
        return self.due - time.monotonic()

    def retrieve(self, query: str) -> Retrieved:
        """From the version that is asked."""
        return self.retrieval.retrieve(self.knowledge_base_id, query, version=self.version, tags=self.tags)

    def go_on(self) -> None:
        """Nothing ends it."""

    def show(self, piece: str) -> None:
        """Nobody reads along."""
