"""The verbs of administrators who have knowledge come by itself. The worker does the reading."""

import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

from frontdesk.database import Sessions
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.jobs import Job, Jobs
from frontdesk.knowledge.feeds.databases import Databases
from frontdesk.knowledge.feeds.models import RUNNING, Feed, FeedPage, PageOutcome
from frontdesk.knowledge.feeds.previews import Preview, Previews
from frontdesk.knowledge.feeds.sources import Query, Source, Website, checked
from frontdesk.knowledge.service import Knowledge
from frontdesk.texts import require_text

LONGEST_NAME = 120
MOST_HOURS = 24 * 31


class Feeds:
    """Websites and queries: named, planned, read at once, stopped, removed."""

    def __init__(
        self, sessions: Sessions, jobs: Jobs, knowledge: Knowledge, databases: Databases, previews: Previews
    ) -> None:
        self._sessions = sessions
        self._jobs = jobs
        self._knowledge = knowledge
        self._databases = databases
        self._previews = previews

    @property
    def databases(self) -> Sequence[str]:
        """The names of the databases that a query may ask."""
        return self._databases.names

    def feeds(self, knowledge_base_id: uuid.UUID) -> Sequence[Feed]:
        """The feeds of a knowledge base, oldest first; raises NotFound."""
        self._knowledge.base(knowledge_base_id)
        with self._sessions() as session:
            return session.scalars(
                select(Feed).where(Feed.knowledge_base_id == knowledge_base_id).order_by(Feed.created_at)
            ).all()

    def feed(self, feed_id: uuid.UUID) -> Feed:
        """One feed; raises NotFound."""
        with self._sessions() as session:
            return _there(session.get(Feed, feed_id))

    def pages(
        self, feed_id: uuid.UUID, outcome: PageOutcome | None, offset: int, limit: int
    ) -> tuple[Sequence[FeedPage], int]:
        """Some of the pages that the last run saw, by address, and the number of all; raises NotFound."""
        with self._sessions() as session:
            feed = _there(session.get(Feed, feed_id))
            wanted = select(FeedPage).where(FeedPage.feed_id == feed_id, FeedPage.seen_run == feed.run)
            wanted = wanted.where(FeedPage.outcome == outcome) if outcome else wanted
            total = session.scalars(select(func.count()).select_from(wanted.subquery())).one()
            return session.scalars(wanted.order_by(FeedPage.url).offset(offset).limit(limit)).all(), total

    def preview(self, knowledge_base_id: uuid.UUID, source: Source) -> Preview:
        """A first look at a source; raises NotFound, Invalid or Unavailable."""
        self._knowledge.base(knowledge_base_id)
        return self._previews.look(self._checked(source))

    def create(
        self, knowledge_base_id: uuid.UUID, name: str | None, source: Source, every_hours: int | None
    ) -> Feed:
        """A new feed, which is read at once, and then every so many hours. Raises NotFound or Invalid."""
        self._knowledge.base(knowledge_base_id)
        source = self._checked(source)
        feed = Feed(knowledge_base_id=knowledge_base_id, name=_name(name, source))
        feed.choose(source)
        feed.plan(_hours(every_hours))
        with self._sessions.begin() as session:
            session.add(feed)
        self._jobs.enqueue(Job.READ_FEED, feed_id=feed.id)
        return feed

    def change(self, feed_id: uuid.UUID, name: str | None, source: Source | None) -> Feed:
        """Another name, or another source of the same kind, read from the next run on.

        Raises NotFound, Invalid, or Conflict when the source of a feed is to change that is being read.
        """
        source = self._checked(source) if source else None
        with self._sessions.begin() as session:
            feed = _there(session.get(Feed, feed_id, with_for_update=True))
            if name is not None:
                feed.name = _name(name, feed.source)
            if source is not None and source != feed.source:
                if type(source) is not type(feed.source):
                    raise Invalid("A website can not become a query; add it as a new one.", code="feed_kind")
                if feed.status in RUNNING:
                    raise Conflict("This is being read already.", code="feed_running")
                feed.choose(source)
                # What has not changed since might be left out by the old bounds and kept by the new ones.
                session.execute(
                    update(FeedPage).where(FeedPage.feed_id == feed_id).values(etag=None, last_modified=None)
                )
        return feed

    def plan(self, feed_id: uuid.UUID, every_hours: int | None) -> Feed:
        """Read it every so many hours, or only when asked; raises NotFound or Invalid."""
        with self._sessions.begin() as session:
            feed = _there(session.get(Feed, feed_id, with_for_update=True))
            feed.plan(_hours(every_hours))
        return feed

    def run(self, feed_id: uuid.UUID) -> Feed:
        """Read it now; raises NotFound, or Conflict while it is being read."""
        with self._sessions.begin() as session:
            feed = _there(session.get(Feed, feed_id, with_for_update=True))
            feed.ask_for_run()
        self._jobs.enqueue(Job.READ_FEED, feed_id=feed_id)
        return feed

    def stop(self, feed_id: uuid.UUID) -> Feed:
        """Leave off reading; what was read stays. Raises NotFound, or Conflict when it is not being read."""
        with self._sessions.begin() as session:
            feed = _there(session.get(Feed, feed_id, with_for_update=True))
            feed.stop()
        return feed

    def remove(self, feed_id: uuid.UUID, with_documents: bool) -> None:
        """Remove a feed, and the documents that it brought if that is said; raises NotFound."""
        with self._sessions.begin() as session:
            feed = _there(session.get(Feed, feed_id, with_for_update=True))
            brought = session.scalars(
                select(FeedPage.document_id).where(FeedPage.feed_id == feed_id, FeedPage.document_id.is_not(None))
            ).all()
            session.delete(feed)
        # After the feed: a worker that is reading it finds it gone, and takes back what it is about to add.
        for document_id in brought if with_documents else []:
            self._remove_document(document_id)

    def _remove_document(self, document_id: uuid.UUID | None) -> None:
        try:
            if document_id is not None:
                self._knowledge.delete_document(document_id, at_once=False)
        except NotFound:
            return

    def _checked(self, source: Source) -> Source:
        source = checked(source)
        if isinstance(source, Query):
            self._databases.check(source.database)
        return source


def _there(feed: Feed | None) -> Feed:
    if feed is None:
        raise NotFound("There is no such website or query.", code="feed_not_found")
    return feed


def _name(name: str | None, source: Source) -> str:
    if name is None or not name.strip():
        name = (urlsplit(source.url).hostname or "") if isinstance(source, Website) else source.database
        return name[:LONGEST_NAME]
    return require_text(name.replace("\n", " "), LONGEST_NAME, "The name")


def _hours(every_hours: int | None) -> int | None:
    if every_hours is not None and not 1 <= every_hours <= MOST_HOURS:
        raise Invalid(f"Choose 1 to {MOST_HOURS} hours.", code="feed_limits", details=[{"most": MOST_HOURS}])
    return every_hours
