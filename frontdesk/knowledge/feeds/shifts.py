"""A turn of work at a feed, and the documents that come and go in it."""

import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from frontdesk.database import Sessions, now
from frontdesk.errors import NotFound
from frontdesk.knowledge import leases
from frontdesk.knowledge.feeds import naming
from frontdesk.knowledge.feeds.models import Feed, FeedPage, PageOutcome
from frontdesk.knowledge.leases import LeaseLost
from frontdesk.knowledge.service import Knowledge

_OF_DOCUMENT = ("document_id", "document_name", "content_hash", "etag", "last_modified")


@dataclass(frozen=True, slots=True)
class Shift:
    """A job with the lease on a feed until `deadline`, a moment of `time.monotonic()`."""

    feed_id: uuid.UUID
    job_id: uuid.UUID
    deadline: float

    @property
    def left_seconds(self) -> float:
        """How long it still lasts."""
        return self.deadline - time.monotonic()

    def owned(self, session: Session) -> Feed:
        """The feed, locked until the transaction ends.

        Raises LeaseLost once it was stopped or removed, or somebody else is at it.
        """
        return leases.owned(session, Feed, self.feed_id, self.job_id)


@dataclass(frozen=True, slots=True)
class Content:
    """What a page holds now, to be kept as a document."""

    title: str | None
    suffix: str
    bytes: bytes
    hash: str


class Keeping:
    """Documents of feeds: made, replaced, deleted, and the rows that tell of them."""

    def __init__(self, sessions: Sessions, knowledge: Knowledge, files_dir: Path) -> None:
        self._sessions = sessions
        self._knowledge = knowledge
        self._files_dir = files_dir

    def is_kept(self, page: FeedPage) -> bool:
        """Whether the page has a document that nobody has deleted."""
        if page.document_id is None:
            return False
        try:
            self._knowledge.document(page.document_id)
        except NotFound:
            return False
        return True

    def keep(self, shift: Shift, page: FeedPage, content: Content, url: str | None, **changes: object) -> None:
        """Have the content indexed as the page's document, unless that is what it holds already.

        `changes` are written on the page's row with the rest. What a job that dies in here began, the next one
        finds by its name. Raises Invalid for what can not be read, and LeaseLost.
        """
        if content.hash == page.content_hash and self.is_kept(page):
            self.settle(shift, page, PageOutcome.UNCHANGED, **changes)
            return
        with self._sessions.begin() as session:
            feed = shift.owned(session)
            row = session.get_one(FeedPage, (page.feed_id, page.url))
            row.document_name = naming.choose(session, feed.knowledge_base_id, row, content.title, content.suffix)
        with tempfile.TemporaryDirectory(dir=self._files_dir, prefix=".feed-") as folder:
            path = Path(folder) / "file"
            path.write_bytes(content.bytes)
            document = self._knowledge.upload(feed.knowledge_base_id, row.document_name, path, url=url)
        if page.document_id not in (None, document.id):
            self.forget(page)
        try:
            self.settle(
                shift,
                page,
                PageOutcome.CHANGED if page.document_id else PageOutcome.NEW,
                document_id=document.id,
                content_hash=content.hash,
                **changes,
            )
        except LeaseLost:
            self._forget_if_removed(shift, document.id)
            raise

    def forget(self, page: FeedPage) -> None:
        """Delete the page's document, if it has one."""
        if page.document_id is not None:
            self._forget(page.document_id)

    def forget_and_settle(self, shift: Shift, page: FeedPage, outcome: PageOutcome, **changes: object) -> None:
        """The same, and write down what became of the page; raises LeaseLost."""
        self.forget(page)
        self.settle(shift, page, outcome, **changes | dict.fromkeys(_OF_DOCUMENT))

    def settle(self, shift: Shift, page: FeedPage, outcome: PageOutcome, **changes: object) -> None:
        """Write down what became of a page, and count it unless it is a sitemap; raises LeaseLost."""
        with self._sessions.begin() as session:
            feed = shift.owned(session)
            row = session.get_one(FeedPage, (page.feed_id, page.url))
            row.outcome, row.read_at = outcome, now()
            for name, value in ({"error_code": None, "error_message": None} | changes).items():
                setattr(row, name, value)
            if not row.is_sitemap:
                feed.count(outcome)
            if outcome is not PageOutcome.FAILED:
                feed.attempts = 0

    def _forget(self, document_id: uuid.UUID) -> None:
        try:
            self._knowledge.delete_document(document_id, at_once=False)
        except NotFound:
            return

    def _forget_if_removed(self, shift: Shift, document_id: uuid.UUID) -> None:
        """A feed that was removed while its page was on the way leaves no document behind."""
        with self._sessions() as session:
            is_there = session.get(Feed, shift.feed_id) is not None
        if not is_there:
            self._forget(document_id)
