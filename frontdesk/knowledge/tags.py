"""Tags of documents and entries: words by which a search, or an inbox, is narrowed down."""

import uuid
from collections.abc import Sequence, Set

from sqlalchemy import ColumnElement, Select, func, or_, select, true, union, union_all
from sqlalchemy.orm import Session

from frontdesk.errors import Invalid
from frontdesk.knowledge import versions
from frontdesk.knowledge.chunks import every
from frontdesk.knowledge.leases import S
from frontdesk.knowledge.models import GONE, Chunk, Document, Entry, KnowledgeBase
from frontdesk.texts import require_text

MOST_TAGS = 20
MOST_LISTED = 500
LONGEST_TAG = 40
"""In characters."""


def clean_tags(tags: Sequence[str]) -> list[str]:
    """Tags as they are stored: in lower case, each on one line and none twice; raises Invalid."""
    if len(tags) > MOST_TAGS:
        raise Invalid(f"There are at most {MOST_TAGS} tags.", code="tags_too_many")
    cleaned = (require_text(" ".join(tag.split()), LONGEST_TAG, "A tag").lower() for tag in tags)
    return list(dict.fromkeys(cleaned))


def put_on(session: Session, base: KnowledgeBase, source: S, tags: Sequence[str]) -> None:
    """Give a document or an entry other tags, clean already; searches know of it at once. Both must be locked."""
    source.tags = list(tags)
    versions.touch(session, base, every(type(source), [source]))


def in_use(session: Session, base: KnowledgeBase) -> Sequence[str]:
    """The tags of what a knowledge base holds, by name; of very many the first."""
    given = union(
        *(
            select(func.unnest(model.tags).label("tag")).where(
                model.knowledge_base_id == base.id, model.status.not_in(GONE)
            )
            for model in (Document, Entry)
        )
    ).subquery()
    return session.scalars(select(given.c.tag).order_by(given.c.tag).limit(MOST_LISTED)).all()


def tags_of(session: Session, source_id: uuid.UUID | None) -> Sequence[str]:
    """The tags of an entry or a document; none where it is gone."""
    of_either = union_all(*(select(model.tags).where(model.id == source_id) for model in (Entry, Document)))
    return session.scalar(of_either) or []


def has_tag(tags: Set[str]) -> ColumnElement[bool]:
    """Of chunks joined with their document and entry: whether one of these tags is on it; without tags it is so."""
    if not tags:
        return true()
    return or_(Document.tags.overlap(list(tags)), Entry.tags.overlap(list(tags)))


def having(tags: Set[str], chunks: Select[uuid.UUID]) -> Select[uuid.UUID]:
    """Those chunks that have one of these tags."""
    return (
        chunks.outerjoin(Document, Document.id == Chunk.document_id)
        .outerjoin(Entry, Entry.id == Chunk.entry_id)
        .where(has_tag(tags))
    )
