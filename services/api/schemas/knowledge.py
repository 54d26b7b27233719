"""Knowledge bases with their documents and entries."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field

from frontdesk.knowledge.chunking import OVERLAPS, SIZES
from frontdesk.knowledge.entry_rules import MOST_QUESTIONS
from frontdesk.knowledge.models import Document as DomainDocument
from frontdesk.knowledge.models import Entry as DomainEntry
from frontdesk.knowledge.models import SourceStatus, Stage
from frontdesk.knowledge.passages import OpenedPassage as DomainOpenedPassage
from frontdesk.knowledge.service import Contents
from frontdesk.knowledge.tags import MOST_TAGS
from frontdesk.language import Language
from services.api.schemas.shape import Shape

Tags = Annotated[list[str], Field(max_length=MOST_TAGS)]
ExpiresAt = Annotated[AwareDatetime | None, Field(description="From then on it is not found; null: it stays")]


class KnowledgeBase(Shape):
    """A knowledge base and what is in it.

    `rebuilt` runs from 0 to 1 while another index is made for it, `rebuild_error` tells how the last one failed its
    check; the present index answers meanwhile.
    """

    id: uuid.UUID
    name: str
    threshold: float
    retrieval: Literal["hybrid", "lexical"]
    rebuilt: float | None
    rebuild_error: str | None
    documents: int
    entries: int
    passages: int
    published: int
    draft: int
    drafting: bool

    @classmethod
    def of(cls, contents: Contents) -> Self:
        """From the domain's."""
        base = contents.knowledge_base
        return cls(
            id=base.id,
            name=base.name,
            threshold=base.threshold,
            retrieval="hybrid" if base.embedder else "lexical",
            rebuilt=contents.rebuilt,
            rebuild_error=contents.rebuild_error,
            documents=contents.documents,
            entries=contents.entries,
            passages=base.passages,
            published=base.published,
            draft=base.draft,
            drafting=base.drafting,
        )


class KnowledgeBaseList(Shape):
    """Oldest first."""

    knowledge_bases: list[KnowledgeBase]


class SourceError(Shape):
    """Why a document or entry could not be indexed."""

    code: str
    message: str

    @classmethod
    def of(cls, source: DomainDocument | DomainEntry) -> Self | None:
        """None when nothing is wrong."""
        return cls(code=source.error_code, message=source.error_message) if source.error_code else None


class Chunking(Shape):
    """How large passages may be and how much one may repeat of the one before, both in estimated tokens."""

    size: int = Field(ge=SIZES[0], le=SIZES[-1])
    overlap: int = Field(0, ge=OVERLAPS[0], le=OVERLAPS[-1])


class Document(Shape):
    """An uploaded file and how far its indexing is; `progress` runs from 0 to 1 within the stage.

    One that is `removed` leaves with the next version and answers until then.
    """

    id: uuid.UUID
    name: str
    size: int
    status: SourceStatus
    stage: Stage | None
    progress: float | None
    remaining_seconds: int | None
    passages: int
    url: str | None
    chunking: Chunking | None = Field(description="How it is cut into passages; null: as usual")
    expires_at: datetime | None
    tags: list[str]
    error: SourceError | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, document: DomainDocument) -> Self:
        """From the domain's."""
        working = document.status == SourceStatus.WORKING
        return cls(
            id=document.id,
            name=document.name,
            size=document.size,
            status=document.status,
            stage=document.stage if working else None,
            progress=document.progress if working else None,
            remaining_seconds=document.remaining_seconds if working else None,
            passages=document.passages,
            url=document.url,
            chunking=Chunking(**document.chunking) if document.chunking else None,
            expires_at=document.expires_at,
            tags=document.tags,
            error=SourceError.of(document),
            created_at=document.created_at,
            updated_at=document.updated_at,
        )


class ChangeDocument(Shape):
    """What is given changes. A document that is cut otherwise is indexed again."""

    expires_at: ExpiresAt = None
    tags: Tags | None = None
    chunking: Chunking | None = Field(None, description="How it is cut into passages; null: as usual")


class OpenedPassage(Shape):
    """A cited passage with its neighbours; `available`: not deleted since; `current`: it is what answers now."""

    chunk_id: uuid.UUID
    title: str
    text: str
    heading: str | None
    before: list[str]
    after: list[str]
    location: dict[str, Any]
    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    revision: int
    url: str | None
    available: bool
    current: bool

    @classmethod
    def of(cls, opened: DomainOpenedPassage) -> Self:
        """From the domain's."""
        chunk = opened.chunk
        return cls(
            chunk_id=chunk.id,
            title=opened.title,
            text=chunk.text,
            heading=chunk.heading,
            before=opened.before,
            after=opened.after,
            location=chunk.location,
            document_id=chunk.document_id,
            entry_id=chunk.entry_id,
            revision=chunk.revision,
            url=opened.document.url if opened.document else None,
            available=opened.is_available,
            current=opened.is_current,
        )


class PassageAlone(Shape):
    """One passage."""

    passage: OpenedPassage


class DocumentAlone(Shape):
    """One document."""

    document: Document


class DocumentList(Shape):
    """By name."""

    documents: list[Document]


class Entry(Shape):
    """A question in several variants, and its answer."""

    id: uuid.UUID
    questions: list[str]
    answer: str
    language: Language
    status: SourceStatus
    expires_at: datetime | None
    tags: list[str]
    error: SourceError | None
    updated_at: datetime

    @classmethod
    def of(cls, entry: DomainEntry) -> Self:
        """From the domain's."""
        return cls(
            id=entry.id,
            questions=entry.questions,
            answer=entry.answer,
            language=entry.language,
            status=entry.status,
            expires_at=entry.expires_at,
            tags=entry.tags,
            error=SourceError.of(entry),
            updated_at=entry.updated_at,
        )


class EntryAlone(Shape):
    """One entry."""

    entry: Entry


class EntryList(Shape):
    """A page of entries and the number of all."""

    entries: list[Entry]
    total: int


class Entries(Shape):
    """The entries that were made."""

    entries: list[Entry]


class NewEntry(Shape):
    """A new entry."""

    questions: list[str] = Field(max_length=MOST_QUESTIONS)
    answer: str
    expires_at: ExpiresAt = None
    tags: Tags = Field([])


class ChangeEntry(Shape):
    """What is given changes."""

    questions: list[str] | None = Field(None, max_length=MOST_QUESTIONS)
    answer: str | None = None
    expires_at: ExpiresAt = None
    tags: Tags | None = None


class ImportEntries(Shape):
    """Pasted text: lines that begin with Q: or 问： and A: or 答：."""

    text: str = Field(max_length=200_000)
    expires_at: ExpiresAt = None
    tags: Tags = Field([])


class TagList(Shape):
    """By name."""

    tags: list[str]
