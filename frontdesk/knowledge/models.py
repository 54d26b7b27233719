"""Knowledge bases, their documents and entries, and the chunks that retrieval finds."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now
from frontdesk.language import Language


class SourceStatus(StrEnum):
    """How far a document or entry is; all but ready and failed owe work to the worker."""

    QUEUED = "queued"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    DELETING = "deleting"


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
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    def owe(self, status: SourceStatus) -> None:
        """There is work again: index it (queued) or remove it (deleting). A running job loses its lease."""
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
    """A body of knowledge with its own index: one Milvus collection, made for one vector space (or none)."""

    __tablename__ = "knowledge_bases"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    threshold: Mapped[float]  # the assistant answers from this confidence on
    dense_weight: Mapped[float] = mapped_column(default=0.7)  # the lexical leg has the rest
    collection: Mapped[str | None] = mapped_column(String(80))
    embedder: Mapped[str | None] = mapped_column(String(200))  # its vector space; None: it has no dense leg
    incomplete: Mapped[bool] = mapped_column(default=False)  # some chunks could not be embedded when they came
    passages: Mapped[int] = mapped_column(default=0)  # chunks that retrieval may find: the N of the IDF
    created_at: Mapped[datetime] = mapped_column(default=now)


class Rebuild(Leased, Base):
    """What the index of a knowledge base owes: a collection for another vector space beside the present one, the
    tidying after it has taken the present one's place, or vectors that were missed. Gone when all is done."""

    __tablename__ = "rebuilds"

    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("knowledge_bases.id", ondelete="CASCADE"), primary_key=True
    )
    collection: Mapped[str | None] = mapped_column(String(80))  # the one that is being filled
    embedder: Mapped[str | None] = mapped_column(String(200))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)


class TermCount(Base):
    """How many findable chunks of a knowledge base have a term: the question's side of the lexical leg."""

    __tablename__ = "term_counts"

    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("knowledge_bases.id", ondelete="CASCADE"), primary_key=True
    )
    term: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    passages: Mapped[int]


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
            postgresql_where=text("status != 'deleting'"),
        ),
        Index(
            "ix_documents_owing",
            "status",
            "job_until",
            postgresql_where=text("status NOT IN ('ready', 'failed')"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    file: Mapped[str] = mapped_column(String(100))  # name below the files folder
    chunked_revision: Mapped[int] = mapped_column(default=0)  # the revision whose chunks are all stored
    stage: Mapped[Stage | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    done_before: Mapped[int] = mapped_column(default=0)  # of `done`, what an earlier job did
    stage_began_at: Mapped[datetime | None]
    passages: Mapped[int] = mapped_column(default=0)

    @property
    def progress(self) -> float | None:
        """The share of the stage that is done, between 0 and 1; None where the whole is not known."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def remaining_seconds(self) -> int | None:
        """How long the stage will take at the pace so far; None before there is a pace."""
        done_now = self.done - self.done_before
        if not self.total or done_now <= 0 or self.stage_began_at is None:
            return None
        elapsed = (now() - self.stage_began_at).total_seconds()
        return round(elapsed / done_now * (self.total - self.done))


class Entry(Indexed, Base):
    """A question in several variants, and its answer."""

    __tablename__ = "entries"
    __table_args__ = (
        Index("ix_entries_knowledge_base_id_updated_at", "knowledge_base_id", "updated_at"),
        Index(
            "ix_entries_owing",
            "status",
            "job_until",
            postgresql_where=text("status NOT IN ('ready', 'failed')"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    questions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    answer: Mapped[str] = mapped_column(Text)
    language: Mapped[Language]


class Chunk(Base):
    """What retrieval finds: a piece of a document, or one variant of an entry's question.

    Only `live` chunks may be shown. Those of a new revision become live, and the old ones go, in one transaction.
    """

    __tablename__ = "chunks"
    __table_args__ = (
        CheckConstraint("num_nonnulls(document_id, entry_id) = 1", name="one_source"),
        Index("ix_chunks_document_id_revision_ordinal", "document_id", "revision", "ordinal"),
        Index("ix_chunks_entry_id", "entry_id"),
        Index("ix_chunks_knowledge_base_id_id", "knowledge_base_id", "id"),
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
    written_at: Mapped[datetime | None]  # stored in Milvus
    live: Mapped[bool] = mapped_column(default=False)

    @property
    def searchable(self) -> str:
        """What is indexed: the heading helps to find the text below it."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text
