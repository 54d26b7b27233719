"""Who works on something right now: a lease that is renewed while the work goes on and runs out when it dies."""

import logging
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, func, inspect, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from frontdesk.database import Sessions, new_id, now
from frontdesk.knowledge.models import Document, Entry, Leased, SourceStatus

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0
OWING = (SourceStatus.QUEUED, SourceStatus.WORKING)

S = TypeVar("S", Document, Entry)
L = TypeVar("L", bound=Leased)


class LeaseLost(Exception):
    """Somebody else has the work now, or it is not wanted any more; stop without a trace."""


def free_and_owing(model: type[Document] | type[Entry]) -> ColumnElement[bool]:
    """The condition for sources that owe work which nobody is doing."""
    return model.status.in_(OWING) & or_(model.job_until.is_(None), model.job_until < func.now())


def claim(
    session: Session, model: type[S], condition: ColumnElement[bool], limit: int
) -> tuple[uuid.UUID, Sequence[S]]:
    """Take up to `limit` sources that owe work, oldest first, skipping what others take at this moment."""
    job_id = new_id()
    sources = session.scalars(
        select(model)
        .where(free_and_owing(model), condition)
        .order_by(model.updated_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for source in sources:
        source.job_id, source.job_until = job_id, now() + LEASE
        source.attempts += 1
        if source.status == SourceStatus.QUEUED:
            source.status = SourceStatus.WORKING
    return job_id, sources


def owned(session: Session, model: type[L], identity: uuid.UUID, job_id: uuid.UUID) -> L:
    """What a job works on, locked until the transaction ends; raises LeaseLost unless the job still has it."""
    found = session.get(model, identity, with_for_update=True, populate_existing=True)
    if found is None or found.job_id != job_id:
        raise LeaseLost
    return found


def write(session: Session, model: type[L], identity: uuid.UUID, job_id: uuid.UUID, **columns: object) -> None:
    """Set columns of what a job works on, in one statement; raises LeaseLost unless the job still has it."""
    (key,) = inspect(model).primary_key
    still_owned = update(model).where(key == identity, model.job_id == job_id).values(**columns)
    if session.scalar(still_owned.returning(key), execution_options={"synchronize_session": False}) is None:
        raise LeaseLost


def all_owned(session: Session, model: type[S], sources: Sequence[S], job_id: uuid.UUID) -> Sequence[S]:
    """All of what a job works on, as `owned`, in one statement."""
    found = session.scalars(
        select(model)
        .where(model.id.in_([source.id for source in sources]))
        .order_by(model.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(found) != len(sources) or any(source.job_id != job_id for source in found):
        raise LeaseLost
    return found


@contextmanager
def renewing(sessions: Sessions, model: type[Leased], job_id: uuid.UUID) -> Iterator[None]:
    """Keep a job's leases alive from a thread of its own, since one step may take long."""
    stopped = threading.Event()
    (key,) = inspect(model).primary_key
    # In the order in which the job locks them, too, so that neither waits for the other in a circle.
    held = select(key).where(model.job_id == job_id).order_by(key).with_for_update()

    def renew() -> None:
        while not stopped.wait(RENEW_SECONDS):
            try:
                with sessions.begin() as session:
                    session.execute(update(model).where(key.in_(held)).values(job_until=now() + LEASE))
            except SQLAlchemyError as error:
                log.warning("A lease could not be renewed: %s", error)

    thread = threading.Thread(target=renew, name=f"lease-{job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
