"""Chunks as they are searched, read from PostgreSQL with their vectors."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func

from frontdesk.knowledge.embeddings import Embeddings
from frontdesk.knowledge.models import Chunk
from frontdesk.knowledge.segments import Row

SOURCE = func.coalesce(Chunk.entry_id, Chunk.id)
"""What a chunk belongs to: an entry, or itself alone."""

SEARCHED = (
    Chunk.id,
    SOURCE,
    Chunk.terms,
    Chunk.heading_terms,
    Chunk.source_terms,
    Chunk.valid,
    Chunk.digest,
)
IN_ORDER = (SOURCE, Chunk.revision, Chunk.ordinal)
"""The order in which the chunks of a source lie together."""


def rows_of(embeddings: Embeddings, space: str | None, read: Sequence[Sequence[Any]]) -> list[Row]:
    """Rows from what was read of SEARCHED, with their vectors in a space if there is one."""
    vectors = embeddings.known(space, [digest for *_, digest in read]) if space else {}
    return [
        Row(chunk, source, terms, heading_terms, source_terms, valid, vectors.get(digest))
        for chunk, source, terms, heading_terms, source_terms, valid, digest in read
    ]
