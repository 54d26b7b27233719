"""The indexes of earlier embedders, kept for a while: who goes back to one finds all that was made for it."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from frontdesk.database import now
from frontdesk.knowledge.index_models import KeptIndex
from frontdesk.knowledge.models import KnowledgeBase


class KeptIndexes:
    """Which collections beside the present one are kept, for `days` from when they were replaced."""

    def __init__(self, days: float) -> None:
        self._kept_for = timedelta(days=days)

    def replace(self, session: Session, base: KnowledgeBase, embedder: str | None) -> None:
        """The present index of a knowledge base is about to make way for one of this embedder."""
        if base.embedder == embedder:  # made anew because something was wrong with it
            return
        of_space = KeptIndex.embedder.is_not_distinct_from(embedder)
        session.execute(delete(KeptIndex).where(KeptIndex.knowledge_base_id == base.id, of_space))
        if base.collection is not None and self._kept_for:
            session.add(
                KeptIndex(
                    collection=base.collection,
                    knowledge_base_id=base.id,
                    embedder=base.embedder,
                    analysis=base.analysis,
                )
            )

    def of(self, session: Session, knowledge_base_id: uuid.UUID, embedder: str | None, analysis: int) -> str | None:
        """The collection that was made for an embedder and is still as good as then, if there is one."""
        return session.scalar(
            select(KeptIndex.collection).where(
                KeptIndex.knowledge_base_id == knowledge_base_id,
                KeptIndex.embedder.is_not_distinct_from(embedder),
                KeptIndex.analysis == analysis,
            )
        )

    def names(self, session: Session, knowledge_base_id: uuid.UUID) -> set[str]:
        """The collections of a knowledge base that are kept, once those whose time is over are forgotten."""
        of_base = KeptIndex.knowledge_base_id == knowledge_base_id
        session.execute(delete(KeptIndex).where(of_base, KeptIndex.replaced_at < now() - self._kept_for))
        return set(session.scalars(select(KeptIndex.collection).where(of_base)))

    def forget(self, session: Session, collection: str) -> None:
        """A collection is not kept any more."""
        session.execute(delete(KeptIndex).where(KeptIndex.collection == collection))

    def overdue(self, session: Session) -> Sequence[uuid.UUID]:
        """Knowledge bases that have an index whose time is over."""
        outdated = KeptIndex.replaced_at < now() - self._kept_for
        return session.scalars(select(KeptIndex.knowledge_base_id).where(outdated).distinct()).all()
