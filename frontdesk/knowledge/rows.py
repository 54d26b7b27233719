"""Chunks as they are searched, read from PostgreSQL with their vectors."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from frontdesk.knowledge.embeddings import Embeddings
from frontdesk.knowledge.models import Chunk, Document, Entry
from frontdesk.knowledge.segments import Row

SOURCE = func.coalesce(Chunk.entry_id, Chunk.id)
"""What a chunk belongs to: an entry, or itself alone."""

_SEARCHED = (
    Chunk.id,
    SOURCE,
    Chunk.terms,
    Chunk.heading_terms,
    Chunk.source_terms,
    Chunk.valid,
    func.coalesce(Document.tags, Entry.tags),
    Chunk.digest,
)


IN_ORDER = (SOURCE, Chunk.revision, Chunk.ordinal)
"""The order in which the chunks of a source lie together."""


def searched(*wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """What `rows_of` reads of some chunks; those of a source lie together."""
    return (
        select(*_SEARCHED)
        .outerjoin(Document, Document.id == Chunk.document_id)
        .outerjoin(Entry, Entry.id == Chunk.entry_id)
        .where(*wanted)
        .order_by(*IN_ORDER)
    )


def rows_of(embeddings: Embeddings, space: str | None, read: Sequence[Sequence[Any]]) -> list[Row]:
    """Rows from what was read as `searched` says, with their vectors in a space if there is one."""
    vectors = embeddings.known(space, [digest for *_, digest in read]) if space else {}
    return [
        Row(chunk, source, terms, heading_terms, source_terms, valid, vectors.get(digest), tags)
        for chunk, source, terms, heading_terms, source_terms, valid, tags, digest in read
    ]
