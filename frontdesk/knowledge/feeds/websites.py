"""A website read from its first page to its last, and what has vanished from it removed.

Every page is a transaction of its own, so a killed run goes on where it stood and nothing is asked for twice.
"""

import time
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from frontdesk.database import Sessions
from frontdesk.errors import DomainError, Invalid, NotFound, Unavailable
from frontdesk.knowledge.feeds import frontier, kinds, sitemaps
from frontdesk.knowledge.feeds.addresses import canonical
from frontdesk.knowledge.feeds.fetching import Fetcher, Known, Reply, TooBusy
from frontdesk.knowledge.feeds.models import Feed, FeedPage, PageOutcome
from frontdesk.knowledge.feeds.robots import Robots
from frontdesk.knowledge.feeds.shifts import Content, Keeping, Shift
from frontdesk.knowledge.feeds.site import Site
from frontdesk.knowledge.feeds.sitemaps import Listed
from frontdesk.knowledge.feeds.sources import Website
from frontdesk.knowledge.feeds.visiting import Visit, visit
from frontdesk.knowledge.leases import LeaseLost

SITE_IS_DOWN_AFTER = 5
_FEW = 5
_KEEPS_ITS_DOCUMENT = ("page_robots",)
_HAS_NONE_ANY_MORE = ("page_elsewhere",)


class Websites:
    """Reads websites one page at a time, at least `pause_seconds` apart."""

    def __init__(
        self, sessions: Sessions, keeping: Keeping, fetcher: Fetcher, robots: Robots, pause_seconds: float
    ) -> None:
        self._sessions = sessions
        self._keeping = keeping
        self._fetcher = fetcher
        self._robots = robots
        self._pause_seconds = pause_seconds

    def work(self, shift: Shift, website: Website) -> float | None:
        """Read on for as long as the shift lasts; after how many seconds to go on, None when all is done.

        Raises LeaseLost; Invalid, NotFound or Unavailable when the site as a whole can not be read. Nothing is
        removed then.
        """
        reading = _Reading(self._sessions, self._keeping, self._fetcher, self._robots, shift, website)
        reading.begin()
        asked_at, failures = float("-inf"), 0
        while (page := reading.next_page()) is not None:
            wait = max(
                0.0, asked_at + self._robots.pause_seconds(website.url, self._pause_seconds) - time.monotonic()
            )
            if wait >= shift.left_seconds:
                return wait
            time.sleep(wait)
            is_answered = reading.read(page)
            asked_at = time.monotonic()
            failures = 0 if is_answered else failures + 1
            if failures >= SITE_IS_DOWN_AFTER:
                raise Unavailable("The site does not answer any more.", code="site_down")
        reading.end()
        return None


class _Reading:
    """One shift at one website."""

    def __init__(
        self,
        sessions: Sessions,
        keeping: Keeping,
        fetcher: Fetcher,
        robots: Robots,
        shift: Shift,
        website: Website,
    ) -> None:
        self._sessions = sessions
        self._keeping = keeping
        self._fetcher = fetcher
        self._robots = robots
        self._shift = shift
        self._website = website
        self._site = Site.of(website)

    def begin(self) -> None:
        """See the first page, unless the run has begun already."""
        with self._sessions.begin() as session:
            feed = self._shift.owned(session)
            if not frontier.is_begun(session, feed):
                self._robots.forget(self._website.url)
                frontier.see(session, feed, [Listed(self._website.url, False)], 0, self._website.pages)

    def next_page(self) -> FeedPage | None:
        """What is to be read next."""
        with self._sessions() as session:
            feed = session.get(Feed, self._shift.feed_id)
            if feed is None:
                raise LeaseLost
            return frontier.next_page(session, feed)

    def read(self, page: FeedPage) -> bool:
        """Ask for a page and do with it what is to be done; whether the site answered."""
        is_first = page.url == self._website.url
        try:
            self._robots.check(page.url)
            known = Known(page.etag, page.last_modified) if self._keeping.is_kept(page) else Known()
            self._take(page, self._fetcher.get(page.url, partial(self._follow, is_first), known), is_first)
        except TooBusy:
            raise
        except DomainError as error:
            if is_first:
                raise
            self._miss(page, error)
            return not isinstance(error, Unavailable)
        return True

    def end(self) -> None:
        """Remove what a complete run has not seen.

        Raises Invalid with feed_shrank when that would be most of it, unless the run before found the same: a site
        that shows an empty page for an hour should not cost anybody their knowledge.
        """
        with self._sessions.begin() as session:
            feed = self._shift.owned(session)
            vanished = frontier.unseen(session, feed) if frontier.is_complete(session, feed) else []
            documents = sum(page.document_id is not None for page in vanished)
            hesitates = documents > max(_FEW, frontier.kept(session, feed)) and not feed.may_shrink
            feed.may_shrink = hesitates
        if hesitates:
            raise Invalid(
                "Most pages of this site were not there this time, so nothing was removed. If that is right, read "
                "it once more.",
                code="feed_shrank",
            )
        for page in vanished:
            self._keeping.forget(page)
            with self._sessions.begin() as session:
                feed = self._shift.owned(session)
                feed.gone += page.document_id is not None
                session.delete(session.get_one(FeedPage, (page.feed_id, page.url)))

    def _follow(self, is_first: bool, url: str) -> None:
        """Let a page lead to this address; raises Invalid when it may not."""
        if is_first:
            self._site.check_first(url)
        if not self._site.holds(url):
            raise Invalid("This page leads out of the part of the site that is read.", code="page_elsewhere")
        self._robots.check(url)

    def _take(self, page: FeedPage, reply: Reply, is_first: bool) -> None:
        body = reply.body
        is_list = body is not None and (page.is_sitemap or (is_first and sitemaps.is_sitemap(body)))
        if is_first and not is_list:
            self._see_lists(page)
        if body is None:
            self._see(page, page.links)
            self._keeping.settle(self._shift, page, PageOutcome.UNCHANGED)
        elif is_list:
            self._take_sitemap(page, body, reply.url)
        else:
            target = page if reply.url == page.url else self._move(page, reply.url)
            if target is not None:
                self._take_page(target, reply, body, is_first)

    def _take_sitemap(self, page: FeedPage, body: bytes, url: str) -> None:
        # Who names a sitemap means the pages in it: they are as deep as links are followed.
        depth = page.depth or self._website.depth
        listed = list(islice(self._listed(sitemaps.read(body), url), sitemaps.MOST_ADDRESSES))
        with self._sessions.begin() as session:
            feed = self._shift.owned(session)
            row = session.get_one(FeedPage, (page.feed_id, page.url))
            feed.found -= not row.is_sitemap
            row.is_sitemap = True
            session.flush()
            frontier.see(session, feed, listed, depth, self._website.pages)
        self._keeping.settle(self._shift, page, PageOutcome.UNCHANGED)

    def _listed(self, written: Iterable[Listed], base: str) -> Iterator[Listed]:
        for one in written:
            url = canonical(one.url, base)
            if url and one.is_sitemap and self._site.is_on_host(url):
                yield Listed(url, True)
            elif url and not one.is_sitemap and self._site.holds(url) and kinds.may_be_page(url):
                yield Listed(url, False)

    def _take_page(self, page: FeedPage, reply: Reply, body: bytes, is_first: bool) -> None:
        try:
            self._keep(page, reply, visit(reply, body, self._site))
        except Invalid as error:
            if is_first:
                raise
            self._miss(page, error)

    def _keep(self, page: FeedPage, reply: Reply, found: Visit) -> None:
        links = [*found.links, *filter(None, [found.instead])]
        self._see(page, links)
        told = {
            "title": found.title,
            "links": links,
            "etag": reply.known.etag,
            "last_modified": reply.known.last_modified,
        }
        left_out = found.left_out or self._why_repeated(page, found)
        if left_out is not None:
            changes = told | {"error_code": left_out.code, "error_message": left_out.message}
            self._keeping.forget_and_settle(self._shift, page, PageOutcome.LEFT_OUT, **changes)
            return
        content = Content(found.title, found.suffix, found.content, found.content_hash)
        self._keeping.keep(self._shift, page, content, page.url, **told)

    def _why_repeated(self, page: FeedPage, found: Visit) -> Invalid | None:
        with self._sessions() as session:
            feed = session.get(Feed, self._shift.feed_id)
            if feed is None:
                raise LeaseLost
            if not frontier.is_repeated(session, feed, page, found.content_hash):
                return None
        return Invalid("Another page says the same.", code="page_duplicate")

    def _move(self, page: FeedPage, url: str) -> FeedPage | None:
        """Write down that a page is to be found elsewhere; that page, unless it was read already."""
        self._see(page, [url], links_away=0)
        moved = {"error_code": "page_moved", "error_message": "This page has moved to another address."}
        self._keeping.forget_and_settle(self._shift, page, PageOutcome.LEFT_OUT, **moved)
        with self._sessions() as session:
            target = session.get(FeedPage, (page.feed_id, url))
            is_waiting = target and target.seen_run == page.seen_run and target.outcome is PageOutcome.WAITING
            return target if is_waiting else None

    def _miss(self, page: FeedPage, error: DomainError) -> None:
        """Write down why a page could not be read. Where it led when it could be, pages may still be."""
        said = {"error_code": error.code, "error_message": error.message}
        if isinstance(error, NotFound):
            outcome = PageOutcome.GONE if page.document_id else PageOutcome.LEFT_OUT
            self._keeping.forget_and_settle(self._shift, page, outcome, links=[], **said)
        elif error.code in _HAS_NONE_ANY_MORE:
            self._keeping.forget_and_settle(self._shift, page, PageOutcome.LEFT_OUT, links=[], **said)
        else:
            self._see(page, page.links)
            outcome = PageOutcome.LEFT_OUT if error.code in _KEEPS_ITS_DOCUMENT else PageOutcome.FAILED
            self._keeping.settle(self._shift, page, outcome, **said)

    def _see(self, page: FeedPage, urls: Iterable[str], links_away: int = 1) -> None:
        depth = page.depth + links_away
        if depth > self._website.depth:
            return
        with self._sessions.begin() as session:
            feed = self._shift.owned(session)
            frontier.see(session, feed, [Listed(url, False) for url in urls], depth, self._website.pages)

    def _see_lists(self, page: FeedPage) -> None:
        """See the sitemaps that the site names to programs."""
        named = self._listed((Listed(url, True) for url in self._robots.sitemaps(page.url)), page.url)
        with self._sessions.begin() as session:
            frontier.see(session, self._shift.owned(session), named, 1, self._website.pages)
