"""The worker's side of feeds: which of them are due, and a shift at one of them."""

import logging
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select

from frontdesk.database import Sessions, new_id, now
from frontdesk.errors import DomainError, Unavailable
from frontdesk.knowledge import leases
from frontdesk.knowledge.feeds.fetching import TooBusy
from frontdesk.knowledge.feeds.models import RUNNING, Feed, FeedStatus
from frontdesk.knowledge.feeds.queries import Queries
from frontdesk.knowledge.feeds.shifts import Shift
from frontdesk.knowledge.feeds.sources import Website
from frontdesk.knowledge.feeds.websites import Websites
from frontdesk.knowledge.leases import LeaseLost

log = logging.getLogger(__name__)

SHIFT_SECONDS = 60.0
MOST_ATTEMPTS = 4
OUTAGE_PAUSE = timedelta(seconds=60)
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 3600.0


class FeedReading:
    """Reads feeds in shifts, since it may take hours and documents should not wait for it.

    What a shift read stays, so a killed one is taken up where it stood.
    """

    def __init__(self, sessions: Sessions, websites: Websites, queries: Queries) -> None:
        self._sessions = sessions
        self._websites = websites
        self._queries = queries

    def owing(self) -> Sequence[uuid.UUID]:
        """Feeds that are to be read and that nobody is reading."""
        with self._sessions() as session:
            return session.scalars(select(Feed.id).where(_owes()).limit(100)).all()

    def work(self, feed_id: uuid.UUID, seconds: float = SHIFT_SECONDS) -> bool:
        """Read a feed for so long; whether there is more to do at once."""
        claimed = self._claim(feed_id, time.monotonic() + seconds)
        if claimed is None:
            return False
        shift, feed = claimed
        try:
            with leases.renewing(self._sessions, Feed, shift.job_id):
                pause = self._read(shift, feed)
        except LeaseLost:
            log.info("The feed %s was stopped, or somebody else reads it.", feed_id)
        except Unavailable as error:
            log.warning("The feed %s waits: %s", feed_id, error)
            self._postpone_or_fail(shift, error)
        except DomainError as error:
            log.info("The feed %s can not be read: %s", feed_id, error)
            self._end(shift, error)
        except Exception:
            log.exception("Reading the feed %s broke off", feed_id)
            unexpected = "Reading this failed unexpectedly; the worker's log says more."
            self._postpone_or_fail(shift, Unavailable(unexpected, code="feed_broke_off"))
        else:
            return self._leave(shift, pause)
        return False

    def _read(self, shift: Shift, feed: Feed) -> float | None:
        source = feed.source
        if isinstance(source, Website):
            return self._websites.work(shift, source)
        self._queries.work(shift, feed, source)
        return None

    def _claim(self, feed_id: uuid.UUID, deadline: float) -> tuple[Shift, Feed] | None:
        with self._sessions.begin() as session:
            feed = session.scalar(select(Feed).where(Feed.id == feed_id, _owes()).with_for_update(skip_locked=True))
            if feed is None:
                return None
            if feed.status not in RUNNING:
                feed.ask_for_run()
            if feed.status == FeedStatus.QUEUED:
                feed.begin()
            feed.attempts += 1
            if feed.attempts > MOST_ATTEMPTS:
                feed.fail(Unavailable("Reading this stops the worker again and again.", code="feed_gave_up"))
                return None
            feed.job_id, feed.job_until = new_id(), now() + leases.LEASE
            return Shift(feed.id, feed.job_id, deadline), feed

    def _leave(self, shift: Shift, pause: float | None) -> bool:
        """Give the feed back; whether it can be gone on with at once."""
        if pause is None:
            self._end(shift, None)
            return False
        with self._sessions.begin() as session:
            feed = self._still_owned(shift, session.get(Feed, shift.feed_id, with_for_update=True))
            if feed is not None:
                feed.attempts = 0
                feed.postpone(timedelta(seconds=pause))
        return pause == 0

    def _end(self, shift: Shift, error: DomainError | None) -> None:
        with self._sessions.begin() as session:
            feed = self._still_owned(shift, session.get(Feed, shift.feed_id, with_for_update=True))
            if feed is not None and error is not None:
                feed.fail(error)
            elif feed is not None:
                feed.settle()

    def _postpone_or_fail(self, shift: Shift, error: Unavailable) -> None:
        pause = OUTAGE_PAUSE
        if isinstance(error, TooBusy):
            pause = timedelta(seconds=min(max(error.seconds, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS))
        with self._sessions.begin() as session:
            feed = self._still_owned(shift, session.get(Feed, shift.feed_id, with_for_update=True))
            if feed is not None and feed.attempts >= MOST_ATTEMPTS:
                feed.fail(error)
            elif feed is not None:
                feed.postpone(pause, error)

    @staticmethod
    def _still_owned(shift: Shift, feed: Feed | None) -> Feed | None:
        return feed if feed is not None and feed.job_id == shift.job_id else None


def _owes() -> ColumnElement[bool]:
    """The condition for feeds that are due or asked for, and that nobody is reading."""
    is_free = or_(Feed.job_until.is_(None), Feed.job_until < func.now())
    return is_free & (Feed.status.in_(RUNNING) | (Feed.next_at <= func.now()))
