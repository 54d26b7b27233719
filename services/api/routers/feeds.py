"""Feeds: administrators have websites and databases read, now and from time to time."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, status

from frontdesk.knowledge.feeds.models import PageOutcome
from services.api.schemas import feeds as schemas
from services.api.security import CurrentAdmin, Domain

router = APIRouter(prefix="/v1", tags=["feeds"])


@router.get("/knowledge-bases/{knowledge_base_id}/feeds")
def list_feeds(knowledge_base_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.FeedList:
    """The feeds of a knowledge base, and the databases that there are."""
    found = frontdesk.feeds.feeds(knowledge_base_id)
    return schemas.FeedList(
        feeds=[schemas.Feed.of(feed) for feed in found], databases=list(frontdesk.feeds.databases)
    )


@router.post("/knowledge-bases/{knowledge_base_id}/feeds", status_code=status.HTTP_202_ACCEPTED)
def add_feed(
    knowledge_base_id: uuid.UUID, body: schemas.NewFeed, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.FeedAlone:
    """A new feed, which is read at once."""
    source = body.source.as_domain()
    feed = frontdesk.feeds.create(knowledge_base_id, body.name, source, body.every_hours)
    return schemas.FeedAlone(feed=schemas.Feed.of(feed))


@router.post("/knowledge-bases/{knowledge_base_id}/feeds/preview")
def preview_feed(
    knowledge_base_id: uuid.UUID, body: schemas.LookAt, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.Preview:
    """The first page or the first rows, of which nothing is kept."""
    return schemas.Preview.of(frontdesk.feeds.preview(knowledge_base_id, body.source.as_domain()))


@router.get("/feeds/{feed_id}")
def read_feed(feed_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.FeedAlone:
    """A feed and how its reading is going."""
    return schemas.FeedAlone(feed=schemas.Feed.of(frontdesk.feeds.feed(feed_id)))


@router.get("/feeds/{feed_id}/pages")
def list_pages(
    feed_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    outcome: PageOutcome | None = None,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> schemas.FeedPageList:
    """Some of the pages that the last run saw."""
    pages, total = frontdesk.feeds.pages(feed_id, outcome, offset, limit)
    return schemas.FeedPageList(pages=[schemas.FeedPage.of(page) for page in pages], total=total)


@router.patch("/feeds/{feed_id}")
def change_feed(
    feed_id: uuid.UUID, body: schemas.ChangeFeed, frontdesk: Domain, admin: CurrentAdmin
) -> schemas.FeedAlone:
    """Another name, other bounds, another plan."""
    feed = frontdesk.feeds.change(feed_id, body.name, body.source.as_domain() if body.source else None)
    if "every_hours" in body.model_fields_set:
        feed = frontdesk.feeds.plan(feed_id, body.every_hours)
    return schemas.FeedAlone(feed=schemas.Feed.of(feed))


@router.post("/feeds/{feed_id}/run", status_code=status.HTTP_202_ACCEPTED)
def run_feed(feed_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.FeedAlone:
    """Read it now."""
    return schemas.FeedAlone(feed=schemas.Feed.of(frontdesk.feeds.run(feed_id)))


@router.post("/feeds/{feed_id}/stop")
def stop_feed(feed_id: uuid.UUID, frontdesk: Domain, admin: CurrentAdmin) -> schemas.FeedAlone:
    """Leave off reading; what was read stays."""
    return schemas.FeedAlone(feed=schemas.Feed.of(frontdesk.feeds.stop(feed_id)))


@router.delete("/feeds/{feed_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_feed(
    feed_id: uuid.UUID,
    frontdesk: Domain,
    admin: CurrentAdmin,
    documents: Annotated[bool, Query(description="Remove the documents that it brought as well")] = False,
) -> None:
    """Remove a feed."""
    frontdesk.feeds.remove(feed_id, documents)
