"""The result of a query kept as one document, of which every row is a passage."""

import hashlib

from frontdesk.database import Sessions
from frontdesk.errors import Invalid
from frontdesk.knowledge.feeds import frontier
from frontdesk.knowledge.feeds.databases import Databases, as_line
from frontdesk.knowledge.feeds.models import Feed, FeedPage
from frontdesk.knowledge.feeds.shifts import Content, Keeping, Shift
from frontdesk.knowledge.feeds.sitemaps import Listed
from frontdesk.knowledge.feeds.sources import Query

MOST_BYTES = 30 * 1024 * 1024
_THE_ONE_PAGE = "query"


class Queries:
    """Reads queries, each in one go."""

    def __init__(self, sessions: Sessions, keeping: Keeping, databases: Databases) -> None:
        self._sessions = sessions
        self._keeping = keeping
        self._databases = databases

    def work(self, shift: Shift, feed: Feed, query: Query) -> None:
        """Read all rows and keep them, unless they are the same as before.

        Raises LeaseLost; Invalid with query_empty, or as the databases do; Unavailable.
        """
        lines: list[bytes] = []
        size, is_cut = 0, False
        for row in self._databases.rows(query):
            line = as_line(row)
            size += len(line)
            if len(lines) >= query.rows or size > MOST_BYTES:
                is_cut = True
                break
            lines.append(line)
        if not lines:
            raise Invalid("This query finds no rows, so what it found before stays.", code="query_empty")
        content = b"".join(lines)
        page = self._page(shift, len(lines), is_cut)
        digest = hashlib.sha256(content).hexdigest()
        self._keeping.keep(shift, page, Content(feed.name, ".jsonl", content, digest), None, title=feed.name)

    def _page(self, shift: Shift, rows: int, is_cut: bool) -> FeedPage:
        with self._sessions.begin() as session:
            feed = shift.owned(session)
            frontier.see(session, feed, [Listed(_THE_ONE_PAGE, False)], 0, 1)
            feed.found, feed.is_cut = rows, is_cut
            return session.get_one(FeedPage, (feed.id, _THE_ONE_PAGE), populate_existing=True)
