"""Feeds, and the pages that a website has."""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now
from frontdesk.errors import Conflict, DomainError
from frontdesk.knowledge.feeds.sources import Query, Source, Website
from frontdesk.knowledge.models import Leased


class FeedKind(StrEnum):
    """Where a feed comes from."""

    WEBSITE = "website"
    SQL = "sql"


class FeedStatus(StrEnum):
    """How the present or the last run is going; queued and working owe work to the worker."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


RUNNING = (FeedStatus.QUEUED, FeedStatus.WORKING)


class PageOutcome(StrEnum):
    """What became of a page in the run that saw it last."""

    WAITING = "waiting"
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left_out"
    GONE = "gone"
    FAILED = "failed"


class Feed(Leased, Base):
    """A website or a query whose pages or rows are kept as documents. `run` counts the times it was read."""

    __tablename__ = "feeds"
    __table_args__ = (Index("ix_feeds_knowledge_base_id", "knowledge_base_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[FeedKind]
    settings: Mapped[dict[str, Any]]
    every_hours: Mapped[int | None]  # None: only when somebody asks
    status: Mapped[FeedStatus] = mapped_column(default=FeedStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    run: Mapped[int] = mapped_column(default=0)
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    found: Mapped[int] = mapped_column(default=0)  # pages that were seen, or rows
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    is_cut: Mapped[bool] = mapped_column(default=False)  # there is more than the limits allow
    may_shrink: Mapped[bool] = mapped_column(default=False)  # the next run may remove most of what there is
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def source(self) -> Source:
        """What an administrator chose."""
        return (Website if self.kind is FeedKind.WEBSITE else Query).from_json(self.settings)

    def choose(self, source: Source) -> None:
        """Read another source, or the same with other bounds, from the next run on."""
        self.kind = FeedKind.WEBSITE if isinstance(source, Website) else FeedKind.SQL
        self.settings = source.as_json()
        self.may_shrink = True

    def ask_for_run(self) -> None:
        """Have it read again; raises Conflict while it is being read."""
        if self.status in RUNNING:
            raise Conflict("This is being read already.", code="feed_running")
        self.status, self.attempts = FeedStatus.QUEUED, 0

    def begin(self) -> None:
        """A new run has begun."""
        self.run += 1
        self.status, self.began_at = FeedStatus.WORKING, now()
        self.found = self.new = self.changed = self.unchanged = self.left_out = self.gone = self.failed = 0
        self.is_cut = False
        self.error_code = self.error_message = None

    def count(self, outcome: PageOutcome) -> None:
        """One page more has come to this."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def stop(self) -> None:
        """Leave off; what was read stays. Raises Conflict when it is not being read."""
        if self.status not in RUNNING:
            raise Conflict("This is not being read.", code="feed_not_running")
        self._end(FeedStatus.STOPPED)

    def settle(self) -> None:
        """All was read that could be."""
        self._end(FeedStatus.DONE)

    def fail(self, error: DomainError) -> None:
        """The run came to nothing; what earlier ones brought stays as it is."""
        self._end(FeedStatus.FAILED)
        self.error_code, self.error_message = error.code, error.message

    def postpone(self, pause: timedelta, error: DomainError | None = None) -> None:
        """Somebody may go on with the run after a pause."""
        self.job_id, self.job_until = None, now() + pause
        if error:
            self.error_code, self.error_message = error.code, error.message

    def plan(self, every_hours: int | None) -> None:
        """Read it every so many hours from now on, or only when somebody asks."""
        self.every_hours = every_hours
        since = self.ended_at or now()
        self.next_at = since + timedelta(hours=every_hours) if every_hours else None

    def _end(self, status: FeedStatus) -> None:
        self.status, self.ended_at, self.attempts = status, now(), 0
        self.job_id = self.job_until = self.error_code = self.error_message = None
        self.plan(self.every_hours)


class FeedPage(Base):
    """An address of a website, or the one result of a query. In the run that sees it, it waits until it is read.

    `document_name` is set before the document is made, so that a killed run finds it again.
    """

    __tablename__ = "feed_pages"
    __table_args__ = (
        Index("ix_feed_pages_feed_id_seen_run_outcome", "feed_id", "seen_run", "outcome"),
        Index("ix_feed_pages_document_id", "document_id"),
    )

    feed_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True)
    url: Mapped[str] = mapped_column(String(2000), primary_key=True)
    title: Mapped[str | None] = mapped_column(String(300))
    depth: Mapped[int] = mapped_column(default=0)
    is_sitemap: Mapped[bool] = mapped_column(default=False)
    seen_run: Mapped[int]
    outcome: Mapped[PageOutcome] = mapped_column(default=PageOutcome.WAITING)
    etag: Mapped[str | None] = mapped_column(String(500))
    last_modified: Mapped[str | None] = mapped_column(String(100))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    links: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # followed again when it has not changed
    document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"))
    document_name: Mapped[str | None] = mapped_column(String(255))
    read_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(Text)
