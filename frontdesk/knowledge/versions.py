"""Which chunks are valid in which version: publishing, rolling back, removing at once, comparing.

A knowledge base's row is locked for every change, so that changes follow each other, and counts them; a chunk
remembers the last change that touched it. So every verb here costs as much as differs, not as much as there is.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, false, func, select, text, update
from sqlalchemy.orm import Session

from frontdesk.errors import NotFound
from frontdesk.knowledge import lexical
from frontdesk.knowledge.index_models import TermCount
from frontdesk.knowledge.models import Chunk, KnowledgeBase, Origin, Version
from frontdesk.knowledge.spans import Spans, holds, minus, plus

Condition = ColumnElement[bool]

READ_AT_ONCE = 1000

_ADD_COUNTS = text(
    """
    INSERT INTO term_counts AS counts (knowledge_base_id, term, sources)
    SELECT :knowledge_base_id, change.term, change.sources
    FROM unnest(cast(:terms AS bigint[]), cast(:changes AS integer[])) AS change (term, sources)
    ON CONFLICT (knowledge_base_id, term) DO UPDATE SET sources = counts.sources + excluded.sources
    """
)


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who made a version, and what they say about it."""

    agent_id: uuid.UUID | None = None
    note: str | None = None


NOBODY = Authorship()


def found(session: Session, knowledge_base_id: uuid.UUID) -> KnowledgeBase:
    """The knowledge base; raises NotFound."""
    return there(session.get(KnowledgeBase, knowledge_base_id))


def locked(session: Session, knowledge_base_id: uuid.UUID) -> KnowledgeBase:
    """The knowledge base, for changes to what is valid until the transaction ends; raises NotFound."""
    lock = {"key_share": True}
    return there(session.get(KnowledgeBase, knowledge_base_id, with_for_update=lock, populate_existing=True))


def replace(session: Session, base: KnowledgeBase, added: Condition, removed: Condition) -> None:
    """In the draft, one set of chunks in place of another; published at once unless changes are gathered."""
    if _switch(session, base, added=added, removed=removed) and not base.drafting:
        publish(session, base, Origin.CHANGED)


def publish(
    session: Session,
    base: KnowledgeBase,
    origin: Origin,
    by: Authorship = NOBODY,
    restores: int | None = None,
) -> Version:
    """What was the draft is what contacts are answered from, and a new draft like it begins."""
    version = Version(
        knowledge_base_id=base.id,
        number=base.draft,
        origin=origin,
        restores=restores,
        note=by.note,
        agent_id=by.agent_id,
        changes=base.changes,
        passages=base.passages,
    )
    session.add(version)
    base.published = version.number
    return version


def withdraw(session: Session, base: KnowledgeBase, chunks: Condition, by: Authorship = NOBODY) -> None:
    """Remove chunks from the draft and from what contacts are answered from, this moment.

    What else waits in the draft goes on waiting: the published version takes the draft's number, without the
    chunks, and the draft the next one.
    """
    was_found = select(Chunk.id).where(
        Chunk.knowledge_base_id == base.id, chunks, holds(Chunk.valid, base.published)
    )
    if session.scalar(was_found.limit(1)) is None:
        _switch(session, base, removed=chunks)
        return
    changed = differing(session, base, base.published, base.draft)
    version = publish(session, base, Origin.DELETED, by)
    base.changes += 1
    number = version.number
    for was_published, valid in (
        (holds(Chunk.valid, number - 1), plus(Chunk.valid, number, number + 1)),
        (~holds(Chunk.valid, number - 1), minus(Chunk.valid, number, number + 1)),
    ):
        _set(session, base, changed & was_published, valid)
    _set(session, base, chunks & holds(Chunk.valid, number), minus(Chunk.valid, number, number + 1))
    _switch(session, base, removed=chunks)
    of_version = (Chunk.knowledge_base_id == base.id, holds(Chunk.valid, number))
    version.passages = session.scalars(select(func.count()).select_from(Chunk).where(*of_version)).one()


def restore(session: Session, base: KnowledgeBase, number: int) -> None:
    """The draft says what a version said. The published version goes on as it is."""
    draft = base.draft
    changed = differing(session, base, number, draft)
    _switch(
        session,
        base,
        added=changed & holds(Chunk.valid, number),
        removed=changed & ~holds(Chunk.valid, number),
    )


def kept(session: Session, base: KnowledgeBase, number: int) -> Version:
    """A version that is kept; raises NotFound."""
    found = session.get(Version, (base.id, number))
    if found is None:
        raise NotFound("There is no such version any more.", code="version_not_found")
    return found


def differing(session: Session, base: KnowledgeBase, one: int, other: int) -> Condition:
    """The chunks that are valid in just one of two versions, or of a version and the draft; raises NotFound."""
    earlier = min(one, other)
    changes = kept(session, base, earlier).changes if earlier else 0
    return (
        (Chunk.knowledge_base_id == base.id)
        & (Chunk.changed > changes)
        & (holds(Chunk.valid, one) != holds(Chunk.valid, other))
    )


def touch(session: Session, base: KnowledgeBase, chunks: Condition) -> None:
    """Have whoever keeps chunks in memory read these again."""
    base.changes += 1
    session.execute(update(Chunk).where(Chunk.knowledge_base_id == base.id, chunks).values(changed=base.changes))


def recount(session: Session, base: KnowledgeBase) -> None:
    """Count the words of the draft anew, when its chunks have other terms by now."""
    session.execute(delete(TermCount).where(TermCount.knowledge_base_id == base.id))
    base.sources = base.terms = base.chinese_terms = 0
    draft = (Chunk.knowledge_base_id == base.id, holds(Chunk.valid, base.draft))
    read = session.scalars(select(Chunk.source_terms).where(*draft).execution_options(yield_per=READ_AT_ONCE))
    counts: Counter[int] = Counter()
    for packed in filter(None, read):
        _count(base, counts, packed, 1)
    _add_term_counts(session, base.id, counts)


def there(base: KnowledgeBase | None) -> KnowledgeBase:
    """The knowledge base that was looked for; raises NotFound."""
    if base is None:
        raise NotFound("There is no such knowledge base.", code="knowledge_base_not_found")
    return base


def _switch(session: Session, base: KnowledgeBase, *, added: Condition = false(), removed: Condition) -> int:
    """Change the draft, and the word counts with it; how many chunks came or went."""
    base.changes += 1
    draft = base.draft
    counts: Counter[int] = Counter()
    changed = 0
    for condition, valid, sign in (
        (removed & holds(Chunk.valid, draft), minus(Chunk.valid, draft), -1),
        (added & ~holds(Chunk.valid, draft), plus(Chunk.valid, draft), 1),
    ):
        switched = _set(session, base, condition, valid)
        base.passages += sign * len(switched)
        changed += len(switched)
        for packed in switched:
            if packed is not None:
                _count(base, counts, packed, sign)
    _add_term_counts(session, base.id, counts)
    return changed


def _count(base: KnowledgeBase, counts: Counter[int], packed: bytes, sign: int) -> None:
    """Add the terms of a source, or take them away."""
    terms, frequencies = lexical.unpack(packed)
    base.sources += sign
    base.terms += sign * int(frequencies.sum())
    base.chinese_terms += sign * int(frequencies[terms % 2 == 1].sum())
    for term in terms.tolist():
        counts[term] += sign


def _set(
    session: Session, base: KnowledgeBase, condition: Condition, valid: ColumnElement[Spans]
) -> Sequence[bytes | None]:
    """Say in which versions chunks are valid; gives the terms of the source of each."""
    return session.scalars(
        update(Chunk)
        .where(Chunk.knowledge_base_id == base.id, condition)
        .values(valid=valid, changed=base.changes)
        .returning(Chunk.source_terms)
        .execution_options(synchronize_session=False)
    ).all()


def _add_term_counts(session: Session, knowledge_base_id: uuid.UUID, counts: Counter[int]) -> None:
    """Add to (or take from) the number of sources in the draft that have each term."""
    changed = {term: change for term, change in counts.items() if change}
    if changed:
        session.execute(
            _ADD_COUNTS,
            {
                "knowledge_base_id": knowledge_base_id,
                "terms": list(changed),
                "changes": list(changed.values()),
            },
        )
