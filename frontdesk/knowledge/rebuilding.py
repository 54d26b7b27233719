"""The index of a knowledge base made again beside the old one, when the embedder or the analysis is another by now.

Retrieval and indexing go on in the old collection all the while. A rebuild works in shifts, since it may take hours
and documents should not wait for it; what a shift wrote stays, so a killed one is taken up where it stood. It is
checked before it takes the old one's place. That is kept for a while, for whoever goes back to its embedder.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from frontdesk.database import Sessions, new_id, now
from frontdesk.errors import Conflict, Unavailable
from frontdesk.knowledge import index_check, leases, lexical, reanalysis, versions
from frontdesk.knowledge.chunks import Condition
from frontdesk.knowledge.collections import CHUNKS_AT_ONCE, Collections, new_name, prefix
from frontdesk.knowledge.embeddings import Embeddings
from frontdesk.knowledge.index import Index
from frontdesk.knowledge.index_check import NotSound
from frontdesk.knowledge.index_models import Rebuild
from frontdesk.knowledge.kept_indexes import KeptIndexes
from frontdesk.knowledge.leases import LeaseLost
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.written_chunks import WrittenChunks
from frontdesk.models_client import Space

log = logging.getLogger(__name__)

SHIFT_SECONDS = 60.0
OUTAGE_PAUSE = timedelta(seconds=10)
NOT_SOUND_PAUSE = timedelta(minutes=10)
# Whoever read the name of the old collection just before the switch is finished with it by then.
OLD_ONE_STAYS = timedelta(seconds=30)
CHECKED = 20
"""Chunks that have to be found in a new collection before it is searched."""


@dataclass(frozen=True, slots=True)
class _Shift:
    """A job with the lease on the index of a knowledge base, until its time is up."""

    chunks: WrittenChunks
    job_id: uuid.UUID
    deadline: float
    progress: Callable[[int], None]

    @property
    def knowledge_base_id(self) -> uuid.UUID:
        return self.chunks.knowledge_base_id

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.deadline


@dataclass(frozen=True, slots=True)
class _Target:
    """What an index should be made for by now."""

    space: Space | None
    analysis: int

    @property
    def embedder(self) -> str | None:
        return self.space.name if self.space else None

    def is_met(self, by: KnowledgeBase | Rebuild) -> bool:
        """Whether an index, or one in the making, is what it should be."""
        return (by.embedder, by.analysis) == (self.embedder, self.analysis)


class Rebuilding:
    """Keeps the collections of all knowledge bases in the vector space of the configured embedder, and in the
    analysis of this release.
    """

    def __init__(
        self,
        sessions: Sessions,
        index: Index,
        collections: Collections,
        embeddings: Embeddings,
        kept: KeptIndexes,
    ) -> None:
        self._sessions = sessions
        self._index = index
        self._collections = collections
        self._embeddings = embeddings
        self._kept = kept

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
            overdue = self._kept.overdue(session)
        if not rows:
            return []
        try:
            target = self._target()
        except Unavailable:
            return [base.id for base, rebuild in rows if rebuild and _is_switched(base, rebuild)]
        return [
            base.id
            for base, rebuild in rows
            if rebuild or base.incomplete or base.id in overdue or not target.is_met(base)
        ]

    def work(self, knowledge_base_id: uuid.UUID, seconds: float = SHIFT_SECONDS) -> bool:
        """Do what an index owes for so long; whether there is more to do at once."""
        job_id = self._claim(knowledge_base_id, or_(Rebuild.job_until.is_(None), Rebuild.job_until < func.now()))
        if job_id is None:
            return False
        chunks = WrittenChunks(self._sessions, knowledge_base_id)
        shift = _Shift(chunks, job_id, time.monotonic() + seconds, lambda _: None)
        try:
            with leases.renewing(self._sessions, Rebuild, job_id):
                return self._work(shift)
        except LeaseLost:
            log.info("Lost the lease on the index of %s; somebody else has the work.", knowledge_base_id)
        except NotSound as error:
            self._reject(shift, error)
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
        Unavailable, and its kind NotSound; the old collection stays in place then.
        """
        job_id = self._claim(knowledge_base_id, or_(Rebuild.job_id.is_(None), Rebuild.job_until < func.now()))
        if job_id is None:
            raise Conflict("The worker is rebuilding this index already.", code="rebuilding")
        shift = _Shift(WrittenChunks(self._sessions, knowledge_base_id), job_id, float("inf"), progress)
        with leases.renewing(self._sessions, Rebuild, job_id):
            try:
                base, rebuild = self._read(shift)
                if not _is_switched(base, rebuild):
                    self._leave(rebuild)
                target = self._target()
                rebuild = self._begin(shift, target, anew=True)
                self._create(rebuild, target)
                self._fill_and_switch(shift, rebuild, target)
            except NotSound as error:
                self._reject(shift, error)
                raise
            except Unavailable:
                self._release(shift, OUTAGE_PAUSE)
                raise

    def _work(self, shift: _Shift) -> bool:
        base, rebuild = self._read(shift)
        if _is_switched(base, rebuild):
            self._tidy_up(shift)
            return False
        target = self._target()
        if target.is_met(base):
            if not self._embed_the_missed(shift, target):
                return True
            self._tidy_up(shift)
            return False
        if rebuild.collection is None or not target.is_met(rebuild):
            self._leave(rebuild)
            rebuild = self._begin(shift, target)
        if not self._index.exists(str(rebuild.collection)):
            self._create(rebuild, target)
        return not self._fill_and_switch(shift, rebuild, target)

    def _target(self) -> _Target:
        """Raises Unavailable while the embedder does not say."""
        return _Target(self._embeddings.space(), lexical.ANALYSIS)

    # The steps, each of which may be done again

    def _begin(self, shift: _Shift, target: _Target, anew: bool = False) -> Rebuild:
        """The one that was kept, or a new one. PostgreSQL knows its name before Milvus does, so that it is never
        forgotten.
        """
        log.info("The index of %s is rebuilt for %s.", shift.knowledge_base_id, target.embedder or "words alone")
        base_id, total = shift.knowledge_base_id, shift.chunks.count()
        with self._sessions.begin() as session:
            rebuild = leases.owned(session, Rebuild, base_id, shift.job_id)
            kept = None if anew else self._kept.of(session, base_id, target.embedder, target.analysis)
            rebuild.collection = kept or new_name(base_id)
            rebuild.embedder, rebuild.analysis = target.embedder, target.analysis
            rebuild.done, rebuild.total = 0, total
        return rebuild

    def _create(self, rebuild: Rebuild, target: _Target) -> None:
        self._index.create(str(rebuild.collection), target.space.dimensions if target.space else None)

    def _fill_and_switch(self, shift: _Shift, rebuild: Rebuild, target: _Target) -> bool:
        """Whether all is copied; if so, the new collection is in use."""
        collection = str(rebuild.collection)
        is_filled = all(step(shift, collection, target) for step in (self._analyse, self._fill, self._complete))
        least, drawn = shift.chunks.count(), shift.chunks.some(CHECKED)
        # Filled once more for what was indexed meanwhile.
        if not (is_filled and self._fill(shift, collection, target)):
            self._release(shift)
            return False
        rows = self._collections.rows(target.embedder, reanalysis.beside(self._sessions, drawn, target.analysis))
        index_check.check(self._index, collection, least, rows)
        with self._sessions.begin() as session:
            leases.owned(session, Rebuild, shift.knowledge_base_id, shift.job_id).error_code = None
            base = versions.locked(session, shift.knowledge_base_id)
            self._kept.replace(session, base, target.embedder)
            reanalysis.switch(session, base, target.analysis)
            base.collection, base.embedder, base.incomplete = rebuild.collection, target.embedder, False
        log.info("The index of %s is now %s.", shift.knowledge_base_id, target.embedder or "one of words alone")
        self._catch_up(shift)
        self._release(shift, OLD_ONE_STAYS)
        return True

    def _analyse(self, shift: _Shift, collection: str, target: _Target) -> bool:
        return reanalysis.prepare(self._sessions, shift.knowledge_base_id, target.analysis, lambda: shift.is_over)

    def _fill(self, shift: _Shift, collection: str, target: _Target) -> bool:
        done = 0
        for ids in shift.chunks.ids():
            missing = set(ids) - self._index.present(collection, ids)
            done += len(ids) - len(missing)
            for chunks in shift.chunks.read(missing):
                if shift.is_over:
                    return False
                analysed = reanalysis.beside(self._sessions, chunks, target.analysis)
                self._collections.embed(collection, target.embedder, analysed)
                done += len(chunks)
                self._note(shift, done)
                shift.progress(len(chunks))
        return True

    def _complete(self, shift: _Shift, collection: str, target: _Target) -> bool:
        """One that was kept loses what is gone by now and gets the vectors that it missed."""
        self._forget_gone(shift, collection)
        if target.embedder is None:
            return True
        return all(not shift.is_over for _ in self._embedded_now(shift, collection, target))

    def _reject(self, shift: _Shift, error: NotSound) -> None:
        """The old collection stays in use; after a while another one is made from nothing."""
        log.error("The new index of %s is not used: %s", shift.knowledge_base_id, error)
        with self._sessions.begin() as session:
            rebuild = session.get(Rebuild, shift.knowledge_base_id, with_for_update=True)
            if rebuild is None or rebuild.job_id != shift.job_id:
                return
            collection = str(rebuild.collection)
            self._kept.forget(session, collection)
            rebuild.collection, rebuild.error_code = None, error.code
            rebuild.job_id, rebuild.job_until = None, now() + NOT_SOUND_PAUSE
        with suppress(Unavailable):  # tidying up finds it, too
            self._index.drop(collection)

    def _catch_up(self, shift: _Shift) -> None:
        """Write what the present collection lacks: chunks that were indexed just before the switch."""
        with self._sessions() as session:
            base = session.get_one(KnowledgeBase, shift.knowledge_base_id)
        for ids in shift.chunks.ids():
            for chunks in shift.chunks.read(set(ids) - self._index.present(str(base.collection), ids)):
                if not self._collections.write(base, chunks):
                    self._mark_incomplete(shift, True)

    def _embed_the_missed(self, shift: _Shift, target: _Target) -> bool:
        """Add the vectors of chunks that came while the embedder was away; False when time was up first."""
        with self._sessions() as session:
            base = session.get_one(KnowledgeBase, shift.knowledge_base_id)
        if base.embedder is None:
            return True
        # First: what is indexed without vectors from now on says so again.
        self._mark_incomplete(shift, False)
        for embedded in self._embedded_now(shift, str(base.collection), target):
            with self._sessions.begin() as session:
                versions.touch(session, versions.locked(session, base.id), Chunk.id.in_(embedded))
            if shift.is_over:
                self._release(shift)
                return False
        return True

    def _embedded_now(self, shift: _Shift, collection: str, target: _Target) -> Iterator[Sequence[uuid.UUID]]:
        """Give rows the vectors that they lack, and forget those of chunks that are gone; the ids, in batches."""
        while ids := self._index.not_embedded(collection, CHUNKS_AT_ONCE):
            known: set[uuid.UUID] = set()
            for chunks in shift.chunks.read(ids):
                analysed = reanalysis.beside(self._sessions, chunks, target.analysis)
                self._collections.embed(collection, target.embedder, analysed)
                embedded = [chunk.id for chunk in chunks]
                known.update(embedded)
                yield embedded
            self._index.forget(collection, list(ids - known))

    def _tidy_up(self, shift: _Shift) -> None:
        """The present collection has every chunk and no other, and beside it are none but those that are kept."""
        self._catch_up(shift)
        with self._sessions.begin() as session:
            collection = str(session.get_one(KnowledgeBase, shift.knowledge_base_id).collection)
            kept = self._kept.names(session, shift.knowledge_base_id)
        self._forget_gone(shift, collection)
        for name in self._index.collections(prefix(shift.knowledge_base_id)):
            if name in kept:
                self._index.release(name)
            elif name != collection:
                self._index.drop(name)
        with self._sessions.begin() as session:
            session.delete(leases.owned(session, Rebuild, shift.knowledge_base_id, shift.job_id))

    def _forget_gone(self, shift: _Shift, collection: str) -> None:
        """Remove the rows of chunks that are not stored any more."""
        if self._index.count(collection) > shift.chunks.count():
            for ids in self._index.every(collection):
                self._index.forget(collection, shift.chunks.gone(ids))

    def _leave(self, rebuild: Rebuild) -> None:
        """A collection that was being filled is not wanted any more, unless it is one that is kept."""
        if rebuild.collection is None:
            return
        with self._sessions.begin() as session:
            is_kept = rebuild.collection in self._kept.names(session, rebuild.knowledge_base_id)
        if not is_kept:
            self._index.drop(rebuild.collection)

    # The row of a rebuild

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


def _is_switched(base: KnowledgeBase, rebuild: Rebuild) -> bool:
    """Whether the collection that the rebuild filled is in use already."""
    return rebuild.collection is not None and rebuild.collection == base.collection
