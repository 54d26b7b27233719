"""The index of a knowledge base made again beside the old one, when the embedder is another one by now.

Retrieval and indexing go on in the old collection all the while. A rebuild works in shifts, since it may take hours
and documents should not wait for it; what a shift wrote stays, so a killed one is taken up where it stood.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from frontdesk.database import Sessions, new_id, now
from frontdesk.errors import Conflict, Unavailable
from frontdesk.knowledge import leases, versions
from frontdesk.knowledge.chunks import Condition, count
from frontdesk.knowledge.collections import CHUNKS_AT_ONCE, Collections, new_name, prefix
from frontdesk.knowledge.embeddings import Embeddings
from frontdesk.knowledge.index import Index
from frontdesk.knowledge.leases import LeaseLost
from frontdesk.knowledge.models import Chunk, KnowledgeBase, Rebuild
from frontdesk.models_client import Space

log = logging.getLogger(__name__)

SHIFT_SECONDS = 60.0
OUTAGE_PAUSE = timedelta(seconds=10)
# Whoever read the name of the old collection just before the switch is finished with it by then.
OLD_ONE_STAYS = timedelta(seconds=30)
IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Shift:
    """A job with the lease on the index of a knowledge base, until its time is up."""

    knowledge_base_id: uuid.UUID
    job_id: uuid.UUID
    deadline: float
    progress: Callable[[int], None]

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.deadline


class Rebuilding:
    """Keeps the collections of all knowledge bases in the vector space of the configured embedder."""

    def __init__(self, sessions: Sessions, index: Index, collections: Collections, embeddings: Embeddings) -> None:
        self._sessions = sessions
        self._index = index
        self._collections = collections
        self._embeddings = embeddings

    def owing(self) -> Sequence[uuid.UUID]:
        """Knowledge bases whose index owes work that can be done and that nobody is doing."""
        with self._sessions() as session:
            rows = session.execute(
                select(KnowledgeBase, Rebuild)
                .outerjoin(Rebuild, Rebuild.knowledge_base_id == KnowledgeBase.id)
                .where(
                    KnowledgeBase.collection.is_not(None),
                    or_(Rebuild.job_until.is_(None), Rebuild.job_until < func.now()),
                )
            ).all()
        if not rows:
            return []
        try:
            space = _name(self._embeddings.space())
        except Unavailable:
            return [base.id for base, rebuild in rows if rebuild and _is_switched(base, rebuild)]
        return [base.id for base, rebuild in rows if rebuild or base.incomplete or base.embedder != space]

    def work(self, knowledge_base_id: uuid.UUID, seconds: float = SHIFT_SECONDS) -> bool:
        """Do what an index owes for so long; whether there is more to do at once."""
        job_id = self._claim(knowledge_base_id, or_(Rebuild.job_until.is_(None), Rebuild.job_until < func.now()))
        if job_id is None:
            return False
        shift = _Shift(knowledge_base_id, job_id, time.monotonic() + seconds, lambda _: None)
        try:
            with leases.renewing(self._sessions, Rebuild, job_id):
                return self._work(shift)
        except LeaseLost:
            log.info("Lost the lease on the index of %s; somebody else has the work.", knowledge_base_id)
        except Unavailable as error:
            log.warning("Rebuilding the index waits: %s", error)
            self._release(shift, OUTAGE_PAUSE)
        except Exception:
            log.exception("Rebuilding the index broke off")
            self._release(shift, OUTAGE_PAUSE)
        return False

    def rebuild(self, knowledge_base_id: uuid.UUID, progress: Callable[[int], None]) -> None:
        """Make a new collection, whether one is owed or not, fill it from PostgreSQL, and switch.

        `progress` is told the size of each batch that was written. Raises Conflict while somebody else is at it,
        and Unavailable; the old collection stays in place then.
        """
        job_id = self._claim(knowledge_base_id, or_(Rebuild.job_id.is_(None), Rebuild.job_until < func.now()))
        if job_id is None:
            raise Conflict("The worker is rebuilding this index already.", code="rebuilding")
        shift = _Shift(knowledge_base_id, job_id, float("inf"), progress)
        with leases.renewing(self._sessions, Rebuild, job_id):
            try:
                base, rebuild = self._read(shift)
                if rebuild.collection != base.collection:
                    self._drop(rebuild.collection)
                self._fill_and_switch(shift, self._begin(shift, self._embeddings.space()))
            except Unavailable:
                self._release(shift, OUTAGE_PAUSE)
                raise

    def _work(self, shift: _Shift) -> bool:
        base, rebuild = self._read(shift)
        if _is_switched(base, rebuild):
            self._tidy_up(shift)
            return False
        space = self._embeddings.space()
        if base.embedder == _name(space):
            if not self._embed_the_missed(shift):
                return True
            self._tidy_up(shift)
            return False
        if rebuild.collection is None or rebuild.embedder != _name(space):
            self._drop(rebuild.collection)
            rebuild = self._begin(shift, space)
        if not self._index.exists(str(rebuild.collection)):  # killed before it was made
            self._index.create(str(rebuild.collection), space.dimensions if space else None)
        return not self._fill_and_switch(shift, rebuild)

    # The steps, each of which may be done again

    def _begin(self, shift: _Shift, space: Space | None) -> Rebuild:
        """A new collection; PostgreSQL knows its name before Milvus does, so that it is never forgotten."""
        log.info("The index of %s is rebuilt for %s.", shift.knowledge_base_id, _name(space) or "words alone")
        with self._sessions.begin() as session:
            rebuild = leases.owned(session, Rebuild, shift.knowledge_base_id, shift.job_id)
            rebuild.collection, rebuild.embedder = new_name(shift.knowledge_base_id), _name(space)
            rebuild.done = 0
            rebuild.total = session.scalars(count(_written(shift))).one()
        self._index.create(str(rebuild.collection), space.dimensions if space else None)
        return rebuild

    def _fill_and_switch(self, shift: _Shift, rebuild: Rebuild) -> bool:
        """Whether all is copied; if so, the new collection is in use."""
        # The second time for what was indexed during the first.
        if not (self._fill(shift, rebuild) and self._fill(shift, rebuild)):
            self._release(shift)
            return False
        with self._sessions.begin() as session:
            leases.owned(session, Rebuild, shift.knowledge_base_id, shift.job_id)
            base = session.get_one(KnowledgeBase, shift.knowledge_base_id, with_for_update={"key_share": True})
            base.collection, base.embedder, base.incomplete = rebuild.collection, rebuild.embedder, False
        log.info("The index of %s is now %s.", shift.knowledge_base_id, rebuild.embedder or "one of words alone")
        self._catch_up(shift)
        self._release(shift, OLD_ONE_STAYS)
        return True

    def _fill(self, shift: _Shift, rebuild: Rebuild) -> bool:
        done = 0
        collection = str(rebuild.collection)
        for ids in self._ids(shift):
            missing = set(ids) - self._index.present(collection, ids)
            done += len(ids) - len(missing)
            for chunks in self._chunks(missing):
                if shift.is_over:
                    return False
                self._collections.embed(collection, rebuild.embedder, chunks)
                done += len(chunks)
                self._note(shift, done)
                shift.progress(len(chunks))
        return True

    def _catch_up(self, shift: _Shift) -> None:
        """Write what the present collection lacks: chunks that were indexed just before the switch."""
        with self._sessions() as session:
            base = session.get_one(KnowledgeBase, shift.knowledge_base_id)
        for ids in self._ids(shift):
            for chunks in self._chunks(set(ids) - self._index.present(str(base.collection), ids)):
                if not self._collections.write(base, chunks):
                    self._mark_incomplete(shift, True)

    def _embed_the_missed(self, shift: _Shift) -> bool:
        """Add the vectors of chunks that came while the embedder was away; False when time was up first."""
        with self._sessions() as session:
            base = session.get_one(KnowledgeBase, shift.knowledge_base_id)
        if base.embedder is None:
            return True
        # First: what is indexed without vectors from now on says so again.
        self._mark_incomplete(shift, False)
        collection = str(base.collection)
        while ids := self._index.not_embedded(collection, CHUNKS_AT_ONCE):
            if shift.is_over:
                self._release(shift)
                return False
            known: set[uuid.UUID] = set()
            for chunks in self._chunks(ids):
                self._collections.embed(collection, base.embedder, chunks)
                embedded = [chunk.id for chunk in chunks]
                known.update(embedded)
                with self._sessions.begin() as session:
                    versions.touch(session, versions.locked(session, base.id), Chunk.id.in_(embedded))
            self._index.forget(collection, list(ids - known))
        return True

    def _tidy_up(self, shift: _Shift) -> None:
        """The present collection has every chunk and no other, and is the only one of its knowledge base."""
        self._catch_up(shift)
        with self._sessions() as session:
            collection = str(session.get_one(KnowledgeBase, shift.knowledge_base_id).collection)
            chunks = session.scalars(count(_written(shift))).one()
        if self._index.count(collection) > chunks:
            for ids in self._index.every(collection):
                self._index.forget(collection, list(set(ids) - self._stored(ids)))
        for name in self._index.collections(prefix(shift.knowledge_base_id)):
            if name != collection:
                self._drop(name)
        with self._sessions.begin() as session:
            session.delete(leases.owned(session, Rebuild, shift.knowledge_base_id, shift.job_id))

    # The row of a rebuild, and the chunks

    def _claim(self, knowledge_base_id: uuid.UUID, condition: Condition) -> uuid.UUID | None:
        job_id = new_id()
        with self._sessions.begin() as session:
            fresh = insert(Rebuild).values(knowledge_base_id=knowledge_base_id, done=0, total=0)
            session.execute(fresh.on_conflict_do_nothing())
            rebuild = session.scalar(
                select(Rebuild)
                .where(Rebuild.knowledge_base_id == knowledge_base_id, condition)
                .with_for_update(skip_locked=True)
            )
            if rebuild is None:
                return None
            rebuild.job_id, rebuild.job_until = job_id, now() + leases.LEASE
        return job_id

    def _release(self, shift: _Shift, pause: timedelta = timedelta()) -> None:
        with self._sessions.begin() as session:
            rebuild = session.get(Rebuild, shift.knowledge_base_id, with_for_update=True)
            if rebuild is not None and rebuild.job_id == shift.job_id:
                rebuild.job_id, rebuild.job_until = None, now() + pause

    def _read(self, shift: _Shift) -> tuple[KnowledgeBase, Rebuild]:
        with self._sessions() as session:
            base = session.get_one(KnowledgeBase, shift.knowledge_base_id)
            return base, session.get_one(Rebuild, shift.knowledge_base_id)

    def _note(self, shift: _Shift, done: int) -> None:
        with self._sessions.begin() as session:
            rebuild = leases.owned(session, Rebuild, shift.knowledge_base_id, shift.job_id)
            rebuild.done = done

    def _mark_incomplete(self, shift: _Shift, incomplete: bool) -> None:
        with self._sessions.begin() as session:
            leases.owned(session, Rebuild, shift.knowledge_base_id, shift.job_id)
            base = session.get_one(KnowledgeBase, shift.knowledge_base_id, with_for_update={"key_share": True})
            base.incomplete = incomplete

    def _drop(self, collection: str | None) -> None:
        if collection is not None:
            self._index.drop(collection)

    def _ids(self, shift: _Shift) -> Iterator[Sequence[uuid.UUID]]:
        """The chunks of the knowledge base that were written to its collection."""
        last = uuid.UUID(int=0)
        while True:
            with self._sessions() as session:
                wanted = select(Chunk.id).where(_written(shift), Chunk.id > last)
                ids = session.scalars(wanted.order_by(Chunk.id).limit(IDS_AT_ONCE)).all()
            if not ids:
                return
            yield ids
            last = ids[-1]

    def _chunks(self, ids: set[uuid.UUID]) -> Iterator[Sequence[Chunk]]:
        wanted = sorted(ids)
        for start in range(0, len(wanted), CHUNKS_AT_ONCE):
            with self._sessions() as session:
                batch = session.scalars(select(Chunk).where(Chunk.id.in_(wanted[start : start + CHUNKS_AT_ONCE])))
                chunks = batch.all()
            if chunks:
                yield chunks

    def _stored(self, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
        with self._sessions() as session:
            return set(session.scalars(select(Chunk.id).where(Chunk.id.in_(ids))))


def _written(shift: _Shift) -> Condition:
    return (Chunk.knowledge_base_id == shift.knowledge_base_id) & Chunk.written_at.is_not(None)


def _is_switched(base: KnowledgeBase, rebuild: Rebuild) -> bool:
    """Whether the collection that the rebuild filled is in use already."""
    return rebuild.collection is not None and rebuild.collection == base.collection


def _name(space: Space | None) -> str | None:
    return space.name if space else None
