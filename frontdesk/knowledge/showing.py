"""The words of what was found, read from PostgreSQL at the last moment: what was deleted is not shown."""

import uuid
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from frontdesk.knowledge.found import Passage
from frontdesk.knowledge.models import Chunk, Document, Entry, SourceStatus
from frontdesk.knowledge.ranking import Candidate
from frontdesk.knowledge.spans import holds
from frontdesk.knowledge.tags import has_tag


class Shown(NamedTuple):
    """A chunk as it is words. Whole entities would cost more than the search for them."""

    id: uuid.UUID
    entry_id: uuid.UUID | None
    document_id: uuid.UUID | None
    is_answer: bool
    heading: str | None
    text: str
    location: Mapping[str, object]
    name: str | None
    url: str | None


def shown(
    session: Session, in_versions: Mapping[uuid.UUID, int], tags: Set[str], candidates: Sequence[Candidate]
) -> Mapping[uuid.UUID, Shown]:
    """By chunk what is shown of it, for an entry its answer; without those that may not be words."""
    wanted: ColumnElement[bool] = Chunk.id.in_([candidate.chunk for candidate in candidates])
    entries = [candidate.source for candidate in candidates if candidate.source != candidate.chunk]
    if entries:
        wanted |= Chunk.entry_id.in_(entries) & Chunk.source_terms.is_not(None)
    found = session.execute(
        select(
            Chunk.id,
            Chunk.entry_id,
            Chunk.document_id,
            Chunk.source_terms.is_not(None) & Chunk.entry_id.is_not(None),
            Chunk.heading,
            Chunk.text,
            Chunk.location,
            Document.name,
            Document.url,
        )
        .outerjoin(Document, Document.id == Chunk.document_id)
        .outerjoin(Entry, Entry.id == Chunk.entry_id)
        .where(
            wanted,
            or_(
                *(
                    and_(Chunk.knowledge_base_id == base_id, holds(Chunk.valid, version))
                    for base_id, version in in_versions.items()
                )
            ),
            func.coalesce(Document.status, Entry.status) != SourceStatus.DELETED,
            func.coalesce(Document.expires_at, Entry.expires_at, "infinity") > func.now(),
            has_tag(tags),
        )
    )
    rows = [Shown(*row) for row in found]
    answers = {row.entry_id: row for row in rows if row.is_answer}
    return {row.id: answers.get(row.entry_id, row) for row in rows}


def passage(candidate: Candidate, version: int, words: Shown) -> Passage:
    """A candidate with its words in a version."""
    return Passage(
        knowledge_base_id=candidate.knowledge_base_id,
        version=version,
        chunk_id=words.id,
        title=words.name or str(words.heading),
        text=words.text,
        location=words.location,
        document_id=words.document_id,
        entry_id=words.entry_id,
        url=words.url,
        score=candidate.score,
        lexical=candidate.lexical,
        dense=candidate.dense,
        coverage=candidate.coverage,
    )
