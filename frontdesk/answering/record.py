"""The decision record: everything that led to an answer or a handoff, readable by an agent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from frontdesk.answering.checks.support import Unsupported
from frontdesk.answering.confidence import Judged
from frontdesk.answering.policy import Outcome, Rule, Verdict
from frontdesk.answering.sensitive import Mention
from frontdesk.conversations.models import HandoffReason
from frontdesk.knowledge.found import Consulted, Passage
from frontdesk.language import Language


@dataclass(slots=True)
class Record:
    """Filled while the turn goes on; `as_json` is what is stored and shown.

    `version` and `judged` are those of the knowledge base that decided: the one of the best passage. `mention` is
    the sensitive topic, `asks_back_in` the language in which the contact could be asked what they mean, `choices`
    what they are asked to choose from; the query was `chosen` from those of the turn before. `refused` is the check
    that a generated reply failed.
    """

    query: str
    bases: Sequence[Consulted] = ()
    tags: Sequence[str] = ()
    version: int | None = None
    judged: Judged | None = None
    rule: Rule | None = None
    outcome: Outcome = Outcome.HANDOFF
    reason: HandoffReason | None = None
    mention: Mention | None = None
    asks_back_in: Language | None = None
    choices: Sequence[str] = ()
    chosen: bool = False
    passages: Sequence[Passage] = ()
    legs: Sequence[str] = ()
    model: str | None = None
    refused: Unsupported | None = None
    notes: list[str] = field(default_factory=list)
    timings_ms: dict[str, int] = field(default_factory=dict)

    def decide(self, verdict: Verdict) -> None:
        """Note the verdict."""
        self.rule, self.outcome, self.reason = verdict.rule, verdict.outcome, verdict.handoff

    def as_json(self) -> dict[str, Any]:
        """Plain values, scores rounded to four digits."""
        return {
            "query": self.query,
            "bases": [_base(base) for base in self.bases],
            "tags": list(self.tags),
            "version": self.version,
            "outcome": self.outcome,
            "rule": self.rule,
            "reason": self.reason,
            "topic": _topic(self.mention),
            "asks_back_in": self.asks_back_in,
            "choices": list(self.choices),
            "chosen": self.chosen,
            "confidence": round(self.judged.confidence, 4) if self.judged else None,
            "threshold": self.judged.threshold if self.judged else None,
            "likely": round(self.judged.likely, 4) if self.judged else None,
            "calibration": _calibration(self.judged),
            "legs": list(self.legs),
            "passages": [_passage(number, passage) for number, passage in enumerate(self.passages, 1)],
            "model": self.model,
            "failed_check": _failed_check(self.refused),
            "notes": self.notes,
            "timings_ms": self.timings_ms,
        }


def _base(base: Consulted) -> dict[str, object]:
    return {"id": str(base.id), "name": base.name, "version": base.version, "threshold": base.threshold}


def _calibration(judged: Judged | None) -> dict[str, object] | None:
    if judged is None or judged.calibration_id is None:
        return None
    return {"id": str(judged.calibration_id), "basis": judged.basis, "parts": sorted(judged.parts)}


def _topic(mention: Mention | None) -> dict[str, object] | None:
    return {"name": mention.topic, "words": mention.words} if mention else None


def _failed_check(refused: Unsupported | None) -> dict[str, object] | None:
    return {"name": refused.check, "found": refused.found} if refused else None


def _passage(number: int, passage: Passage) -> dict[str, object]:
    return {
        "number": number,
        "knowledge_base_id": str(passage.knowledge_base_id),
        "chunk_id": str(passage.chunk_id),
        "title": passage.title,
        "text": passage.text,
        "location": dict(passage.location),
        "document_id": str(passage.document_id) if passage.document_id else None,
        "entry_id": str(passage.entry_id) if passage.entry_id else None,
        "url": passage.url,
        "score": round(passage.score, 4),
        "lexical": round(passage.lexical, 4),
        "dense": None if passage.dense is None else round(passage.dense, 4),
        "coverage": round(passage.coverage, 4),
        "rerank": None if passage.rerank is None else round(passage.rerank, 4),
    }
