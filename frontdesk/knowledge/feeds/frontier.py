"""What a crawler has seen of a website and not read yet: rows, so that nothing of it is lost with the worker."""

from collections.abc import Iterable, Sequence
from itertools import islice

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from frontdesk.knowledge.feeds.models import Feed, FeedPage, PageOutcome
from frontdesk.knowledge.feeds.sitemaps import Listed

MOST_SITEMAPS = 100
TRANSIENT = ("page_unreachable", "page_slow", "page_server_error")
_AT_ONCE = 1000
_KEPT = (PageOutcome.NEW, PageOutcome.CHANGED, PageOutcome.UNCHANGED)


def see(session: Session, feed: Feed, found: Iterable[Listed], depth: int, most: int) -> None:
    """Have addresses read in the present run, each once, until `most` pages were seen; the feed must be locked."""
    remaining = iter(found)
    while batch := list(islice(remaining, _AT_ONCE)):
        fresh = _fresh(session, feed, batch)
        pages, lists = [one for one in fresh if not one.is_sitemap], [one for one in fresh if one.is_sitemap]
        taken = pages[: max(0, most - feed.found)]
        listed = (
            lists[: max(0, MOST_SITEMAPS - _count(session, feed, FeedPage.is_sitemap.is_(True)))] if lists else []
        )
        _insert(session, feed, [*taken, *listed], depth)
        feed.found += len(taken)
        if len(taken) < len(pages) or len(listed) < len(lists):
            feed.is_cut = True
            return


def next_page(session: Session, feed: Feed) -> FeedPage | None:
    """What is to be read next: sitemaps, then the pages that are the fewest links away; None when all is read."""
    return session.scalars(
        select(FeedPage)
        .where(_seen(feed), FeedPage.outcome == PageOutcome.WAITING)
        .order_by(FeedPage.is_sitemap.desc(), FeedPage.depth, FeedPage.url)
        .limit(1)
    ).first()


def is_begun(session: Session, feed: Feed) -> bool:
    """Whether the present run has seen anything yet."""
    return session.scalar(select(FeedPage.url).where(_seen(feed)).limit(1)) is not None


def is_complete(session: Session, feed: Feed) -> bool:
    """Whether all pages that the site has were seen, as far as can be told: what was not has vanished then."""
    missed = FeedPage.error_code.in_(TRANSIENT) | FeedPage.is_sitemap
    return not feed.is_cut and not _count(session, feed, FeedPage.outcome == PageOutcome.FAILED, missed)


def unseen(session: Session, feed: Feed) -> Sequence[FeedPage]:
    """Pages of earlier runs that the present one has not seen."""
    return session.scalars(
        select(FeedPage).where(FeedPage.feed_id == feed.id, FeedPage.seen_run < feed.run).order_by(FeedPage.url)
    ).all()


def kept(session: Session, feed: Feed) -> int:
    """How many pages of the present run have a document."""
    return _count(session, feed, FeedPage.document_id.is_not(None))


def is_repeated(session: Session, feed: Feed, page: FeedPage, content_hash: str) -> bool:
    """Whether another page of the present run says the same."""
    same = (FeedPage.content_hash == content_hash, FeedPage.url != page.url, FeedPage.outcome.in_(_KEPT))
    return _count(session, feed, *same) > 0


def _fresh(session: Session, feed: Feed, batch: Sequence[Listed]) -> list[Listed]:
    by_url = {one.url: one for one in batch}
    known = session.scalars(select(FeedPage.url).where(_seen(feed), FeedPage.url.in_(by_url)))
    for url in known:
        del by_url[url]
    return list(by_url.values())


def _insert(session: Session, feed: Feed, fresh: Sequence[Listed], depth: int) -> None:
    if not fresh:
        return
    seen = {"feed_id": feed.id, "depth": depth, "seen_run": feed.run, "outcome": PageOutcome.WAITING}
    rows = [seen | {"url": one.url, "is_sitemap": one.is_sitemap, "links": []} for one in fresh]
    statement = insert(FeedPage).values(rows)
    again = {name: statement.excluded[name] for name in ("depth", "seen_run", "outcome", "is_sitemap")}
    session.execute(statement.on_conflict_do_update(index_elements=["feed_id", "url"], set_=again))


def _count(session: Session, feed: Feed, *conditions: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).select_from(FeedPage).where(_seen(feed), *conditions)).one()


def _seen(feed: Feed) -> ColumnElement[bool]:
    return (FeedPage.feed_id == feed.id) & (FeedPage.seen_run == feed.run)
