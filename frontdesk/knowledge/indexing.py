"""From a stored source to findable chunks: parse, chunk, embed, write, publish. Runs in the worker.

Each step commits what it did, so that a killed job is taken up where it stood. What was findable before stays
findable until the new revision is published in one transaction.
"""

import logging
import math
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import partial
from itertools import chain, islice
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from frontdesk.database import Sessions, now
from frontdesk.errors import Conflict, DomainError, Invalid, Unavailable
from frontdesk.knowledge import leases, versions
from frontdesk.knowledge.apart import Reader
from frontdesk.knowledge.chunks import (
    Condition,
    chunk_of_document,
    chunks_of_entry,
    count,
    current,
    measure_of,
    old,
)
from frontdesk.knowledge.collections import CHUNKS_AT_ONCE, Collections, prefix
from frontdesk.knowledge.index import Index
from frontdesk.knowledge.leases import LeaseLost, S
from frontdesk.knowledge.models import GONE, Chunk, Document, Entry, KnowledgeBase, SourceStatus, Stage
from frontdesk.knowledge.pictures.clearing import files_of_base
from frontdesk.knowledge.pictures.intake import Intake

log = logging.getLogger(__name__)

ENTRIES_AT_ONCE = 256
MOST_ATTEMPTS = 8
OUTAGE_PAUSE = timedelta(seconds=10)
BROKE_OFF = "indexing_failed"


@dataclass(frozen=True, slots=True)
class _Shift:
    """The right to work on sources, for so long: others have their turn between."""

    job_id: uuid.UUID
    deadline: float


class _ShiftOver(Exception):
    """What is done is done; the rest is for the next shift."""


class _Outcome(Enum):
    """How a job ended."""

    DONE = "done"
    MORE = "more"  # to be done at once
    LATER = "later"  # if at all


class Indexing:
    """The worker's side of knowledge. Every job may run twice or be killed at any point."""

    def __init__(self, sessions: Sessions, index: Index, collections: Collections, files_dir: Path) -> None:
        self._sessions = sessions
        self._milvus = index
        self._collections = collections
        self._files_dir = files_dir
        self._reader = Reader()

    def close(self) -> None:
        """End the process that reads files."""
        self._reader.close()

    def owing(self) -> tuple[Sequence[uuid.UUID], Sequence[uuid.UUID]]:
        """Documents, and knowledge bases with entries, that owe work which nobody is doing."""
        with self._sessions() as session:
            documents = session.scalars(
                select(Document.id).where(leases.free_and_owing(Document)).order_by(Document.updated_at).limit(100)
            ).all()
            bases = session.scalars(
                select(Entry.knowledge_base_id).where(leases.free_and_owing(Entry)).distinct().limit(100)
            ).all()
        return documents, bases

    def unfinished(self) -> bool:
        """Whether any document or entry still owes work, be somebody at it or not."""
        with self._sessions() as session:
            return any(
                session.scalar(select(model.id).where(model.status.in_(leases.OWING)).limit(1))
                for model in (Document, Entry)
            )

    def unready(self, knowledge_base_id: uuid.UUID) -> set[tuple[SourceStatus, str | None]]:
        """How far those documents and entries are that are not ready, and what went wrong with them."""
        found = set()
        with self._sessions() as session:
            for model in (Document, Entry):
                settled = (SourceStatus.READY, *GONE)
                of_base = (model.knowledge_base_id == knowledge_base_id, model.status.not_in(settled))
                rows = session.execute(select(model.status, model.error_message).where(*of_base))
                found |= {(status, error) for status, error in rows}
        return found

    def remove_base(self, knowledge_base_id: uuid.UUID) -> None:
        """Remove a knowledge base with all that is in it: rows, files, vectors.

        Raises Conflict for one that an inbox answers from, and Unavailable while Milvus is away.
        """
        try:
            with self._sessions.begin() as session:
                files = session.scalars(
                    select(Document.files).where(Document.knowledge_base_id == knowledge_base_id)
                ).all()
                pictures = files_of_base(session, knowledge_base_id)
                session.execute(delete(KnowledgeBase).where(KnowledgeBase.id == knowledge_base_id))
        except IntegrityError as error:
            raise Conflict("An inbox answers from this knowledge base.", code="knowledge_base_used") from error
        for file in chain(pictures, *(of_document.values() for of_document in files)):
            (self._files_dir / file).unlink(missing_ok=True)
        for collection in self._milvus.collections(prefix(knowledge_base_id)):
            self._milvus.drop(collection)

    def index_document(self, document_id: uuid.UUID, seconds: float = math.inf) -> bool:
        """Do what the document owes, or about `seconds` of it; whether there is more to do at once.

        Returns at once when nothing is owed or somebody else is at it.
        """
        with self._sessions.begin() as session:
            job_id, documents = leases.claim(session, Document, Document.id == document_id, limit=1)
        if not documents:
            return False
        shift = _Shift(job_id, time.monotonic() + seconds)
        return self._attempt(Document, documents, shift, self._index_document) is _Outcome.MORE

    def index_entries(self, knowledge_base_id: uuid.UUID, seconds: float = math.inf) -> bool:
        """Do what the entries of a knowledge base owe, batch after batch, for `seconds`; whether there is more."""
        of_base = Entry.knowledge_base_id == knowledge_base_id
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._sessions.begin() as session:
                job_id, entries = leases.claim(session, Entry, of_base, limit=ENTRIES_AT_ONCE)
            shift = _Shift(job_id, math.inf)
            if not entries or self._attempt(Entry, entries, shift, self._index_entries) is not _Outcome.DONE:
                return False
        return True

    def _attempt(
        self,
        model: type[S],
        sources: Sequence[S],
        shift: _Shift,
        work: Callable[[Sequence[S], _Shift], None],
    ) -> _Outcome:
        """Work under a renewed lease. What went wrong is written on the sources."""
        job_id = shift.job_id
        try:
            with leases.renewing(self._sessions, model, job_id):
                work(sources, shift)
        except LeaseLost:
            log.info("Lost the lease on %s; somebody else has the work.", [str(source.id) for source in sources])
        except _ShiftOver:
            self._write_down(model, sources, job_id, _release)
            return _Outcome.MORE
        except Invalid as error:
            self._write_down(model, sources, job_id, partial(_fail, error=error))
            return _Outcome.LATER
        except Unavailable as error:
            log.warning("Indexing waits: %s", error)
            self._write_down(model, sources, job_id, partial(_postpone, error=error))
            return _Outcome.LATER
        except Exception:
            log.exception("Indexing broke off")
            unexpected = Unavailable(
                "Reading this failed unexpectedly; the worker's log says more.", code=BROKE_OFF
            )
            self._write_down(model, sources, job_id, partial(_postpone, error=unexpected))
            return _Outcome.LATER
        return _Outcome.DONE

    def _write_down(
        self,
        model: type[S],
        sources: Sequence[S],
        job_id: uuid.UUID,
        verb: Callable[[S], None],
    ) -> None:
        with self._sessions.begin() as session:
            for source in sources:
                found = session.get(model, source.id, with_for_update=True)
                if found is not None and found.job_id == job_id:
                    verb(found)

    def _index_document(self, documents: Sequence[Document], shift: _Shift) -> None:
        (document,) = documents
        if document.attempts > MOST_ATTEMPTS:
            raise Invalid("Reading this file stops the worker again and again.", code="gave_up")
        if document.chunked_revision < document.revision:
            self._chunk(document, shift.job_id)
        self._index(Document, documents, shift)

    def _chunk(self, document: Document, job_id: uuid.UUID) -> None:
        """Parse and chunk the file; its chunks and pictures are stored, not yet findable."""
        with self._sessions.begin() as session:
            leases.write(session, Document, document.id, job_id, **_entering(Stage.PARSE))
            session.execute(delete(Chunk).where(current(Document, [document])))
        intake = Intake(document, self._files_dir)
        found = self._reader.chunks_and_pictures(
            self._files_dir / document.file,
            document.name,
            measure_of(document),
            partial(self._note_read, document, job_id),
        )
        pieces = enumerate(intake.put_by(found))
        stored = 0
        is_whole = False
        while not is_whole:
            batch = [
                chunk_of_document(document, ordinal, piece.heading, piece.text, intake.location(piece))
                for ordinal, piece in islice(pieces, CHUNKS_AT_ONCE)
            ]
            stored += len(batch)
            is_whole = len(batch) < CHUNKS_AT_ONCE
            with self._sessions.begin() as session:
                if is_whole:
                    versions.locked(session, document.knowledge_base_id)
                leases.owned(session, Document, document.id, job_id)
                session.add_all(batch)
                if is_whole:
                    if not stored:
                        raise Invalid("There is no text in this file.", code="file_no_text")
                    intake.settle(session)
                    columns = _entering(Stage.CHUNK, stored, stored) | {"chunked_revision": document.revision}
                    leases.write(session, Document, document.id, job_id, **columns)

    def _note_read(self, document: Document, job_id: uuid.UUID, done: int, total: int) -> None:
        with self._sessions.begin() as session:
            owned = leases.owned(session, Document, document.id, job_id)
            if not owned.total:  # until now the file was opened, which tells nothing of its pace
                owned.stage_began_at, owned.done_before = now(), done
            owned.done, owned.done_at, owned.total = done, now(), total

    def _index_entries(self, entries: Sequence[Entry], shift: _Shift) -> None:
        with self._sessions.begin() as session:
            known = set(session.scalars(select(Chunk.entry_id).where(current(Entry, entries)).distinct()))
            session.add_all(
                chain.from_iterable(chunks_of_entry(entry) for entry in entries if entry.id not in known)
            )
        self._index(Entry, entries, shift)

    def _index(self, model: type[S], sources: Sequence[S], shift: _Shift) -> None:
        """Write the chunks of the newest revisions, put them in place of the old ones, and settle."""
        self._write(model, sources, shift)
        # Each row is written once, at the end: no statement here reads what another has yet to write.
        with self._sessions.begin() as session, session.no_autoflush:
            base = versions.locked(session, sources[0].knowledge_base_id)
            owned = leases.all_owned(session, model, sources, shift.job_id)
            versions.replace(session, base, added=current(model, sources), removed=old(model, sources))
            for source in owned:
                source.settle()
                if isinstance(source, Document):
                    source.passages = session.scalars(count(current(Document, [source]))).one()

    def _write(self, model: type[S], sources: Sequence[S], shift: _Shift) -> None:
        knowledge_base = self._collections.ready(sources[0].knowledge_base_id)
        wanted = current(model, sources)
        if isinstance(sources[0], Document):
            stage = Stage.EMBED if knowledge_base.embedder else Stage.WRITE
            with self._sessions.begin() as session:
                counted = select(func.count(Chunk.written_at), func.count()).where(wanted)
                done, total = session.execute(counted).one()
                columns = _entering(stage, done, total)
                leases.write(session, Document, sources[0].id, shift.job_id, **columns)
        with ThreadPoolExecutor(1, thread_name_prefix="embed-ahead") as pool:
            ahead: Future[None] | None = None
            while chunks := self._unwritten(wanted, 2 * CHUNKS_AT_ONCE):
                if time.monotonic() > shift.deadline:
                    raise _ShiftOver
                now_due, next_due = chunks[:CHUNKS_AT_ONCE], chunks[CHUNKS_AT_ONCE:]
                if ahead is not None:
                    ahead.result()
                ahead = pool.submit(self._collections.embed_ahead, knowledge_base, next_due)
                is_complete = self._collections.write(knowledge_base, now_due)
                is_noted = self._note_written(model, sources, shift, knowledge_base, now_due, is_complete)
                if is_noted and not next_due:
                    break
                knowledge_base = self._collections.ready(knowledge_base.id)

    def _unwritten(self, wanted: Condition, limit: int) -> Sequence[Chunk]:
        with self._sessions() as session:
            return session.scalars(
                select(Chunk)
                .where(wanted, Chunk.written_at.is_(None))
                .order_by(Chunk.ordinal, Chunk.id)
                .limit(limit)
            ).all()

    def _note_written(
        self,
        model: type[S],
        sources: Sequence[S],
        shift: _Shift,
        written_to: KnowledgeBase,
        chunks: Sequence[Chunk],
        is_complete: bool,
    ) -> bool:
        """Whether these chunks are in the collection that is in use."""
        with self._sessions.begin() as session:
            # A rebuild switches collections before this, and these chunks stay unwritten: once more, then. Or it
            # does so after this, and copies them.
            base = versions.locked(session, written_to.id)
            owned = leases.all_owned(session, model, sources, shift.job_id)
            if base.collection != written_to.collection:
                return False
            base.incomplete = base.incomplete or not is_complete
            ids = [chunk.id for chunk in chunks]
            session.execute(update(Chunk).where(Chunk.id.in_(ids)).values(written_at=now()))
            for source in owned:
                source.attempts = 1
                if isinstance(source, Document):
                    source.done += len(chunks)
                    source.done_at = now()
        return True


def _entering(stage: Stage, done: int = 0, total: int = 0) -> dict[str, object]:
    """The columns of a document that enters a stage."""
    return {"stage": stage, "stage_began_at": now(), "done": done, "done_before": done, "total": total}


def _release(source: Document | Entry) -> None:
    """For the next shift; the longer it has waited by then, the sooner it is claimed."""
    source.job_id, source.job_until = None, None
    source.updated_at = now()


def _fail(source: Document | Entry, error: DomainError) -> None:
    source.fail(error.code, error.message)


def _postpone(source: Document | Entry, error: DomainError) -> None:
    """Try again later. An outage is waited for as long as it lasts; what breaks off again and again has failed."""
    outage = error.code != BROKE_OFF
    if source.attempts >= MOST_ATTEMPTS and not outage:
        _fail(source, error)
        return
    pause = OUTAGE_PAUSE if outage else timedelta(seconds=2 ** min(source.attempts, 6))
    source.attempts -= outage
    source.job_id, source.job_until = None, now() + pause
    source.error_code, source.error_message = error.code, error.message
