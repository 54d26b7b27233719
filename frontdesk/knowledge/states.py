"""Knowledge bases as a question finds them: PostgreSQL is asked who wrote their rows last, and what somebody wrote
since is read again."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, literal_column, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from frontdesk.knowledge import versions
from frontdesk.knowledge.index_models import Geometry
from frontdesk.knowledge.models import KnowledgeBase

UNMEASURED_TRUST = 0.5

# Put together once: that takes longer than to ask it.
_WRITERS: Select[*tuple[Any, ...]] = (
    select(KnowledgeBase.id, literal_column("knowledge_bases.xmin"), literal_column("geometries.xmin"))
    .outerjoin(
        Geometry, (Geometry.knowledge_base_id == KnowledgeBase.id) & (Geometry.space == KnowledgeBase.embedder)
    )
    .where(KnowledgeBase.id.in_(bindparam("ids", expanding=True)))
)
"""The transactions that wrote each row, by PostgreSQL's system columns."""
_WHOLE: Select[*tuple[Any, ...]] = _WRITERS.add_columns(
    KnowledgeBase, Geometry.trust_chinese, Geometry.trust_other, Geometry.measured_at
)


class Measured(NamedTuple):
    """What was measured of a knowledge base's vectors: how far the dense leg is believed."""

    in_chinese: float
    in_others: float
    measured_at: datetime


class State(NamedTuple):
    """A knowledge base and what was measured of it, as they were written by `writers`."""

    writers: tuple[str, str | None]
    base: KnowledgeBase
    measured: Measured | None

    def trust(self, is_chinese: bool) -> float:
        """How far the dense leg is believed."""
        if self.measured is None:
            return UNMEASURED_TRUST
        return self.measured.in_chinese if is_chinese else self.measured.in_others


class States:
    """Of all knowledge bases that were asked for."""

    def __init__(self) -> None:
        self._known: dict[uuid.UUID, State] = {}

    def read(self, session: Session, knowledge_base_ids: Sequence[uuid.UUID]) -> list[State]:
        """As they are now, in this order. Raises NotFound for one that is not there."""
        wrote = {row[0]: (row[1], row[2]) for row in _asked(session, _WRITERS, knowledge_base_ids)}
        found = {one: known for one in wrote if (known := self._known.get(one)) and known.writers == wrote[one]}
        if changed := wrote.keys() - found.keys():
            for one, writer, measured_by, base, *measured in _asked(session, _WHOLE, list(changed)):
                of_vectors = None if measured_by is None else Measured(*measured)
                found[one] = self._known[one] = State((writer, measured_by), base, of_vectors)
        for one in knowledge_base_ids:
            versions.there(found[one].base if one in found else None)
        return [found[one] for one in knowledge_base_ids]


def _asked(session: Session, statement: Select[*tuple[Any, ...]], ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """A session that stands alone learns by its first statement that the database was started anew."""
    try:
        return session.execute(statement, {"ids": ids}).all()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        session.rollback()
        return session.execute(statement, {"ids": ids}).all()
