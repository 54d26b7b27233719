"""The worker's side of runs: which of them are owed, and a shift at one of them."""

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from frontdesk.answering.rehearsals import Tried
from frontdesk.database import Sessions, new_id, now
from frontdesk.errors import Conflict, DomainError, NotFound, Unavailable
from frontdesk.evaluation import verdicts
from frontdesk.evaluation.asking import AskedOf, Asking
from frontdesk.evaluation.history import published_beside
from frontdesk.evaluation.models import RUNNING, Outcome, Result, Run, RunKind, RunStatus
from frontdesk.knowledge import leases, versions
from frontdesk.knowledge.leases import LeaseLost
from frontdesk.knowledge.models import KnowledgeBase, Origin, Version

log = logging.getLogger(__name__)

SHIFT_SECONDS = 30.0
QUESTIONS_AT_ONCE = 20
MOST_ATTEMPTS = 4
MOST_RESTARTS = 5
OUTAGE_PAUSE = timedelta(seconds=10)
_GONE = ("version_not_found", "knowledge_base_not_found")


@dataclass(frozen=True, slots=True)
class _Shift:
    """A job with the lease on a run until `deadline`, a moment of `time.monotonic()`."""

    run: Run
    job_id: uuid.UUID
    deadline: float

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.deadline

    def owned(self, session: Session) -> Run:
        """The run, locked until the transaction ends; raises LeaseLost once it was stopped or deleted."""
        return leases.owned(session, Run, self.run.id, self.job_id)


class _Moved(Exception):
    """The draft, or what is asked beside it, is not what the run has asked so far."""


class Running:
    """Asks in shifts. What was asked stays, so a killed shift is taken up where it stood; a draft that changes
    meanwhile is asked from the beginning."""

    def __init__(self, sessions: Sessions, asking: Asking) -> None:
        self._sessions = sessions
        self._asking = asking

    def owing(self) -> Sequence[uuid.UUID]:
        """Runs that nobody is doing."""
        with self._sessions() as session:
            return session.scalars(select(Run.id).where(_owes()).order_by(Run.created_at).limit(100)).all()

    def work(self, run_id: uuid.UUID, seconds: float = SHIFT_SECONDS) -> bool:
        """Go on with a run for so long; whether there is more to do at once."""
        shift = self._claim(run_id, time.monotonic() + seconds)
        if shift is None:
            return False
        try:
            with leases.renewing(self._sessions, Run, shift.job_id):
                return self._ask(shift)
        except LeaseLost:
            log.info("The run %s was stopped, or somebody else does it.", run_id)
        except Unavailable as error:
            log.warning("The run %s waits: %s", run_id, error)
            self._postpone_or_fail(shift, error)
        except DomainError as error:
            log.info("The run %s can not go on: %s", run_id, error)
            self._fail(shift, error)
        except Exception:
            log.exception("The run %s broke off", run_id)
            unexpected = "Asking failed unexpectedly; the worker's log says more."
            self._postpone_or_fail(shift, Unavailable(unexpected, code="run_broke_off"))
        return False

    def _claim(self, run_id: uuid.UUID, deadline: float) -> _Shift | None:
        with self._sessions.begin() as session:
            run = session.scalar(select(Run).where(Run.id == run_id, _owes()).with_for_update(skip_locked=True))
            if run is None:
                return None
            run.attempts += 1
            if run.attempts > MOST_ATTEMPTS:
                run.fail(Unavailable("Asking this stops the worker again and again.", code="run_gave_up"))
                return None
            run.status = RunStatus.WORKING
            run.job_id, run.job_until = new_id(), now() + leases.LEASE
            return _Shift(run, run.job_id, deadline)

    def _ask(self, shift: _Shift) -> bool:
        while not shift.is_over:
            waiting = self._waiting(shift.run.id)
            if not waiting:
                self._settle(shift)
                return False
            try:
                self._ask_some(shift, waiting)
            except _Moved:
                self._restart(shift)
        with self._sessions.begin() as session:
            shift.owned(session).postpone(timedelta())
        return True

    def _waiting(self, run_id: uuid.UUID) -> Sequence[Outcome]:
        """The next questions that were not asked."""
        unasked = select(Outcome).where(Outcome.run_id == run_id, Outcome.result.is_(None))
        with self._sessions() as session:
            return session.scalars(unasked.order_by(Outcome.number).limit(QUESTIONS_AT_ONCE)).all()

    def _ask_some(self, shift: _Shift, waiting: Sequence[Outcome]) -> None:
        """Ask and write down; raises _Moved, LeaseLost, NotFound, Unavailable."""
        run, told = shift.run, []
        for outcome in waiting:
            try:
                told.append({"run_id": run.id, "number": outcome.number, **self._told(run, outcome)})
            except NotFound as error:
                if run.tried is Tried.DRAFT and error.code in _GONE:
                    raise _Moved from error
                raise
            if shift.is_over:
                break
        with self._sessions.begin() as session:
            owned = shift.owned(session)
            # Looked at after the questions were asked: whatever they were asked of, it was still the same.
            if not _stands(session, owned):
                raise _Moved
            session.execute(update(Outcome), told)
            owned.done += len(told)
            owned.attempts = 0

    def _told(self, run: Run, outcome: Outcome) -> dict[str, object]:
        """What came of a question."""

        def ask(version: int) -> dict[str, object]:
            return self._asking.ask(
                AskedOf(run.asked_as(outcome.inbox_id, version), outcome.inbox_id, outcome.tags),
                outcome.question,
                expectation=outcome.expectation,
                reference=outcome.reference,
                with_model=run.with_model,
            )

        if run.kind is RunKind.REPLAY and run.before is not None:
            before, after = ask(run.before), ask(run.version)
            return {"before": before, "after": after, "result": verdicts.compare(before, after)}
        after = ask(run.version)
        expectation = outcome.expectation
        result = verdicts.judge(expectation, after) if expectation else Result.UNAFFECTED
        return {"before": None, "after": after, "result": result}

    def _restart(self, shift: _Shift) -> None:
        """From the beginning with the draft as it is now.

        Raises NotFound, Conflict for one that does not come to rest.
        """
        with self._sessions.begin() as session:
            run = shift.owned(session)
            if run.restarts >= MOST_RESTARTS:
                raise Conflict("The draft changes all the time; try again later.", code="run_overtaken")
            base = versions.found(session, run.knowledge_base_id)
            before = base.published if run.before is not None else None
            run.restart(base.draft, before, base.changes, published_beside(session, map(uuid.UUID, run.inboxes)))
            unasked = update(Outcome).where(Outcome.run_id == run.id)
            session.execute(unasked.values(before=None, after=None, result=None))
        shift.run.restart(run.version, run.before, run.changes, run.inboxes)

    def _settle(self, shift: _Shift) -> None:
        with self._sessions.begin() as session:
            run = shift.owned(session)
            outcomes = session.scalars(select(Outcome).where(Outcome.run_id == run.id)).all()
            run.settle(verdicts.figures(run.kind, outcomes))

    def _postpone_or_fail(self, shift: _Shift, error: Unavailable) -> None:
        with self._sessions.begin() as session:
            run = self._still_owned(shift, session)
            if run is not None and run.attempts >= MOST_ATTEMPTS:
                run.fail(error)
            elif run is not None:
                run.postpone(OUTAGE_PAUSE)

    def _fail(self, shift: _Shift, error: DomainError) -> None:
        with self._sessions.begin() as session:
            run = self._still_owned(shift, session)
            if run is not None:
                run.fail(error)

    @staticmethod
    def _still_owned(shift: _Shift, session: Session) -> Run | None:
        try:
            return shift.owned(session)
        except LeaseLost:
            return None


def _owes() -> ColumnElement[bool]:
    """The condition for runs that are to go on and that nobody is doing."""
    return Run.status.in_(RUNNING) & or_(Run.job_until.is_(None), Run.job_until < func.now())


def _stands(session: Session, run: Run) -> bool:
    """Whether the version that a run asks is still what it was; a published one always is."""
    if run.tried is Tried.PUBLISHED:
        return True
    base = session.get_one(KnowledgeBase, run.knowledge_base_id, populate_existing=True)
    if run.version == base.draft:
        return run.changes == base.changes
    published = session.get(Version, (base.id, run.version))
    return published is not None and published.origin is Origin.PUBLISHED and published.changes == run.changes
