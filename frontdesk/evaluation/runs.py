"""Runs and replays, as administrators start, read and compare them."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, delete, func, insert, select
from sqlalchemy.orm import Session

from frontdesk.answering.rehearsals import Tried
from frontdesk.database import Sessions
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.evaluation.history import asked_lately, published_beside
from frontdesk.evaluation.models import (
    RUNNING,
    Outcome,
    Question,
    QuestionSet,
    Result,
    Run,
    RunKind,
    RunStatus,
)
from frontdesk.jobs import Job, Jobs
from frontdesk.knowledge import versions
from frontdesk.knowledge.models import KnowledgeBase, Origin, Version

MOST_REPLAYED = 1000
"""Questions of contacts that one replay puts."""
MOST_KEPT = 50
"""Runs of a knowledge base that are kept, beside the replays of versions that are."""


@dataclass(frozen=True, slots=True)
class ToldRun:
    """A run, and the number of the version that it shows as it was published: of a replay, if its draft was."""

    run: Run
    published_as: int | None


@dataclass(frozen=True, slots=True)
class Replays:
    """The replays of a knowledge base, newest first; `fresh` shows the draft as it is now.

    `questions` are those that contacts asked and that a replay can put.
    """

    replays: Sequence[ToldRun]
    fresh: Run | None
    questions: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A question that two runs asked, with what came of it in each; one may be missing."""

    one: Outcome | None
    other: Outcome | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs side by side: the first questions of which something else came, and the number of all those."""

    one: Run
    other: Run
    different: Sequence[Pair]
    total: int
    unchanged: int


class Runs:
    """Asks for runs and tells of them; the worker does them."""

    def __init__(self, sessions: Sessions, jobs: Jobs, has_model: bool) -> None:
        self._sessions = sessions
        self._jobs = jobs
        self._has_model = has_model

    def start(
        self,
        question_set_id: uuid.UUID,
        tried: Tried,
        agent_id: uuid.UUID | None = None,
        *,
        with_model: bool = False,
    ) -> Run:
        """Put a set to the published version or the draft. With a model, replies are generated, which takes seconds
        for each.

        Raises NotFound; Invalid for a set without questions, or for a model where there is none.
        """
        if with_model and not self._has_model:
            raise Invalid("No chat model is configured.", code="no_chat_model")
        with self._sessions.begin() as session:
            owner, questions = _questions(session, question_set_id)
            base = versions.found(session, owner.knowledge_base_id)
            run = Run(
                knowledge_base_id=base.id,
                kind=RunKind.SET,
                question_set_id=owner.id,
                name=owner.name,
                tried=tried,
                version=base.draft if tried is Tried.DRAFT else base.published,
                changes=base.changes,
                with_model=with_model,
                total=len(questions),
                agent_id=agent_id,
            )
            _keep(session, run, [_of_set(question) for question in questions])
        self._jobs.enqueue(Job.RUN_QUESTIONS, run_id=run.id)
        return run

    def replay(
        self,
        knowledge_base_id: uuid.UUID,
        most: int = MOST_REPLAYED,
        question_set_id: uuid.UUID | None = None,
        agent_id: uuid.UUID | None = None,
    ) -> Run:
        """Put what contacts asked lately, or a set, to the published version and to the draft.

        What contacts asked is asked as their inboxes do, of all their knowledge bases in one ranking; a set is put
        to this one alone. Raises NotFound, Conflict while another one runs, or Invalid without any questions.
        """
        with self._sessions.begin() as session:
            base = versions.locked(session, knowledge_base_id)
            running = (Run.knowledge_base_id == base.id, Run.kind == RunKind.REPLAY, Run.status.in_(RUNNING))
            if session.scalar(select(Run.id).where(*running).limit(1)) is not None:
                raise Conflict("A replay is running already.", code="replay_running")
            name, inboxes = None, {}
            if question_set_id is not None:
                owner, questions = _questions(session, question_set_id)
                if owner.knowledge_base_id != base.id:
                    raise NotFound("There is no such question set.", code="question_set_not_found")
                name, rows = owner.name, [_of_set(question) for question in questions]
            else:
                asked = asked_lately(session, base.id, min(most, MOST_REPLAYED))
                inboxes = published_beside(session, {one.inbox_id for one in asked})
                rows = [
                    {
                        "message_id": one.message_id,
                        "question": one.text,
                        "inbox_id": one.inbox_id,
                        "tags": list(one.tags),
                    }
                    for one in asked
                ]
            if not rows:
                raise Invalid("Nobody has asked anything yet.", code="replay_without_questions")
            run = Run(
                knowledge_base_id=base.id,
                kind=RunKind.REPLAY,
                question_set_id=question_set_id,
                name=name,
                tried=Tried.DRAFT,
                version=base.draft,
                before=base.published,
                changes=base.changes,
                inboxes=inboxes,
                total=len(rows),
                agent_id=agent_id,
            )
            _keep(session, run, rows)
        self._jobs.enqueue(Job.RUN_QUESTIONS, run_id=run.id)
        return run

    def runs(self, knowledge_base_id: uuid.UUID, limit: int = MOST_KEPT) -> Sequence[Run]:
        """Those of question sets, newest first. Raises NotFound."""
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
            return session.scalars(_newest(knowledge_base_id, RunKind.SET).limit(limit)).all()

    def replays(self, knowledge_base_id: uuid.UUID, limit: int = MOST_KEPT) -> Replays:
        """The replays, with what a new one could ask. Raises NotFound."""
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            found = session.scalars(_newest(knowledge_base_id, RunKind.REPLAY).limit(limit)).all()
            fresh = next((run for run in found if _is_fresh(session, run, base)), None)
            told = [ToldRun(run, _published_as(session, run)) for run in found]
            return Replays(told, fresh, len(asked_lately(session, knowledge_base_id, MOST_REPLAYED)))

    def run(self, run_id: uuid.UUID) -> ToldRun:
        """One of them; raises NotFound."""
        with self._sessions() as session:
            run = _found(session, run_id)
            return ToldRun(run, _published_as(session, run))

    def outcomes(
        self, run_id: uuid.UUID, results: Collection[Result], offset: int, limit: int
    ) -> tuple[Sequence[Outcome], int]:
        """Some of the questions of which one of these came (of all, if none is given), and the number of them.

        Raises NotFound.
        """
        wanted = [Outcome.run_id == run_id, *([Outcome.result.in_(results)] if results else [])]
        with self._sessions() as session:
            _found(session, run_id)
            total = session.scalars(select(func.count()).select_from(Outcome).where(*wanted)).one()
            page = select(Outcome).where(*wanted).order_by(Outcome.number).offset(offset).limit(limit)
            return session.scalars(page).all(), total

    def compare(self, run_id: uuid.UUID, other_id: uuid.UUID | None, limit: int) -> Compared:
        """What came of the questions in two runs of sets, by their text; the other one is given, or that of the
        same set before. Raises NotFound.
        """
        with self._sessions() as session:
            one = _found(session, run_id)
            other = _found(session, other_id) if other_id else _before(session, one)
            if one.knowledge_base_id != other.knowledge_base_id:
                raise NotFound("There is no such run in this knowledge base.", code="run_not_found")
            outcomes = [_by_question(session, run.id) for run in (one, other)]
        pairs = [
            Pair(outcomes[0].get(question), outcomes[1].get(question))
            for question in dict.fromkeys((*outcomes[0], *outcomes[1]))
        ]
        different = [pair for pair in pairs if _differs(pair)]
        return Compared(one, other, different[:limit], len(different), len(pairs) - len(different))

    def stop(self, run_id: uuid.UUID) -> Run:
        """Leave off. Raises NotFound, or Conflict when it is over."""
        with self._sessions.begin() as session:
            run = _found(session, run_id, lock=True)
            run.stop()
        return run

    def delete(self, run_id: uuid.UUID) -> None:
        """Forget it, and stop it if need be. Raises NotFound."""
        with self._sessions.begin() as session:
            session.delete(_found(session, run_id, lock=True))


def _questions(session: Session, question_set_id: uuid.UUID) -> tuple[QuestionSet, Sequence[Question]]:
    owner = session.get(QuestionSet, question_set_id)
    if owner is None:
        raise NotFound("There is no such question set.", code="question_set_not_found")
    of_set = select(Question).where(Question.question_set_id == owner.id)
    questions = session.scalars(of_set.order_by(Question.created_at, Question.id)).all()
    if not questions:
        raise Invalid("This set has no questions.", code="question_set_empty")
    return owner, questions


def _of_set(question: Question) -> Mapping[str, object]:
    return {
        "question_id": question.id,
        "question": question.text,
        "tags": [],
        "wanted": question.wanted,
        "source_id": question.source_id,
        "passage": question.passage,
        "reference": question.reference,
    }


def _keep(session: Session, run: Run, rows: Sequence[Mapping[str, object]]) -> None:
    """Store a run with what it is to ask, and forget the oldest of too many."""
    session.add(run)
    session.flush()
    numbered = [{"run_id": run.id, "number": number, **row} for number, row in enumerate(rows, start=1)]
    session.execute(insert(Outcome), numbered)
    of_base = (Run.knowledge_base_id == run.knowledge_base_id, Run.kind == run.kind)
    newest = select(Run.id).where(*of_base).order_by(Run.created_at.desc()).limit(MOST_KEPT)
    session.execute(delete(Run).where(*of_base, Run.id.not_in(newest), ~_shows_a_version()))


def _newest(knowledge_base_id: uuid.UUID, kind: RunKind) -> Select[Run]:
    of_kind = (Run.knowledge_base_id == knowledge_base_id, Run.kind == kind)
    return select(Run).where(*of_kind).order_by(Run.created_at.desc())


def _found(session: Session, run_id: uuid.UUID, lock: bool = False) -> Run:
    run = session.get(Run, run_id, with_for_update=lock or None)
    if run is None:
        raise NotFound("There is no such run.", code="run_not_found")
    return run


def _before(session: Session, run: Run) -> Run:
    earlier = (
        Run.question_set_id == run.question_set_id,
        Run.status == RunStatus.DONE,
        Run.created_at < run.created_at,
    )
    found = session.scalar(_newest(run.knowledge_base_id, run.kind).where(*earlier).limit(1))
    if found is None:
        raise NotFound("There is no run of this set before.", code="run_not_found")
    return found


def _is_fresh(session: Session, run: Run, base: KnowledgeBase) -> bool:
    """Whether a replay shows what publishing now would do: in its inboxes, nothing else was published since."""
    if run.status is not RunStatus.DONE or (run.version, run.changes) != (base.draft, base.changes):
        return False
    return run.inboxes == published_beside(session, map(uuid.UUID, run.inboxes))


def _shows_a_version() -> ColumnElement[bool]:
    """The condition for replays of what was published just so."""
    same = (
        Version.knowledge_base_id == Run.knowledge_base_id,
        Version.number == Run.version,
        Version.changes == Run.changes,
        # A deletion that went out at once took the draft's number, and not what else waited in it.
        Version.origin == Origin.PUBLISHED,
    )
    return (
        (Run.kind == RunKind.REPLAY) & (Run.status == RunStatus.DONE) & select(Version.number).where(*same).exists()
    )


def _published_as(session: Session, run: Run) -> int | None:
    return session.scalar(select(Run.version).where(Run.id == run.id, _shows_a_version()))


def _by_question(session: Session, run_id: uuid.UUID) -> Mapping[str, Outcome]:
    of_run = select(Outcome).where(Outcome.run_id == run_id).order_by(Outcome.number)
    return {outcome.question: outcome for outcome in session.scalars(of_run)}


def _differs(pair: Pair) -> bool:
    if pair.one is None or pair.other is None:
        return True
    if pair.one.result != pair.other.result:
        return True
    return (pair.one.after or {}).get("text") != (pair.other.after or {}).get("text")
