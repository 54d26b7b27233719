"""Question sets: questions with what should come of them."""

import uuid
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.models import Question as DomainQuestion
from frontdesk.evaluation.models import SetOrigin
from frontdesk.evaluation.sets import LONGEST_NAME, LONGEST_PASSAGE, MOST_QUESTIONS, CountedSet
from frontdesk.knowledge.entry_files.reports import Report
from frontdesk.knowledge.entry_rules import LONGEST_ANSWER, LONGEST_QUESTION
from services.api.schemas.entry_files import RefusedRow
from services.api.schemas.shape import Shape

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class QuestionSet(Shape):
    """A set and how many questions it has; that of the `desk` is made by agents, out of conversations."""

    id: uuid.UUID
    name: str
    origin: SetOrigin
    questions: int
    created_at: datetime

    @classmethod
    def of(cls, counted: CountedSet) -> Self:
        """From the domain's."""
        found = counted.question_set
        return cls(
            id=found.id,
            name=found.name,
            origin=found.origin,
            questions=counted.questions,
            created_at=found.created_at,
        )


class QuestionSetAlone(Shape):
    """One set."""

    question_set: QuestionSet


class QuestionSetList(Shape):
    """By name."""

    question_sets: list[QuestionSet]


class NewQuestionSet(Shape):
    """A set to fill, or with `variants` one that begins with a way of asking for each of so many entries."""

    name: Name
    variants: int | None = Field(None, ge=1, le=MOST_QUESTIONS)


class RenameQuestionSet(Shape):
    """What it is called from now on."""

    name: Name


class Expected(Shape):
    """What should come of a question: an answer from this entry or document, from a passage that says this, or a
    person."""

    wanted: Wanted
    source_id: uuid.UUID | None = Field(None, description="Of the entry or document")
    passage: str | None = Field(None, max_length=LONGEST_PASSAGE)

    def as_domain(self) -> Expectation:
        """The domain's."""
        return Expectation(self.wanted, self.source_id, self.passage)


class QuestionToAsk(Shape):
    """A question of a set; `reference` is a good answer to it, in somebody's words."""

    text: str = Field(max_length=LONGEST_QUESTION)
    expected: Expected
    reference: str | None = Field(None, max_length=LONGEST_ANSWER)


class Question(Shape):
    """A question of a set."""

    id: uuid.UUID
    question_set_id: uuid.UUID
    text: str
    expected: Expected
    reference: str | None

    @classmethod
    def of(cls, question: DomainQuestion) -> Self:
        """From the domain's."""
        return cls(
            id=question.id,
            question_set_id=question.question_set_id,
            text=question.text,
            expected=Expected.model_validate(question),
            reference=question.reference,
        )


class QuestionAlone(Shape):
    """One question."""

    question: Question


class QuestionList(Shape):
    """Some questions of a set, oldest first, and the number of all."""

    questions: list[Question]
    total: int


class QuestionImport(Shape):
    """How many rows became questions or changed some; the first that were refused, and their number."""

    added: int
    changed: int
    refusals: int
    refused: list[RefusedRow]

    @classmethod
    def of(cls, report: Report) -> Self:
        """From the domain's."""
        return cls(
            added=report.added,
            changed=report.changed,
            refusals=report.refusals,
            refused=[RefusedRow(row=one.row, code=one.code, message=one.message) for one in report.refused],
        )


class Label(Shape):
    """What should have come of a contact's question: an answer from this passage, or with null a person."""

    chunk_id: uuid.UUID | None
