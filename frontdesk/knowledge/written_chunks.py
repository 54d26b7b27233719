"""The chunks of a knowledge base that its collection should have, read from PostgreSQL in pieces."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from frontdesk.database import Sessions
from frontdesk.knowledge.chunks import Condition, count
from frontdesk.knowledge.collections import CHUNKS_AT_ONCE
from frontdesk.knowledge.models import Chunk

IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class WrittenChunks:
    """Those that were written to one collection of the knowledge base, and so belong into every other."""

    sessions: Sessions
    knowledge_base_id: uuid.UUID

    def count(self) -> int:
        """How many there are."""
        with self.sessions() as session:
            return session.scalars(count(self._written)).one()

    def ids(self) -> Iterator[Sequence[uuid.UUID]]:
        """Their ids in order."""
        last = uuid.UUID(int=0)
        while True:
            with self.sessions() as session:
                wanted = select(Chunk.id).where(self._written, Chunk.id > last)
                ids = session.scalars(wanted.order_by(Chunk.id).limit(IDS_AT_ONCE)).all()
            if not ids:
                return
            yield ids
            last = ids[-1]

    def some(self, number: int) -> Sequence[Chunk]:
        """Up to so many of them. Their ids are hashes, so that the first ones are as good as drawn."""
        with self.sessions() as session:
            return session.scalars(select(Chunk).where(self._written).order_by(Chunk.id).limit(number)).all()

    def read(self, ids: Collection[uuid.UUID]) -> Iterator[Sequence[Chunk]]:
        """Chunks by their ids; some may be gone."""
        wanted = sorted(ids)
        for start in range(0, len(wanted), CHUNKS_AT_ONCE):
            with self.sessions() as session:
                some = Chunk.id.in_(wanted[start : start + CHUNKS_AT_ONCE])
                chunks = session.scalars(select(Chunk).where(some)).all()
            if chunks:
                yield chunks

    def gone(self, ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
        """Those of the ids that no chunk has any more."""
        with self.sessions() as session:
            return list(set(ids).difference(session.scalars(select(Chunk.id).where(Chunk.id.in_(ids)))))

    @property
    def _written(self) -> Condition:
        return (Chunk.knowledge_base_id == self.knowledge_base_id) & Chunk.written_at.is_not(None)
