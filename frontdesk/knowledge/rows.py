"""Chunks as they are searched, read from PostgreSQL with their vectors and what is shown of them."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from frontdesk.knowledge import words
from frontdesk.knowledge.chunks import chunks_of_entry
from frontdesk.knowledge.embeddings import Embeddings, Vector
from frontdesk.knowledge.models import Chunk, Document, Entry, SourceStatus
from frontdesk.knowledge.segments import NEVER, Row
from frontdesk.knowledge.spans import OPEN
from frontdesk.knowledge.words import Words

SOURCE = func.coalesce(Chunk.entry_id, Chunk.id)
"""What a chunk belongs to: an entry, or itself alone."""

_DELETED = func.coalesce(Document.status, Entry.status) == SourceStatus.DELETED

_SEARCHED = (
    Chunk.id,
    SOURCE,
    Chunk.terms,
    Chunk.heading_terms,
    Chunk.source_terms,
    Chunk.valid,
    func.coalesce(Document.tags, Entry.tags),
    func.coalesce(Document.expires_at, Entry.expires_at),
    _DELETED,
    func.coalesce(Document.name, Chunk.heading),
    Chunk.text,
    Chunk.location,
    Chunk.document_id,
    Document.url,
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


def rows_of_entry(
    entry_id: uuid.UUID,
    questions: Sequence[str],
    answer: str,
    vectors_of: Callable[[Sequence[Chunk]], Mapping[bytes, Vector]],
) -> list[Row]:
    """Those that an entry would have, valid in every version; a chunk whose digest gets no vector has none."""
    chunks = list(chunks_of_entry(Entry(id=entry_id, revision=1, questions=list(questions), answer=answer)))
    vectors = vectors_of(chunks)
    return [
        Row(
            id=chunk.id,
            source=entry_id,
            terms=chunk.terms,
            heading_terms=chunk.heading_terms,
            source_terms=chunk.source_terms,
            valid=((0, OPEN),),
            vector=vectors.get(chunk.digest),
            words=words.pack(Words(questions[0], chunk.text, {}, None, None)) if chunk.source_terms else None,
        )
        for chunk in chunks
    ]


def rows_of(embeddings: Embeddings, space: str | None, read: Sequence[Sequence[Any]]) -> list[Row]:
    """Rows from what was read as `searched` says, with their vectors in a space if there is one."""
    vectors = embeddings.known(space, [digest for *_, digest in read]) if space else {}
    return [
        Row(
            id=chunk,
            source=source,
            terms=terms,
            heading_terms=heading_terms,
            source_terms=source_terms,
            valid=() if deleted else valid,
            vector=vectors.get(digest),
            tags=tags,
            expires_at=expires_at.timestamp() if expires_at else NEVER,
            # Variants of a question are found, but what is shown is the answer.
            words=words.pack(Words(*shown)) if source_terms is not None else None,
        )
        for (
            chunk,
            source,
            terms,
            heading_terms,
            source_terms,
            valid,
            tags,
            expires_at,
            deleted,
            *shown,
            digest,
        ) in read
    ]
