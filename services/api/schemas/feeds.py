"""Websites and queries that knowledge comes from by itself."""

import uuid
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from frontdesk.knowledge.feeds.models import RUNNING, FeedStatus, PageOutcome
from frontdesk.knowledge.feeds.models import Feed as DomainFeed
from frontdesk.knowledge.feeds.models import FeedPage as DomainFeedPage
from frontdesk.knowledge.feeds.previews import Preview as DomainPreview
from frontdesk.knowledge.feeds.sources import DEEPEST, LONGEST_QUERY, MOST_PAGES, MOST_ROWS, Query, Source, Website
from services.api.schemas.knowledge import SourceError
from services.api.schemas.shape import Shape


class WebsiteSource(Shape):
    """A website, or the pages of a sitemap; `include` and `exclude` are beginnings of paths, `*` for anything."""

    kind: Literal["website"]
    url: str = Field(max_length=2000)
    whole_site: bool = Field(False, description="Not only the folder that the address names")
    include: list[str] = Field([], max_length=50)
    exclude: list[str] = Field([], max_length=50)
    pages: int = Field(500, ge=1, le=MOST_PAGES)
    depth: int = Field(10, ge=0, le=DEEPEST, description="How many links away from the first page")

    def as_domain(self) -> Source:
        """The domain's."""
        return Website(self.url, self.whole_site, tuple(self.include), tuple(self.exclude), self.pages, self.depth)


class QuerySource(Shape):
    """One SELECT on a database that the operator named."""

    kind: Literal["sql"]
    database: str = Field(max_length=120)
    query: str = Field(max_length=LONGEST_QUERY)
    rows: int = Field(5000, ge=1, le=MOST_ROWS)

    def as_domain(self) -> Source:
        """The domain's."""
        return Query(self.database, self.query, self.rows)


AnySource = Annotated[WebsiteSource | QuerySource, Field(discriminator="kind")]
EveryHours = Annotated[int, Field(ge=1, le=744, description="Without one it is read only when somebody asks")]


class FeedCounts(Shape):
    """What the present or the last run came to: pages of a website; of a query `found` counts its rows."""

    found: int
    new: int
    changed: int
    unchanged: int
    left_out: int
    gone: int
    failed: int


class Feed(Shape):
    """A website or a query, and how its reading is going; `is_cut` when there is more than its limits allow."""

    id: uuid.UUID
    name: str
    source: AnySource
    every_hours: int | None
    status: FeedStatus
    counts: FeedCounts
    is_cut: bool
    error: SourceError | None
    began_at: datetime | None
    ended_at: datetime | None
    next_at: datetime | None

    @classmethod
    def of(cls, feed: DomainFeed) -> Self:
        """From the domain's."""
        error = SourceError(code=feed.error_code, message=feed.error_message or "") if feed.error_code else None
        source = {"kind": feed.kind, **feed.settings}
        return cls(
            id=feed.id,
            name=feed.name,
            source=WebsiteSource(**source) if feed.kind == "website" else QuerySource(**source),
            every_hours=feed.every_hours,
            status=feed.status,
            counts=FeedCounts.model_validate(feed),
            is_cut=feed.is_cut,
            error=error,
            began_at=feed.began_at,
            ended_at=feed.ended_at,
            next_at=None if feed.status in RUNNING else feed.next_at,
        )


class FeedAlone(Shape):
    """One feed."""

    feed: Feed


class FeedList(Shape):
    """Oldest first, and the names of the databases that a query may ask."""

    feeds: list[Feed]
    databases: list[str]


class FeedPage(Shape):
    """An address that a run has seen, and what became of it."""

    url: str
    title: str | None
    outcome: PageOutcome
    document_id: uuid.UUID | None
    document_name: str | None
    error: SourceError | None
    read_at: datetime | None

    @classmethod
    def of(cls, page: DomainFeedPage) -> Self:
        """From the domain's."""
        error = SourceError(code=page.error_code, message=page.error_message or "") if page.error_code else None
        return cls(
            url=page.url,
            title=page.title,
            outcome=page.outcome,
            document_id=page.document_id,
            document_name=page.document_name,
            error=error,
            read_at=page.read_at,
        )


class FeedPageList(Shape):
    """Some pages by address, and the number of all."""

    pages: list[FeedPage]
    total: int


class NewFeed(Shape):
    """A website or a query to read now, and then every so many hours."""

    name: str | None = Field(None, max_length=120)
    source: AnySource
    every_hours: EveryHours | None = None


class ChangeFeed(Shape):
    """What is given changes; `every_hours` null: only when somebody asks."""

    name: str | None = Field(None, max_length=120)
    source: AnySource | None = None
    every_hours: EveryHours | None = None


class LookAt(Shape):
    """A source to look at before it is added."""

    source: AnySource


class Preview(Shape):
    """Of a website: the first page's title, and the addresses that it leads to or lists. Of a query: rows."""

    title: str | None
    is_sitemap: bool
    addresses: int
    first_addresses: list[str]
    rows: list[dict[str, str | None]]

    @classmethod
    def of(cls, preview: DomainPreview) -> Self:
        """From the domain's."""
        return cls.model_validate(preview)
