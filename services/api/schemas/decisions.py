"""What the assistant makes of a question, and why."""

import uuid
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from frontdesk.answering.checks.support import Check
from frontdesk.answering.policy import Outcome
from frontdesk.conversations.models import HandoffReason
from frontdesk.conversations.sensitive_topics import SensitiveTopic
from frontdesk.language import Language
from services.api.schemas.knowledge import Tags
from services.api.schemas.shape import Shape

Basis = Literal["meaning", "words", "meaning+rerank", "words+rerank"]
"""By what a question was searched: also by meaning, or by words alone, and whether a reranker read the passages."""


class ScoredPassage(Shape):
    """A passage with the scores of both legs."""

    number: int
    knowledge_base_id: uuid.UUID | None = None
    chunk_id: uuid.UUID | None = None
    title: str
    text: str
    location: dict[str, Any]
    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    url: str | None = None
    score: float
    lexical: float
    dense: float | None
    coverage: float | None = None
    rerank: float | None = None


class ConsultedBase(Shape):
    """A knowledge base that was searched, in which version; uncalibrated, it answers from this confidence on."""

    id: uuid.UUID
    name: str
    version: int
    threshold: float


class CalibrationUsed(Shape):
    """The calibration that confidence and threshold come from, and by what the question was searched.

    It belonged to these `parts` of the questions that have a threshold of their own (`language:zh`, `tag:returns`).
    """

    id: uuid.UUID
    basis: Basis
    parts: Sequence[str] = ()


class TopicFound(Shape):
    """A sensitive topic, and the word or phrase of its list that the contact used."""

    name: SensitiveTopic
    words: str


class FailedCheck(Shape):
    """What a generated reply failed, so that the source was quoted; `found` stands in it and in no source."""

    name: Check
    found: str


class Considered(Shape):
    """What the assistant does with a question, and why.

    `version` and `threshold` are those of the knowledge base that the best passage stands in. A `choice` asks the
    contact which of a few questions they mean, `chosen` says that the query was chosen from such.
    """

    query: str
    bases: list[ConsultedBase] = Field([])
    tags: list[str] = Field([], description="Only what has one of these was searched")
    version: int | None = None
    outcome: Outcome
    rule: str
    reason: HandoffReason | None
    asks_back_in: Language | None = Field(None, description="The contact could be asked what they mean")
    topic: TopicFound | None = None
    choices: list[str] = Field([])
    chosen: bool = False
    confidence: float | None
    threshold: float | None
    likely: float | None = Field(None, description="The probability that one of the best few passages answers")
    calibration: CalibrationUsed | None = Field(None, description="Null where none held: the settings' threshold")
    legs: list[str]
    passages: list[ScoredPassage]
    model: str | None
    failed_check: FailedCheck | None = None
    notes: list[str]
    timings_ms: dict[str, int]


class Search(Shape):
    """A question to try, on what contacts are answered from or on the draft; with tags, on what has one of them."""

    query: str
    draft: bool = False
    tags: Tags = Field([])
