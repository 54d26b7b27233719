"""A first look at a website or a query, of which nothing is kept."""

from dataclasses import dataclass, field
from itertools import islice

from frontdesk.knowledge.feeds import pages, sitemaps
from frontdesk.knowledge.feeds.addresses import canonical
from frontdesk.knowledge.feeds.databases import Databases, Row
from frontdesk.knowledge.feeds.fetching import Fetcher
from frontdesk.knowledge.feeds.kinds import PAGE, suffix_of_reply
from frontdesk.knowledge.feeds.robots import Robots
from frontdesk.knowledge.feeds.site import Site
from frontdesk.knowledge.feeds.sources import Query, Source, Website

SHOWN = 10
_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """Of a website: the first page's title, and the `addresses` that it leads to or lists. Of a query: rows."""

    title: str | None = None
    is_sitemap: bool = False
    addresses: int = 0
    first_addresses: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)


class Previews:
    """Looks at sources."""

    def __init__(self, fetcher: Fetcher, robots: Robots, databases: Databases) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._databases = databases

    def look(self, source: Source) -> Preview:
        """The beginning of a checked source.

        Raises Invalid, NotFound or Unavailable as reading it would: a mistake shows before anything is kept.
        """
        return self._website(source) if isinstance(source, Website) else self._query(source)

    def _website(self, website: Website) -> Preview:
        site = Site.of(website)

        def check(url: str) -> None:
            site.check_first(url)
            self._robots.check(url)

        self._robots.check(website.url)
        reply = self._fetcher.get(website.url, check)
        body = reply.body or b""
        if sitemaps.is_sitemap(body):
            listed = islice(sitemaps.read(body), website.pages)
            found = [canonical(one.url, reply.url) for one in listed]
            kept = [url for url in found if url and (site.holds(url))]
            return Preview(None, True, len(kept), tuple(kept[:SHOWN]))
        if suffix_of_reply(reply.content_type, reply.url) != PAGE:
            return Preview(reply.url)
        page = pages.read(body, reply.url, reply.charset, reply.directives)
        links = [link for link in page.links if site.holds(link)]
        return Preview(page.title, False, len(links), tuple(links[:SHOWN]))

    def _query(self, query: Query) -> Preview:
        rows = islice(self._databases.rows(Query(query.database, query.query, SHOWN)), SHOWN)
        return Preview(rows=[{name: _shown(value) for name, value in row.items()} for row in rows])


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, bytes | memoryview):
        return None
    return str(value)[:_LONGEST_VALUE]
