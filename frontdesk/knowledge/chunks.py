"""Which chunks belong to a source, and how they are made from it."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from frontdesk.knowledge import lexical
from frontdesk.knowledge.chunking import Measure
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


def count(*conditions: Condition) -> Select[int]:
    """How many chunks these are."""
    return select(func.count()).select_from(Chunk).where(*conditions)


def measure_of(document: Document) -> Measure:
    """How the document is cut."""
    return Measure(**(document.chunking or {}))


def chunk_of_document(
    document: Document, ordinal: int, heading: str | None, text: str, location: Mapping[str, object]
) -> Chunk:
    """A piece of a document, to be found by its own words, its headings and the document's name."""
    own = lexical.terms(text)
    above = lexical.terms(heading or "")
    whole = own + above + lexical.terms(PurePath(document.name).stem)
    chunk = _make_chunk(document, ordinal, heading, text, own, whole)
    chunk.heading_terms = lexical.pack(above) if above else None
    chunk.location = dict(location)
    return chunk


def chunks_of_entry(entry: Entry) -> Iterator[Chunk]:
    """Each way of asking, and the answer below the first of them, which knows the words of all."""
    every: Counter[str] = Counter()
    for ordinal, question in enumerate(entry.questions):
        terms = lexical.terms(question)
        every += terms
        yield _make_chunk(entry, ordinal, None, question, terms, None)
    terms = lexical.terms(entry.answer)
    yield _make_chunk(entry, len(entry.questions), entry.questions[0], entry.answer, terms, every + terms)


def digest(text: str) -> bytes:
    """What tells texts apart: 16 bytes."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _make_chunk(
    source: Document | Entry,
    ordinal: int,
    heading: str | None,
    text: str,
    own: Mapping[str, int],
    whole: Mapping[str, int] | None,
) -> Chunk:
    """A chunk whose identity follows from what it is, so that making it twice makes nothing twice."""
    chunk = Chunk(
        id=uuid.uuid5(source.id, f"{source.revision}:{ordinal}"),
        knowledge_base_id=source.knowledge_base_id,
        document_id=source.id if isinstance(source, Document) else None,
        entry_id=source.id if isinstance(source, Entry) else None,
        revision=source.revision,
        ordinal=ordinal,
        heading=heading,
        text=text,
        terms=lexical.pack(own),
        source_terms=None if whole is None else lexical.pack(whole),
    )
    chunk.digest = digest(chunk.searchable)
    return chunk


def _source_of(model: type[S]) -> InstrumentedAttribute[uuid.UUID | None]:
    return Chunk.document_id if model is Document else Chunk.entry_id
