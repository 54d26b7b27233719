"""The passages of a document, stored or only looked at."""

import uuid
from typing import Any, Self

from frontdesk.knowledge.chunking import ChunkText, estimated_tokens
from frontdesk.knowledge.models import Chunk
from frontdesk.knowledge.preview import Cut as DomainCut
from services.api.schemas.shape import Shape


class StoredPassage(Shape):
    """A passage as it is searched; `number` counts from 1, `tokens` is an estimate."""

    chunk_id: uuid.UUID
    number: int
    heading: str | None
    text: str
    location: dict[str, Any]
    tokens: int

    @classmethod
    def of(cls, chunk: Chunk) -> Self:
        """From the domain's."""
        return cls(
            chunk_id=chunk.id,
            number=chunk.ordinal + 1,
            heading=chunk.heading,
            text=chunk.text,
            location=chunk.location,
            tokens=round(estimated_tokens(chunk.text)),
        )


class StoredPassageList(Shape):
    """Some of a document's passages, in its order, and the number of all."""

    passages: list[StoredPassage]
    total: int


class CutPassage(Shape):
    """A passage that a file would have; `tokens` is an estimate."""

    heading: str | None
    text: str
    location: dict[str, Any]
    tokens: int

    @classmethod
    def of(cls, found: ChunkText) -> Self:
        """From the domain's."""
        return cls(
            heading=found.heading,
            text=found.text,
            location=found.location.as_json(),
            tokens=round(estimated_tokens(found.text)),
        )


class Cut(Shape):
    """The first passages that a file would have, and how many were counted; not `complete`: there are more."""

    passages: list[CutPassage]
    count: int
    complete: bool

    @classmethod
    def of(cls, cut: DomainCut) -> Self:
        """From the domain's."""
        passages = [CutPassage.of(found) for found in cut.passages]
        return cls(passages=passages, count=cut.count, complete=cut.is_complete)
