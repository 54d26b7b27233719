"""Knowledge bases, their documents and entries, and the chunks that retrieval finds."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now
from frontdesk.knowledge import lexical
from frontdesk.knowledge.spans import Spans, SpansType
from frontdesk.language import Language


class SourceStatus(StrEnum):
    """How far a document or entry is; queued and working ones owe work to the worker."""

    QUEUED = "queued"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    PAUSED = "paused"  # somebody stopped the work; it goes on where it stood when it is tried again
    REMOVED = "removed"  # from the draft on; the published version has it still
    DELETED = "deleted"  # from every search at once; rolling back brings it back while its versions are kept


GONE = (SourceStatus.REMOVED, SourceStatus.DELETED)
"""What administrators do not see any more."""


class Stage(StrEnum):
    """What the worker is doing to a document."""

    PARSE = "parse"
    CHUNK = "chunk"
    EMBED = "embed"
    WRITE = "write"


class Leased:
    """Something that one job at a time works on, for as long as its lease lasts."""

    job_id: Mapped[uuid.UUID | None]
    job_until: Mapped[datetime | None]


class Indexed(Leased):
    """A source of chunks that owes work to the worker, and how far that is."""

    revision: Mapped[int] = mapped_column(default=1)
    status: Mapped[SourceStatus] = mapped_column(default=SourceStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]  # from then on it is not found any more
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    def owe(self, status: SourceStatus) -> None:
        """The state from now on, with a clean slate. A running job loses its lease."""
        self.status = status
        self.job_id = self.job_until = self.error_code = self.error_message = None
        self.attempts = 0
        self.updated_at = now()

    def settle(self) -> None:
        """The work is done."""
        self.owe(SourceStatus.READY)

    def fail(self, code: str, message: str) -> None:
        """The work can not be done; what was findable before stays so."""
        self.owe(SourceStatus.FAILED)
        self.error_code, self.error_message = code, message


class KnowledgeBase(Base):
    """A body of knowledge with its own index: one Milvus collection, made for one vector space (or none).

    Its versions are numbered; `published` is the one that contacts are answered from, and the next number is the
    draft's.
    """

    __tablename__ = "knowledge_bases"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    threshold: Mapped[float]  # the confidence that an answer takes while too little is known to calibrate it
    collection: Mapped[str | None] = mapped_column(String(80))
    embedder: Mapped[str | None] = mapped_column(String(200))  # its vector space; None: it has no dense leg
    incomplete: Mapped[bool] = mapped_column(default=False)  # some chunks could not be embedded when they came
    analysis: Mapped[int] = mapped_column(default=lambda: lexical.ANALYSIS)  # in which its terms are stored
    passages: Mapped[int] = mapped_column(default=0)  # chunks of the draft
    sources: Mapped[int] = mapped_column(default=0)  # of these, those with the terms of all that they belong to
    terms: Mapped[int] = mapped_column(BigInteger, default=0)  # how many terms these have together
    chinese_terms: Mapped[int] = mapped_column(BigInteger, default=0)  # of these, those of Chinese characters
    published: Mapped[int] = mapped_column(default=0)  # 0: nothing was published yet
    drafting: Mapped[bool] = mapped_column(default=False)  # changes wait for somebody to publish them
    changes: Mapped[int] = mapped_column(BigInteger, default=0)  # counts changes of what is valid
    cleared: Mapped[int] = mapped_column(BigInteger, default=0)  # the last change of a chunk that was cleared away
    restricted: Mapped[bool] = mapped_column(default=False)  # seen by administrators and chosen agents only
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def draft(self) -> int:
        """The number of the version in which changes gather."""
        return self.published + 1


class KnowledgeBaseAgent(Base):
    """An agent who sees a restricted knowledge base."""

    __tablename__ = "knowledge_base_agents"
    __table_args__ = (Index("ix_knowledge_base_agents_agent_id", "agent_id"),)

    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("knowledge_bases.id", ondelete="CASCADE"), primary_key=True
    )
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)


class Origin(StrEnum):
    """How a version came to be."""

    CHANGED = "changed"  # a change that was published by itself
    PUBLISHED = "published"  # by an administrator
    DELETED = "deleted"  # the one before without something that had to go at once
    RESTORED = "restored"  # an earlier version again


class Version(Base):
    """What a knowledge base said from some moment on. Its content is the chunks that are valid in it."""

    __tablename__ = "versions"

    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("knowledge_bases.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[Origin]
    restores: Mapped[int | None]  # the version that it repeats
    note: Mapped[str | None] = mapped_column(Text)
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="SET NULL"))
    changes: Mapped[int] = mapped_column(BigInteger)  # the knowledge base's count of changes when it was published
    passages: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Document(Indexed, Base):
    """An uploaded file. `revision` counts uploads under the same name; chunks of older ones answer until the
    newest is ready."""

    __tablename__ = "documents"
    __table_args__ = (
        Index(
            "uq_documents_knowledge_base_id_name",
            "knowledge_base_id",
            "name",
            unique=True,
            postgresql_where=text("status NOT IN ('removed', 'deleted')"),
        ),
        Index("ix_documents_tags", "tags", postgresql_using="gin"),
        Index(
            "ix_documents_owing",
            "status",
            "job_until",
            postgresql_where=text("status IN ('queued', 'working')"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    url: Mapped[str | None] = mapped_column(String(2000))  # where it came from, if it came from the web
    files: Mapped[dict[str, Any]] = mapped_column(JSONB)  # by revision: the name below the files folder
    chunking: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))  # a Measure; None: as usual
    chunked_revision: Mapped[int] = mapped_column(default=0)  # the revision whose chunks are all stored
    stage: Mapped[Stage | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    done_before: Mapped[int] = mapped_column(default=0)  # of `done`, what an earlier job did
    stage_began_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]  # when `done` was noted last in this stage
    passages: Mapped[int] = mapped_column(default=0)

    @property
    def file(self) -> str:
        """The name of the newest file below the files folder."""
        return str(self.files[str(self.revision)])

    @property
    def progress(self) -> float | None:
        """The share of the stage that is done, between 0 and 1; None where the whole is not known."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def remaining_seconds(self) -> int | None:
        """How long the stage will take at the pace so far; None before there is a pace."""
        done_now = self.done - self.done_before
        if not self.total or done_now <= 0 or self.stage_began_at is None or self.done_at is None:
            return None
        pace = (self.done_at - self.stage_began_at).total_seconds() / done_now
        return max(0, round(pace * (self.total - self.done) - (now() - self.done_at).total_seconds()))


class Entry(Indexed, Base):
    """A question in several variants, and its answer."""

    __tablename__ = "entries"
    __table_args__ = (
        Index("ix_entries_knowledge_base_id_updated_at", "knowledge_base_id", "updated_at"),
        Index("ix_entries_tags", "tags", postgresql_using="gin"),
        Index(
            "ix_entries_owing",
            "status",
            "job_until",
            postgresql_where=text("status IN ('queued', 'working')"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    questions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    answer: Mapped[str] = mapped_column(Text)
    language: Mapped[Language]


class Chunk(Base):
    """What retrieval finds: a piece of a document, or one variant of an entry's question, or its answer.

    It may be shown in the versions in which it is `valid`, and in no other.
    """

    __tablename__ = "chunks"
    __table_args__ = (
        CheckConstraint("num_nonnulls(document_id, entry_id) = 1", name="one_source"),
        Index("ix_chunks_document_id_revision_ordinal", "document_id", "revision", "ordinal"),
        Index("ix_chunks_entry_id", "entry_id"),
        Index("ix_chunks_knowledge_base_id_id", "knowledge_base_id", "id"),
        Index("ix_chunks_knowledge_base_id_changed", "knowledge_base_id", "changed"),
        Index("ix_chunks_digest", "digest"),
        Index("ix_chunks_pictured", "document_id", postgresql_where=text("location ? 'pictures'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    entry_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("entries.id", ondelete="CASCADE"))
    revision: Mapped[int]
    ordinal: Mapped[int]
    heading: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    location: Mapped[dict[str, Any]] = mapped_column(default=dict)
    terms: Mapped[bytes] = mapped_column(LargeBinary)  # of its own words: lexical.pack
    heading_terms: Mapped[bytes | None] = mapped_column(LargeBinary)  # of a document's headings above it
    source_terms: Mapped[bytes | None] = mapped_column(LargeBinary)  # with those of all that it belongs to
    # That of its knowledge base, once it is written.
    analysis: Mapped[int] = mapped_column(default=lambda: lexical.ANALYSIS)
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # of what is embedded
    written_at: Mapped[datetime | None]  # stored in Milvus
    valid: Mapped[Spans] = mapped_column(SpansType, default=Spans())
    changed: Mapped[int] = mapped_column(BigInteger, default=0)  # the change that made it valid or invalid last

    @property
    def searchable(self) -> str:
        """What is embedded: the heading helps to find the text below it."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text
