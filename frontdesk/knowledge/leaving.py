"""Documents and entries that leave with the next version: the draft does not have them any more, contacts are still
answered from them."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from frontdesk.knowledge.chunks import source_of
from frontdesk.knowledge.leases import S
from frontdesk.knowledge.models import GONE, Chunk, KnowledgeBase, SourceStatus
from frontdesk.knowledge.spans import holds


def seen_by_staff(model: type[S]) -> ColumnElement[bool]:
    """Of documents or entries: whether they are there, or leave with the next version."""
    return model.status.not_in(GONE) | _leaving(model)


def leaves(session: Session, source: S) -> bool:
    """Whether it leaves with the next version."""
    model = type(source)
    return session.scalar(select(model.id).where(model.id == source.id, _leaving(model))) is not None


def _leaving(model: type[S]) -> ColumnElement[bool]:
    published = (
        select(Chunk.id)
        .join(KnowledgeBase, KnowledgeBase.id == Chunk.knowledge_base_id)
        .where(source_of(model) == model.id, holds(Chunk.valid, KnowledgeBase.published))
    )
    return (model.status == SourceStatus.REMOVED) & published.exists()
