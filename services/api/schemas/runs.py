"""Runs of question sets, replays, and stored decisions that are decided again."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import Field

from frontdesk.answering.rehearsals import Tried
from frontdesk.evaluation.models import Outcome as DomainOutcome
from frontdesk.evaluation.models import Result, RunKind, RunStatus
from frontdesk.evaluation.models import Run as DomainRun
from frontdesk.evaluation.reruns import Cause, Difference, LeftOut
from frontdesk.evaluation.reruns import Rerun as DomainRerun
from frontdesk.evaluation.runs import MOST_REPLAYED, Pair, Replays, ToldRun
from frontdesk.evaluation.runs import Compared as DomainCompared
from services.api.schemas.conversations import Citation
from services.api.schemas.knowledge import SourceError
from services.api.schemas.question_sets import Expected
from services.api.schemas.shape import Shape


class Figures(Shape):
    """What came of the questions of a run that is done: counts of each result, shares from 0 to 1, milliseconds.

    `answered` is the share of all questions that was answered, `error` the share of those that was answered
    wrongly, `offers_right` that of those asked back in which the right question can be chosen. `rouge_l` (F1) and
    `bleu` are means, from 0 to 1, over the answers to questions that have a reference, of which there are
    `with_reference`. Null where there is nothing to divide by, or in a replay.
    """

    asked: int
    right: int = 0
    wrong: int = 0
    missed: int = 0
    handed_over: int = 0
    asked_back: int = 0
    newly_answered: int = 0
    newly_handed: int = 0
    newly_asked: int = 0
    other_answer: int = 0
    other_source: int = 0
    unaffected: int = 0
    answered: float | None = None
    error: float | None = None
    offers_right: float | None = None
    hit_at_1: float | None = None
    hit_at_5: float | None = None
    with_reference: int = 0
    rouge_l: float | None = None
    bleu: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None


class Run(Shape):
    """Questions put to a version, or by a replay to two: `before`, which was published, and the draft.

    `name` is that of the question set, null where it is what contacts asked. `published_as` is the version that a
    replay's draft was published as.
    """

    id: uuid.UUID
    kind: RunKind
    question_set_id: uuid.UUID | None
    name: str | None
    tried: Tried
    version: int
    before: int | None
    published_as: int | None
    with_model: bool
    status: RunStatus
    done: int
    total: int
    figures: Figures | None
    error: SourceError | None
    by: str | None
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, run: DomainRun, names: Mapping[uuid.UUID, str], published_as: int | None = None) -> Self:
        """From the domain's; `names` are those of the agents by id."""
        error = SourceError(code=run.error_code, message=run.error_message or "") if run.error_code else None
        return cls(
            id=run.id,
            kind=run.kind,
            question_set_id=run.question_set_id,
            name=run.name,
            tried=run.tried,
            version=run.version,
            before=run.before,
            published_as=published_as,
            with_model=run.with_model,
            status=run.status,
            done=run.done,
            total=run.total,
            figures=Figures(**run.figures) if run.figures else None,
            error=error,
            by=names.get(run.agent_id) if run.agent_id else None,
            created_at=run.created_at,
            ended_at=run.ended_at,
        )

    @classmethod
    def told(cls, told: ToldRun, names: Mapping[uuid.UUID, str]) -> Self:
        """The same with the version that it shows."""
        return cls.of(told.run, names, told.published_as)


class RunAlone(Shape):
    """One run."""

    run: Run


class RunList(Shape):
    """Newest first."""

    runs: list[Run]


class ReplayList(Shape):
    """Newest first. `fresh` shows what publishing the draft now would change; `questions` of contacts can be
    replayed."""

    replays: list[Run]
    fresh: Run | None
    questions: int

    @classmethod
    def of(cls, replays: Replays, names: Mapping[uuid.UUID, str]) -> Self:
        """From the domain's."""
        return cls(
            replays=[Run.told(told, names) for told in replays.replays],
            fresh=Run.of(replays.fresh, names) if replays.fresh else None,
            questions=replays.questions,
        )


class StartRun(Shape):
    """The version that a set is put to. With a model replies are generated, which takes seconds for each."""

    version: Tried = Tried.PUBLISHED
    with_model: bool = False


class StartReplay(Shape):
    """How many questions of contacts are replayed at most, or instead the set whose questions are."""

    most: int = Field(MOST_REPLAYED, ge=1, le=MOST_REPLAYED)
    question_set_id: uuid.UUID | None = None


class Wording(Shape):
    """How near the words of an answer come to those of a reference, from 0 to 1, which is word for word: ROUGE-L as
    F1, and BLEU of one text, smoothed. Marks of citations do not count."""

    rouge_l: float
    bleu: float


class RunReply(Shape):
    """What a version made of a question; `rank` is the place of what was expected among the passages.

    `offers_right` says whether it is among the questions asked back, `wording` is null without an answer or a
    reference.
    """

    outcome: str
    rule: str
    reason: str | None
    confidence: float | None
    threshold: float | None
    text: str | None
    citations: list[Citation]
    rank: int | None
    offers_right: bool | None = None
    wording: Wording | None = None
    model: str | None
    notes: list[str]
    ms: float

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self | None:
        """From the stored form; None for a version that was not asked."""
        return cls(**stored) if stored is not None else None


class RunOutcome(Shape):
    """A question of a run with what came of it; null while it was not asked. `reference` is a good answer to it."""

    number: int
    question_id: uuid.UUID | None
    question: str
    expected: Expected | None
    reference: str | None
    result: Result | None
    before: RunReply | None
    after: RunReply | None

    @classmethod
    def of(cls, outcome: DomainOutcome) -> Self:
        """From the domain's."""
        return cls(
            number=outcome.number,
            question_id=outcome.question_id,
            question=outcome.question,
            expected=Expected.model_validate(outcome) if outcome.wanted else None,
            reference=outcome.reference,
            result=outcome.result,
            before=RunReply.of(outcome.before),
            after=RunReply.of(outcome.after),
        )


class OutcomeList(Shape):
    """Some outcomes in the order of asking, and the number of all."""

    outcomes: list[RunOutcome]
    total: int


class OutcomePair(Shape):
    """A question with what came of it in each of two runs; null where a run did not have it."""

    one: RunOutcome | None
    other: RunOutcome | None

    @classmethod
    def of(cls, pair: Pair) -> Self:
        """From the domain's."""
        return cls(
            one=RunOutcome.of(pair.one) if pair.one else None,
            other=RunOutcome.of(pair.other) if pair.other else None,
        )


class ComparedRuns(Shape):
    """Two runs side by side: the first questions of which something else came, the number of those, and of the
    others."""

    one: Run
    other: Run
    different: list[OutcomePair]
    total: int
    unchanged: int

    @classmethod
    def of(cls, compared: DomainCompared, names: Mapping[uuid.UUID, str]) -> Self:
        """From the domain's."""
        return cls(
            one=Run.of(compared.one, names),
            other=Run.of(compared.other, names),
            different=[OutcomePair.of(pair) for pair in compared.different],
            total=compared.total,
            unchanged=compared.unchanged,
        )


class DifferentDecision(Shape):
    """A decision that comes out otherwise, in which of its parts, and the most likely cause."""

    conversation_id: uuid.UUID
    message_id: uuid.UUID
    decided_at: datetime
    query: str
    parts: list[str]
    cause: Cause
    was: str
    is_now: str

    @classmethod
    def of(cls, difference: Difference) -> Self:
        """From the domain's."""
        decision = difference.decision
        return cls(
            conversation_id=decision.conversation_id,
            message_id=decision.message_id,
            decided_at=decision.created_at,
            query=decision.record["query"],
            parts=list(difference.parts),
            cause=difference.cause,
            was=decision.record["outcome"],
            is_now=difference.now["outcome"],
        )


class Rerun(Shape):
    """How many stored decisions came out the same from the versions that they were decided from, how many could not
    be decided again and why, and the first that came out otherwise."""

    asked: int
    identical: int
    left_out: dict[LeftOut, int]
    causes: dict[Cause, int]
    different: list[DifferentDecision]

    @classmethod
    def of(cls, rerun: DomainRerun) -> Self:
        """From the domain's."""
        return cls(
            asked=rerun.asked,
            identical=rerun.identical,
            left_out=dict(rerun.left_out),
            causes=dict(rerun.causes),
            different=[DifferentDecision.of(one) for one in rerun.different],
        )
