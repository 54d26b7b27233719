"""Stored decisions decided again, from the versions that they were decided from.

A record holds what went into a decision: the question as it was searched for, the tags, the knowledge bases with
their versions and thresholds, the calibration, the language in which the contact could be asked back. These are
taken from it, whatever holds today. What a record does not hold is taken as it is today, and named as the cause
where it makes a difference: what was deleted or has expired since, the vectors (another embedder, another measure
of how far they are believed, an order by a reranker), and how confidence is computed where nothing was calibrated.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from frontdesk.answering.answer import quote
from frontdesk.answering.confidence import Judge
from frontdesk.answering.models import Decision
from frontdesk.answering.policy import Outcome, Rule, Verdict
from frontdesk.answering.record import Record
from frontdesk.answering.responding import consider
from frontdesk.answering.wishes import asks_for_person
from frontdesk.conversations.models import Form, Message
from frontdesk.database import Sessions
from frontdesk.errors import NotFound
from frontdesk.knowledge import versions
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.models import Document, Entry, KnowledgeBase, SourceStatus
from frontdesk.knowledge.retrieval import Retrieval
from frontdesk.language import Language

LAST_DIGIT = 0.00011
"""Records keep four digits, and sums in another order may round the last one the other way."""
MOST_TOLD = 100
_NOT_SEARCHED = (Rule.SENSITIVE, Rule.NONE_MEANT, Rule.NO_HELP, Rule.ASKED_AGAIN)


class LeftOut(StrEnum):
    """Why a decision can not be decided again."""

    BROKEN = "broken"  # nothing was decided: the turn failed
    NOT_SEARCHED = "not_searched"  # the words of the conversation decided, and those are not in the record
    VERSION_GONE = "version_gone"  # not kept any more
    BASE_GONE = "base_gone"
    OLD_RECORD = "old_record"  # from before records named the version


class Cause(StrEnum):
    """What a difference comes from."""

    DELETED = "deleted"  # a source was deleted at once: from every version
    EXPIRED = "expired"  # a source reached its date
    VECTORS = "vectors"  # another embedder, another measure of it, or a reranker
    LARGE = "large"  # in Milvus the words of the draft count for every version
    CONFIDENCE = "confidence"  # it is computed otherwise from the same scores
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that comes out otherwise: in which of its parts, and why."""

    decision: Decision
    parts: Sequence[str]
    cause: Cause
    now: Mapping[str, Any]


@dataclass(slots=True)
class Rerun:
    """How many came out the same; `different` has the first of the others."""

    asked: int = 0
    identical: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    causes: Counter[Cause] = field(default_factory=Counter)
    different: list[Difference] = field(default_factory=list)


class _NotRepeatable(Exception):
    def __init__(self, why: LeftOut) -> None:
        super().__init__(why)
        self.why = why


class Reruns:
    """Decides again. Nothing is stored."""

    def __init__(self, sessions: Sessions, retrieval: Retrieval, judge: Judge, memory_passages: int) -> None:
        self._sessions = sessions
        self._retrieval = retrieval
        self._judge = judge
        self._memory_passages = memory_passages

    def rerun(self, most: int, knowledge_base_id: uuid.UUID | None = None) -> Rerun:
        """The last `most` decisions, of all or of those that a knowledge base took part in.

        Raises NotFound, Unavailable.
        """
        newest = select(Decision, Message).outerjoin(Message, Message.id == Decision.reply_id)
        with self._sessions() as session:
            if knowledge_base_id is not None:
                versions.found(session, knowledge_base_id)
                newest = newest.where(Decision.record["bases"].contains([{"id": str(knowledge_base_id)}]))
            newest = newest.order_by(Decision.created_at.desc()).limit(most)
            decided = session.execute(newest).all()
        rerun = Rerun()
        # One version after the other: those that are past are read anew when they are asked in turns.
        for decision, reply in sorted(decided, key=lambda row: (row[0].record["version"] or 0, row[0].created_at)):
            self._rerun(rerun, decision, reply)
        return rerun

    def _rerun(self, rerun: Rerun, decision: Decision, reply: Message | None) -> None:
        rerun.asked += 1
        try:
            record = self._decided_again(decision)
        except _NotRepeatable as reason:
            rerun.left_out[reason.why] += 1
            return
        parts = _parts(decision, reply, record)
        if not parts:
            rerun.identical += 1
            return
        cause = self._cause(decision, record)
        rerun.causes[cause] += 1
        if len(rerun.different) < MOST_TOLD:
            rerun.different.append(Difference(decision, parts, cause, record.as_json()))

    def _decided_again(self, decision: Decision) -> Record:
        stored = decision.record
        record = Record(stored["query"])
        if stored["rule"] == Rule.FAILED:
            raise _NotRepeatable(LeftOut.BROKEN)
        if stored["rule"] == Rule.ASKED_FOR_PERSON:
            if asks_for_person(record.query):
                record.decide(Verdict(Rule.ASKED_FOR_PERSON))
            return record
        if stored["rule"] in _NOT_SEARCHED:
            raise _NotRepeatable(LeftOut.NOT_SEARCHED)
        if not stored.get("bases") or stored.get("version") is None:
            raise _NotRepeatable(LeftOut.OLD_RECORD)
        asks_back_in = stored.get("asks_back_in")
        retrieved = self._found_again(stored)
        by = stored.get("calibration")
        judged = self._judge.judge_again(
            retrieved, uuid.UUID(by["id"]) if by else None, frozenset(by.get("parts", ())) if by else frozenset()
        )
        return consider(record, retrieved, judged, Language(asks_back_in) if asks_back_in else None)

    def _found_again(self, stored: Mapping[str, Any]) -> Retrieved:
        """What was found then, decided by the thresholds of then."""
        asked = {uuid.UUID(base["id"]): base for base in stored["bases"]}
        tags = frozenset(stored.get("tags", ()))
        try:
            in_versions = {knowledge_base_id: base["version"] for knowledge_base_id, base in asked.items()}
            retrieved = self._retrieval.retrieve_from(
                list(asked), stored["query"], tags=tags, in_versions=in_versions
            )
        except NotFound as error:
            is_version = error.code == "version_not_found"
            raise _NotRepeatable(LeftOut.VERSION_GONE if is_version else LeftOut.BASE_GONE) from error
        bases = [replace(base, threshold=asked[base.id]["threshold"]) for base in retrieved.bases]
        return replace(retrieved, bases=bases)

    def _cause(self, decision: Decision, record: Record) -> Cause:
        """The most likely of what a record does not hold."""
        was, now = decision.record["passages"], record.as_json()["passages"]
        with self._sessions() as session:
            sources = {uuid.UUID(one["entry_id"] or one["document_id"]) for one in was}
            for model in (Entry, Document):
                deleted = (model.id.in_(sources), model.status == SourceStatus.DELETED)
                if session.scalar(select(model.id).where(*deleted).limit(1)) is not None:
                    return Cause.DELETED
            base_ids = [base.id for base in record.bases]
            for model in (Entry, Document):
                expired = (
                    model.knowledge_base_id.in_(base_ids),
                    model.expires_at.between(decision.created_at, func.now()),
                )
                if session.scalar(select(model.id).where(*expired).limit(1)) is not None:
                    return Cause.EXPIRED
            largest = session.scalars(
                select(func.max(KnowledgeBase.passages)).where(KnowledgeBase.id.in_(base_ids))
            ).one()
        if _by_meaning(was) or _by_meaning(now):
            return Cause.VECTORS
        if largest is not None and largest > self._memory_passages:
            return Cause.LARGE
        return Cause.CONFIDENCE if _scores(was) == _scores(now) else Cause.UNKNOWN


def _parts(decision: Decision, reply: Message | None, record: Record) -> Sequence[str]:
    """In which parts the two differ: decision, rule, confidence, citations, and the words of a quotation."""
    stored, now = decision.record, record.as_json()
    parts = [name for name in ("outcome", "rule", "reason") if stored[name] != now[name]]
    if abs((stored["confidence"] or 0.0) - (now["confidence"] or 0.0)) > LAST_DIGIT:
        parts.append("confidence")
    if reply is None or record.outcome is not Outcome.ANSWER:
        return parts + (["choices"] if stored.get("choices", []) != now["choices"] else [])
    if reply.form is Form.QUOTED:
        answer = quote(record.query, record.passages)
        if answer.text != reply.text:
            parts.append("text")
        cited = answer.citations
    else:
        # A model says it differently each time; what it was given must be the same.
        cited = now["passages"]
    if not {one["chunk_id"] for one in reply.citations} <= {one["chunk_id"] for one in cited}:
        parts.append("citations")
    return parts


def _by_meaning(passages: Sequence[Mapping[str, Any]]) -> bool:
    return any(one["dense"] is not None or one.get("rerank") is not None for one in passages)


def _scores(passages: Sequence[Mapping[str, Any]]) -> list[tuple[object, ...]]:
    return [(one["chunk_id"], one["score"], one["lexical"], one.get("coverage")) for one in passages]
