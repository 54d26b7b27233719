"""The moment at which chunks begin or cease to be findable, and the word counts that go with it."""

import uuid
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from frontdesk.knowledge import lexical
from frontdesk.knowledge.models import Chunk, KnowledgeBase

_ADD_COUNTS = text(
    """
    INSERT INTO term_counts AS counts (knowledge_base_id, term, passages)
    SELECT :knowledge_base_id, change.term, change.passages
    FROM unnest(cast(:terms AS bigint[]), cast(:changes AS integer[])) AS change (term, passages)
    ON CONFLICT (knowledge_base_id, term) DO UPDATE SET passages = counts.passages + excluded.passages
    """
)


class Change:
    """Chunks that come and chunks that go, with their words counted before any lock is taken."""

    def __init__(self, added: Iterable[Chunk], removed: Iterable[Chunk]) -> None:
        self._terms: Counter[int] = Counter()
        self.added = self._count(added, 1)
        self.removed = self._count(removed, -1)

    def apply(self, session: Session, knowledge_base_id: uuid.UUID) -> None:
        """Switch all of them at once; readers see either none or all of it."""
        # The lock makes changes of one knowledge base queue up, so that their counts never deadlock.
        knowledge_base = session.get_one(KnowledgeBase, knowledge_base_id, with_for_update={"key_share": True})
        knowledge_base.passages = max(0, knowledge_base.passages + len(self.added) - len(self.removed))
        for ids, live in ((self.removed, False), (self.added, True)):
            if ids:
                session.execute(update(Chunk).where(Chunk.id.in_(ids)).values(live=live))
        _add_term_counts(session, knowledge_base_id, self._terms)

    def _count(self, chunks: Iterable[Chunk], sign: int) -> list[uuid.UUID]:
        ids = []
        for chunk in chunks:
            ids.append(chunk.id)
            for term in {lexical.term_id(term) for term in lexical.terms(chunk.searchable)}:
                self._terms[term] += sign
        return ids


def _add_term_counts(session: Session, knowledge_base_id: uuid.UUID, changes: Counter[int]) -> None:
    """Add to (or take from) the number of findable chunks that have each term."""
    changed = {term: change for term, change in changes.items() if change}
    if changed:
        session.execute(
            _ADD_COUNTS,
            {
                "knowledge_base_id": knowledge_base_id,
                "terms": list(changed),
                "changes": list(changed.values()),
            },
        )
