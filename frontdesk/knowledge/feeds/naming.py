"""What the document of a page or of a query is called."""

import re
import uuid
from collections.abc import Iterator
from itertools import count
from urllib.parse import unquote, urlsplit

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from frontdesk.knowledge import versions
from frontdesk.knowledge.feeds.models import Feed, FeedPage
from frontdesk.knowledge.models import GONE, Document

LONGEST = 120
_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_BLANKS = re.compile(r"\s+")


def choose(session: Session, knowledge_base_id: uuid.UUID, page: FeedPage, title: str | None, suffix: str) -> str:
    """A name that no other document of the knowledge base has; the one that the page has already, if it still fits.

    Whoever chooses one at the same moment waits until this transaction ends.
    """
    if page.document_name and page.document_name.endswith(suffix):
        return page.document_name
    versions.locked(session, knowledge_base_id)
    return next(
        name for name in _candidates(title, page.url, suffix) if not _is_taken(session, knowledge_base_id, name)
    )


def _candidates(title: str | None, url: str, suffix: str) -> Iterator[str]:
    place = urlsplit(url)
    path = " - ".join(filter(None, unquote(place.path).removesuffix(suffix).split("/")))
    first = _fit(title or "", suffix) or _fit(path, suffix) or _fit(place.hostname or "", suffix) or "page"
    yield first + suffix
    if path and _fit(path, suffix) not in ("", first):
        yield _fit(f"{first[: LONGEST // 2]} - {_fit(path, suffix)}", suffix) + suffix
    for number in count(2):
        yield f"{first} ({number}){suffix}"


def _fit(text: str, suffix: str) -> str:
    return _BLANKS.sub(" ", _UNFIT.sub(" ", text.removesuffix(suffix))).strip(" .")[:LONGEST].strip(" .")


def _is_taken(session: Session, knowledge_base_id: uuid.UUID, name: str) -> bool:
    document = select(Document.id).where(
        Document.knowledge_base_id == knowledge_base_id,
        Document.name == name,
        Document.status.not_in(GONE),
    )
    page = (
        select(FeedPage.url)
        .join(Feed, Feed.id == FeedPage.feed_id)
        .where(Feed.knowledge_base_id == knowledge_base_id, FeedPage.document_name == name)
    )
    return bool(session.scalar(select(or_(document.exists(), page.exists()))))
