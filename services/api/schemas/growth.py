"""Gaps in the knowledge, drafts of entries that close them, and proofs of these."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from frontdesk.growth.drafts import LONGEST_NOTE
from frontdesk.growth.gaps import GapPage, ShownQuestion, ToldGap
from frontdesk.growth.models import DraftedEntry, DraftStatus, GapState, Sign
from frontdesk.growth.neighbours import Kinship
from frontdesk.growth.neighbours import Neighbour as DomainNeighbour
from frontdesk.growth.proof import Asker, Change
from frontdesk.knowledge.entry_rules import LONGEST_ANSWER, LONGEST_QUESTION, MOST_QUESTIONS
from services.api.schemas.shape import Shape

Question = Annotated[str, Field(max_length=LONGEST_QUESTION)]
Answer = Annotated[str, Field(max_length=LONGEST_ANSWER)]


class Gap(Shape):
    """Questions of one kind that a knowledge base did not answer: how many in all, in the last seven days, and in
    the seven before; the newest as an example, and what showed that nothing answered them."""

    id: uuid.UUID
    knowledge_base_id: uuid.UUID
    state: GapState
    assignee_id: uuid.UUID | None
    assignee: str | None
    size: int
    this_week: int
    week_before: int
    last_asked_at: datetime
    example: str
    signs: dict[Sign, int]

    @classmethod
    def of(cls, told: ToldGap, names: Mapping[uuid.UUID, str]) -> Self:
        """From the domain's; `names` are those of the agents by id."""
        gap = told.gap
        return cls(
            id=gap.id,
            knowledge_base_id=gap.knowledge_base_id,
            state=gap.state,
            assignee_id=gap.assignee_id,
            assignee=names.get(gap.assignee_id) if gap.assignee_id else None,
            size=told.size,
            this_week=told.this_week,
            week_before=told.week_before,
            last_asked_at=told.last_asked_at,
            example=told.example,
            signs=dict(told.signs),
        )


class GapList(Shape):
    """What is asked most this week comes first; `total` counts all."""

    gaps: list[Gap]
    total: int

    @classmethod
    def of(cls, page: GapPage, names: Mapping[uuid.UUID, str]) -> Self:
        """From the domain's."""
        return cls(gaps=[Gap.of(one, names) for one in page.gaps], total=page.total)


class GapQuestion(Shape):
    """A contact's question without personal data, as it was searched for."""

    conversation_id: uuid.UUID
    text: str
    sign: Sign
    asked_at: datetime

    @classmethod
    def of(cls, shown: ShownQuestion) -> Self:
        """From the domain's."""
        one = shown.question
        return cls(conversation_id=one.conversation_id, text=shown.text, sign=one.sign, asked_at=one.asked_at)


class ProofReply(Shape):
    """What would come of a question; `by_draft`: the draft answers it."""

    answered: bool
    by_draft: bool
    confidence: float
    threshold: float
    source_id: uuid.UUID | None
    title: str | None
    text: str | None


class ProofQuestion(Shape):
    """A question before the draft and with it."""

    text: str
    before: ProofReply
    after: ProofReply


class ProofPart(Shape):
    """Questions that the draft should answer, and how many of them it does."""

    asked: int
    answered: int
    questions: list[ProofQuestion]


class ProofChange(ProofQuestion):
    """A question that is served worse with the draft."""

    change: Change
    asker: Asker


class Regression(Shape):
    """Questions of sets and of contacts, asked before and after: how many got worse, the first of them, and how
    many questions of contacts the draft answers besides that nothing answered."""

    of_sets: int
    of_contacts: int
    worse: int
    also_answered: int
    changes: list[ProofChange]


class Grounds(Shape):
    """What a proof was judged by: the published version, the embedder, and the confidence with its threshold."""

    version: int
    embedder: str | None
    basis: str
    calibration_id: uuid.UUID | None
    threshold: float
    proved_at: datetime
    revision: int


class Proof(Shape):
    """It passes where the draft answers most of what was asked, and nothing got worse. `unseen` are its ways to
    ask, each asked while that one was left out."""

    passes: bool
    originals: ProofPart
    unseen: ProofPart
    regression: Regression
    grounds: Grounds


class Draft(Shape):
    """An entry that is proposed; `proof_wanted` while its proof is being made."""

    id: uuid.UUID
    knowledge_base_id: uuid.UUID
    gap_id: uuid.UUID | None
    conversation_id: uuid.UUID | None
    originals: list[str]
    questions: list[str]
    answer: str
    status: DraftStatus
    proof_wanted: bool
    proof: Proof | None
    note: str | None
    entry_id: uuid.UUID | None
    by: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, draft: DraftedEntry, names: Mapping[uuid.UUID, str]) -> Self:
        """From the domain's; `names` are those of the agents by id."""
        own = {name: getattr(draft, name) for name in cls.model_fields if name not in ("by", "proof")}
        by = names.get(draft.agent_id) if draft.agent_id else None
        return cls(**own, by=by, proof=Proof(**draft.proof) if draft.proof else None)


class DraftAlone(Shape):
    """One draft."""

    draft: Draft


class DraftList(Shape):
    """Newest first."""

    drafts: list[Draft]


class Neighbour(Shape):
    """What the knowledge base says already about the same. `ours` and `theirs` are the figures that contradict each
    other; how alike questions and answers are goes from 0 to 1."""

    kinship: Kinship
    entry_id: uuid.UUID | None
    document_id: uuid.UUID | None
    title: str
    text: str
    question_likeness: float
    answer_likeness: float
    ours: list[str]
    theirs: list[str]

    @classmethod
    def of(cls, near: DomainNeighbour) -> Self:
        """From the domain's."""
        passage = near.passage
        return cls(
            kinship=near.kinship,
            entry_id=passage.entry_id,
            document_id=passage.document_id,
            title=passage.title,
            text=passage.text,
            question_likeness=round(near.question_likeness, 4),
            answer_likeness=round(near.answer_likeness, 4),
            ours=list(near.ours),
            theirs=list(near.theirs),
        )


class DraftBeside(DraftAlone):
    """A draft, and what the knowledge base says about the same; what contradicts it comes first."""

    neighbours: list[Neighbour]


class GapDetails(Shape):
    """A gap with its newest questions and its drafts."""

    gap: Gap
    questions: list[GapQuestion]
    drafts: list[Draft]

    @classmethod
    def of(
        cls,
        told: ToldGap,
        questions: Sequence[ShownQuestion],
        drafts: Sequence[DraftedEntry],
        names: Mapping[uuid.UUID, str],
    ) -> Self:
        """From the domain's."""
        return cls(
            gap=Gap.of(told, names),
            questions=[GapQuestion.of(one) for one in questions],
            drafts=[Draft.of(one, names) for one in drafts],
        )


class ChangeGap(Shape):
    """Another state, another assignee (null: nobody); what is not sent stays."""

    state: GapState = GapState.OPEN
    assignee_id: uuid.UUID | None = None


class StartDraft(Shape):
    """The answer, where no agent has given one; else the newest of theirs is taken."""

    answer: Answer | None = None


class RewriteDraft(Shape):
    """Other ways to ask or another answer; what is not sent stays."""

    questions: Annotated[list[Question], Field(max_length=MOST_QUESTIONS)] | None = None
    answer: Answer | None = None


class AcceptDraft(Shape):
    """Why the draft is good although no proof of it passes; not needed where one does."""

    note: Annotated[str, Field(max_length=LONGEST_NOTE)] | None = None
