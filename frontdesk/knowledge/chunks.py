"""Which chunks belong to a source, and how they are made from it."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from frontdesk.knowledge import lexical
from frontdesk.knowledge.chunking import Measure
from frontdesk.knowledge.leases import S
from frontdesk.knowledge.models import Chunk, Document, Entry

Condition = ColumnElement[bool]


class Terms(NamedTuple):
    """The packed terms of a chunk: its own, those of the headings above it, those of all that it belongs to."""

    own: bytes
    headings: bytes | None = None
    source: bytes | None = None


def current(model: type[S], sources: Sequence[S]) -> Condition:
    """The chunks of the sources' newest revisions."""
    return tuple_(source_of(model), Chunk.revision).in_([(source.id, source.revision) for source in sources])


def every(model: type[S], sources: Sequence[S]) -> Condition:
    """All chunks of the sources."""
    return source_of(model).in_([source.id for source in sources])


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
    terms = terms_of_passage(document.name, heading, text, lexical.ANALYSIS)
    chunk = _make_chunk(document, ordinal, heading, text, terms)
    chunk.location = dict(location)
    return chunk


def chunks_of_entry(entry: Entry) -> Iterator[Chunk]:
    """Each way of asking, and the answer below the first of them, which knows the words of all."""
    questions = [lexical.terms(question) for question in entry.questions]
    for ordinal, (question, terms) in enumerate(zip(entry.questions, questions, strict=True)):
        yield _make_chunk(entry, ordinal, None, question, Terms(lexical.pack(terms)))
    terms_of_all = terms_of_answer(questions, lexical.terms(entry.answer))
    yield _make_chunk(entry, len(entry.questions), entry.questions[0], entry.answer, terms_of_all)


def terms_of_passage(name: str, heading: str | None, text: str, analysis: int) -> Terms:
    """The terms of a piece of the document of that name."""
    own = lexical.terms(text, analysis)
    above = lexical.terms(heading or "", analysis)
    whole = own + above + lexical.terms(PurePath(name).stem, analysis)
    return Terms(lexical.pack(own), lexical.pack(above) if above else None, lexical.pack(whole))


def terms_of_answer(questions: Iterable[Counter[str]], own: Counter[str]) -> Terms:
    """The terms of an entry's answer, which knows those of all ways of asking, too."""
    return Terms(lexical.pack(own), source=lexical.pack(sum(questions, own)))


def source_of(model: type[S]) -> InstrumentedAttribute[uuid.UUID | None]:
    """Of chunks: the id of the document, or of the entry, that they belong to."""
    return Chunk.document_id if model is Document else Chunk.entry_id


def digest(text: str) -> bytes:
    """What tells texts apart: 16 bytes."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _make_chunk(
    source: Document | Entry,
    ordinal: int,
    heading: str | None,
    text: str,
    terms: Terms,
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
        terms=terms.own,
        heading_terms=terms.headings,
        source_terms=terms.source,
        analysis=lexical.ANALYSIS,
    )
    chunk.digest = digest(chunk.searchable)
    return chunk
