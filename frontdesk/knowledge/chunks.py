"""Which chunks belong to a source, and how they are made from it."""

import uuid
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from frontdesk.knowledge.leases import S
from frontdesk.knowledge.models import Chunk, Document, Entry

Condition = ColumnElement[bool]


def current(model: type[S], sources: Sequence[S]) -> Condition:
    """The chunks of the sources' newest revisions."""
    return tuple_(_source_of(model), Chunk.revision).in_([(source.id, source.revision) for source in sources])


def every(model: type[S], sources: Sequence[S]) -> Condition:
    """All chunks of the sources."""
    return _source_of(model).in_([source.id for source in sources])


def old(model: type[S], sources: Sequence[S]) -> Condition:
    """The chunks of the sources' earlier revisions."""
    return every(model, sources) & ~current(model, sources)


def streamed(*conditions: Condition) -> Select[Chunk]:
    """These chunks, read in pieces: a document may have many."""
    return select(Chunk).where(*conditions).execution_options(yield_per=500)


def count(*conditions: Condition) -> Select[int]:
    """How many chunks these are."""
    return select(func.count()).select_from(Chunk).where(*conditions)


def make_chunk(
    source: Document | Entry, ordinal: int, heading: str | None, text: str, location: Mapping[str, object]
) -> Chunk:
    """A chunk whose identity follows from what it is, so that making it twice makes nothing twice."""
    return Chunk(
        id=uuid.uuid5(source.id, f"{source.revision}:{ordinal}"),
        knowledge_base_id=source.knowledge_base_id,
        document_id=source.id if isinstance(source, Document) else None,
        entry_id=source.id if isinstance(source, Entry) else None,
        revision=source.revision,
        ordinal=ordinal,
        heading=heading,
        text=text,
        location=dict(location),
    )


def chunks_of_entry(entry: Entry) -> Iterator[Chunk]:
    """Each way of asking, and the answer below the first of them."""
    for ordinal, question in enumerate(entry.questions):
        yield make_chunk(entry, ordinal, None, question, {})
    yield make_chunk(entry, len(entry.questions), entry.questions[0], entry.answer, {})


def _source_of(model: type[S]) -> InstrumentedAttribute[uuid.UUID | None]:
    return Chunk.document_id if model is Document else Chunk.entry_id
