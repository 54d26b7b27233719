"""A knowledge base's terms found by another analysis: beside those that it is asked by, then in their place.

New terms wait in a table of their own, so that a question never meets terms of two analyses in one knowledge base.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import delete, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from frontdesk.database import Sessions
from frontdesk.knowledge import lexical, versions
from frontdesk.knowledge.chunks import Terms, terms_of_answer, terms_of_passage
from frontdesk.knowledge.index_models import NextTerms
from frontdesk.knowledge.models import Chunk, Document, KnowledgeBase

CHUNKS_AT_ONCE = 500

# A switch touches every chunk; other statements are stopped much sooner.
_PATIENTLY = text("SET LOCAL statement_timeout = '10min'")


def prepare(sessions: Sessions, knowledge_base_id: uuid.UUID, analysis: int, is_over: Callable[[], bool]) -> bool:
    """Find the terms that are missing, beside those of now; False when time was up first. May be killed."""
    last = uuid.UUID(int=0)
    while True:
        with sessions.begin() as session:
            chunks = _without(session, knowledge_base_id, analysis, last)
            if not chunks:
                return True
            if is_over():
                return False
            _put_beside(session, chunks, analysis)
        last = chunks[-1].id


def beside(sessions: Sessions, chunks: Sequence[Chunk], analysis: int) -> Sequence[Chunk]:
    """The chunks, with their terms by an analysis that was prepared; nothing is stored."""
    wanted = [chunk.id for chunk in chunks if chunk.analysis != analysis]
    if not wanted:
        return chunks
    with sessions() as session:
        rows = session.scalars(select(NextTerms).where(NextTerms.chunk_id.in_(wanted)))
        found = {row.chunk_id: row for row in rows}
    for chunk in chunks:
        if row := found.get(chunk.id):
            chunk.terms, chunk.heading_terms, chunk.source_terms = row.terms, row.heading_terms, row.source_terms
    return chunks


def adapt(sessions: Sessions, chunks: Sequence[Chunk], analysis: int) -> None:
    """Chunks that nobody has written yet get their terms by the analysis of the collection they are written to."""
    others = [chunk for chunk in chunks if chunk.analysis != analysis]
    if not others:
        return
    with sessions.begin() as session:
        for chunk, terms in zip(others, _found(session, others, analysis), strict=True):
            chunk.terms, chunk.heading_terms, chunk.source_terms = terms
            chunk.analysis = analysis
            values = {
                "terms": terms.own,
                "heading_terms": terms.headings,
                "source_terms": terms.source,
                "analysis": analysis,
            }
            # Whoever has written it meanwhile did so in the analysis of a later moment.
            unwritten = (Chunk.id == chunk.id, Chunk.written_at.is_(None))
            session.execute(update(Chunk).where(*unwritten).values(values))


def switch(session: Session, base: KnowledgeBase, analysis: int) -> None:
    """The knowledge base, which is locked, is asked by another analysis once this transaction is committed."""
    if base.analysis == analysis:
        return
    session.execute(_PATIENTLY)
    while chunks := _without(session, base.id, analysis, uuid.UUID(int=0)):
        _put_beside(session, chunks, analysis)
    of_base = NextTerms.knowledge_base_id == base.id
    session.execute(
        update(Chunk)
        .where(Chunk.id == NextTerms.chunk_id, of_base, NextTerms.analysis == analysis)
        .values(
            terms=NextTerms.terms,
            heading_terms=NextTerms.heading_terms,
            source_terms=NextTerms.source_terms,
            analysis=analysis,
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(NextTerms).where(of_base))
    base.analysis = analysis
    base.changes += 1
    versions.recount(session, base)


def _without(session: Session, knowledge_base_id: uuid.UUID, analysis: int, last: uuid.UUID) -> Sequence[Chunk]:
    """The next written chunks behind `last` that have no terms by an analysis yet."""
    return session.scalars(
        select(Chunk)
        .outerjoin(NextTerms, NextTerms.chunk_id == Chunk.id)
        .where(
            Chunk.knowledge_base_id == knowledge_base_id,
            Chunk.written_at.is_not(None),
            Chunk.analysis != analysis,
            or_(NextTerms.analysis.is_(None), NextTerms.analysis != analysis),
            Chunk.id > last,
        )
        .order_by(Chunk.id)
        .limit(CHUNKS_AT_ONCE)
    ).all()


def _put_beside(session: Session, chunks: Sequence[Chunk], analysis: int) -> None:
    rows = [
        {
            "chunk_id": chunk.id,
            "knowledge_base_id": chunk.knowledge_base_id,
            "analysis": analysis,
            "terms": terms.own,
            "heading_terms": terms.headings,
            "source_terms": terms.source,
        }
        for chunk, terms in zip(chunks, _found(session, chunks, analysis), strict=True)
    ]
    fresh = insert(NextTerms).values(rows)
    renewed = {name: fresh.excluded[name] for name in ("analysis", "terms", "heading_terms", "source_terms")}
    session.execute(fresh.on_conflict_do_update(index_elements=["chunk_id"], set_=renewed))


def _found(session: Session, chunks: Sequence[Chunk], analysis: int) -> list[Terms]:
    """The terms of chunks as `chunks` makes them, from what is stored."""
    documents = {chunk.document_id for chunk in chunks if chunk.document_id}
    named = session.execute(select(Document.id, Document.name).where(Document.id.in_(documents))).all()
    names: dict[uuid.UUID | None, str] = dict(named)
    questions = _questions(session, [chunk for chunk in chunks if chunk.entry_id and chunk.source_terms], analysis)
    found = []
    for chunk in chunks:
        if chunk.document_id:
            found.append(terms_of_passage(names[chunk.document_id], chunk.heading, chunk.text, analysis))
            continue
        own = lexical.terms(chunk.text, analysis)
        is_answer = chunk.source_terms is not None
        asked = questions[chunk.entry_id, chunk.revision] if is_answer else ()
        found.append(terms_of_answer(asked, own) if is_answer else Terms(lexical.pack(own)))
    return found


def _questions(
    session: Session, answers: Iterable[Chunk], analysis: int
) -> Mapping[tuple[uuid.UUID | None, int], list[Counter[str]]]:
    """The terms of all ways of asking for these answers, by entry and revision."""
    wanted = [(answer.entry_id, answer.revision) for answer in answers]
    read = session.execute(
        select(Chunk.entry_id, Chunk.revision, Chunk.text).where(
            tuple_(Chunk.entry_id, Chunk.revision).in_(wanted), Chunk.source_terms.is_(None)
        )
    )
    questions: defaultdict[tuple[uuid.UUID | None, int], list[Counter[str]]] = defaultdict(list)
    for entry_id, revision, question in read:
        questions[entry_id, revision].append(lexical.terms(question, analysis))
    return questions
