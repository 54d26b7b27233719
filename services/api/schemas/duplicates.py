"""What a knowledge base says twice."""

import uuid
from datetime import datetime
from typing import Any, Self

from frontdesk.knowledge.duplicates.search import Kind
from frontdesk.knowledge.duplicates.service import Duplicate as DomainDuplicate
from frontdesk.knowledge.duplicates.service import DuplicatePage, Place
from services.api.schemas.shape import Shape


class DuplicatePlace(Shape):
    """A passage of a document, or an entry. Of an entry, `text` is its answer, and `title` the variant of its
    question that another entry has, too, if that is why it is here.
    """

    chunk_id: uuid.UUID
    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    title: str
    text: str
    heading: str | None
    location: dict[str, Any]
    questions: list[str]
    expires_at: datetime | None
    tags: list[str]

    @classmethod
    def of(cls, place: Place) -> Self:
        """From the domain's."""
        chunk, document, entry = place.chunk, place.document, place.entry
        source = document or entry
        return cls(
            chunk_id=chunk.id,
            document_id=chunk.document_id,
            entry_id=chunk.entry_id,
            title=place.title,
            text=entry.answer if entry else chunk.text,
            heading=chunk.heading if document else None,
            location=chunk.location,
            questions=entry.questions if entry else [],
            expires_at=source.expires_at if source else None,
            tags=source.tags if source else [],
        )


class Duplicate(Shape):
    """Sources that say the same: the first of their places, one in each source, and how many sources there are.

    `texts` counts what they have in common, `likeness` is that of the most alike of them, from 0 to 1.
    """

    kind: Kind
    likeness: float
    places: list[DuplicatePlace]
    sources: int
    texts: int

    @classmethod
    def of(cls, duplicate: DomainDuplicate) -> Self:
        """From the domain's."""
        return cls(
            kind=duplicate.kind,
            likeness=round(duplicate.likeness, 3),
            places=[DuplicatePlace.of(place) for place in duplicate.places],
            sources=duplicate.sources,
            texts=duplicate.texts,
        )


class DuplicateList(Shape):
    """A page of groups and the number of all; not `complete`: the time did not suffice for all passages."""

    duplicates: list[Duplicate]
    total: int
    complete: bool

    @classmethod
    def of(cls, page: DuplicatePage) -> Self:
        """From the domain's."""
        duplicates = [Duplicate.of(duplicate) for duplicate in page.duplicates]
        return cls(duplicates=duplicates, total=page.total, complete=page.is_complete)
