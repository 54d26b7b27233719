"""Question sets, runs of them, and what came of each question that was asked."""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.answering.rehearsals import Tried
from frontdesk.database import Base, new_id, now
from frontdesk.errors import Conflict, DomainError
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.knowledge.models import Leased


class SetOrigin(StrEnum):
    """Where a question set comes from."""

    MADE = "made"  # by an administrator
    DESK = "desk"  # by agents, out of conversations; a knowledge base has one at most


class QuestionSet(Base):
    """Questions to a knowledge base of which is known what should come of them."""

    __tablename__ = "question_sets"
    __table_args__ = (
        UniqueConstraint("knowledge_base_id", "name"),
        Index("uq_question_sets_desk", "knowledge_base_id", unique=True, postgresql_where=text("origin = 'desk'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    origin: Mapped[SetOrigin] = mapped_column(default=SetOrigin.MADE)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Expecting:
    """The columns that say what should come of a question. `source_id` outlives what it names: an entry that was
    deleted is still the one that should have answered."""

    wanted: Mapped[Wanted | None]
    source_id: Mapped[uuid.UUID | None]
    passage: Mapped[str | None] = mapped_column(Text)

    @property
    def expectation(self) -> Expectation | None:
        """As the pure part knows it; None where nothing is expected."""
        return Expectation(self.wanted, self.source_id, self.passage) if self.wanted else None

    def expect(self, expectation: Expectation) -> None:
        """This should come of it."""
        self.wanted, self.source_id, self.passage = (
            expectation.wanted,
            expectation.source_id,
            expectation.passage,
        )


class Question(Expecting, Base):
    """A question of a set, which has each text once."""

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("question_set_id", "text"),
        CheckConstraint("wanted IS NOT NULL", name="something_wanted"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    question_set_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("question_sets.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)  # a good answer, in somebody's words
    created_at: Mapped[datetime] = mapped_column(default=now)


class RunKind(StrEnum):
    """What is asked."""

    SET = "set"  # a question set, of one version
    REPLAY = "replay"  # a question set or what contacts asked lately, of the published version and the draft


class RunStatus(StrEnum):
    """How far a run is; queued and working ones owe work to the worker."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


RUNNING = (RunStatus.QUEUED, RunStatus.WORKING)


class Result(StrEnum):
    """What came of a question: the first five in a run of a set, the others in a replay."""

    RIGHT = "right"  # answered from what should answer it
    WRONG = "wrong"  # answered from something else, or should have been handed over
    MISSED = "missed"  # handed over, and something answers it
    HANDED_OVER = "handed_over"  # rightly
    ASKED_BACK = "asked_back"  # which of a few questions is meant
    NEWLY_ANSWERED = "newly_answered"
    NEWLY_HANDED = "newly_handed"  # over to a person
    NEWLY_ASKED = "newly_asked"  # back which of a few questions is meant
    OTHER_ANSWER = "other_answer"
    OTHER_SOURCE = "other_source"  # the same words, cited from elsewhere
    UNAFFECTED = "unaffected"


VERDICTS = (Result.RIGHT, Result.WRONG, Result.MISSED, Result.HANDED_OVER, Result.ASKED_BACK)
AFFECTED = (
    Result.NEWLY_HANDED,
    Result.OTHER_ANSWER,
    Result.NEWLY_ASKED,
    Result.NEWLY_ANSWERED,
    Result.OTHER_SOURCE,
)
"""By how much a contact would mind."""


class Run(Leased, Base):
    """Questions put to a version of a knowledge base; a replay puts them to `before`, too.

    `changes` is the knowledge base's count of them when the draft was asked: from the next change on it is another.
    `inboxes` are those that a replay asks as: by id, the knowledge bases that each answers from, in its order, with
    the versions that were published when the run began.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_knowledge_base_id_created_at", "knowledge_base_id", "created_at"),
        Index("ix_runs_owing", "status", postgresql_where=text("status IN ('queued', 'working')")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    kind: Mapped[RunKind]
    question_set_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("question_sets.id", ondelete="SET NULL"))
    name: Mapped[str | None] = mapped_column(String(120))  # of the set; None: what contacts asked
    tried: Mapped[Tried]
    version: Mapped[int]
    before: Mapped[int | None]
    changes: Mapped[int] = mapped_column(BigInteger)
    inboxes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    with_model: Mapped[bool] = mapped_column(default=False)  # replies are generated, not quoted
    status: Mapped[RunStatus] = mapped_column(default=RunStatus.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    restarts: Mapped[int] = mapped_column(default=0)  # because the draft had changed
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(Text)
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    @property
    def is_running(self) -> bool:
        """Whether it owes work."""
        return self.status in RUNNING

    def asked_as(self, inbox_id: uuid.UUID | None, version: int) -> dict[uuid.UUID, int]:
        """The versions that are asked for an inbox, `version` of the run's own knowledge base; that one alone where
        no inbox is known."""
        noted = self.inboxes.get(str(inbox_id), [[str(self.knowledge_base_id), version]])
        return {
            uuid.UUID(base): version if base == str(self.knowledge_base_id) else published
            for base, published in noted
        }

    def restart(self, version: int, before: int | None, changes: int, inboxes: dict[str, Any]) -> None:
        """From the beginning, with the draft, and what is published beside it, as they are now."""
        self.version, self.before, self.changes, self.inboxes = version, before, changes, inboxes
        self.restarts += 1
        self.done = 0

    def stop(self) -> None:
        """Leave off. Raises Conflict when it is over already."""
        if not self.is_running:
            raise Conflict("This is not running any more.", code="run_not_running")
        self._end(RunStatus.STOPPED)

    def settle(self, figures: dict[str, Any]) -> None:
        """Every question was asked, and this is what came of them."""
        self._end(RunStatus.DONE)
        self.figures = figures

    def fail(self, error: DomainError) -> None:
        """It came to nothing."""
        self._end(RunStatus.FAILED)
        self.error_code, self.error_message = error.code, error.message

    def postpone(self, pause: timedelta) -> None:
        """Somebody may go on with it after a pause."""
        self.job_id, self.job_until = None, now() + pause

    def _end(self, status: RunStatus) -> None:
        self.status, self.ended_at, self.attempts = status, now(), 0
        self.job_id = self.job_until = self.error_code = self.error_message = None


class Outcome(Expecting, Base):
    """A question of a run: what it was when the run began, and what each version made of it, once it was asked.

    The words of a contact go when their message goes.
    """

    __tablename__ = "outcomes"
    __table_args__ = (
        Index("ix_outcomes_run_id_result", "run_id", "result"),
        Index("ix_outcomes_message_id", "message_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[uuid.UUID | None]  # which may have been deleted since
    message_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)  # a good answer, in somebody's words
    inbox_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("inboxes.id", ondelete="SET NULL"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # of the inbox that it came to
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    result: Mapped[Result | None]
