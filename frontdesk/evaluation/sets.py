"""Question sets, as administrators and agents make them."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from frontdesk.answering.models import Decision
from frontdesk.database import Sessions, new_id
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.evaluation.models import Question, QuestionSet, SetOrigin
from frontdesk.knowledge import versions
from frontdesk.knowledge.entry_rules import LONGEST_ANSWER, LONGEST_QUESTION
from frontdesk.knowledge.models import GONE, Chunk, Document, Entry
from frontdesk.texts import require_text, without_controls

LONGEST_NAME = 120
LONGEST_PASSAGE = 4000
MOST_SETS = 100
"""Of one knowledge base."""
MOST_QUESTIONS = 5000
"""Of one set."""
DESK_NAME = "From conversations"
"""What the set is called that agents make; screens translate it."""
_CHANCE = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class CleanQuestion:
    """A question that a set may hold."""

    text: str
    expectation: Expectation
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class CountedSet:
    """A set and how many questions it has."""

    question_set: QuestionSet
    questions: int


class QuestionSets:
    """Makes, changes and reads them."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def sets(self, knowledge_base_id: uuid.UUID) -> Sequence[CountedSet]:
        """Those of a knowledge base by name. Raises NotFound."""
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
            of_base = _counted().where(QuestionSet.knowledge_base_id == knowledge_base_id)
            return [CountedSet(*row) for row in session.execute(of_base.order_by(QuestionSet.name))]

    def set(self, question_set_id: uuid.UUID) -> CountedSet:
        """One of them; raises NotFound."""
        with self._sessions() as session:
            row = session.execute(_counted().where(QuestionSet.id == question_set_id)).one_or_none()
        if row is None:
            raise _set_not_found()
        return CountedSet(*row)

    def create(self, knowledge_base_id: uuid.UUID, name: str) -> QuestionSet:
        """A new one without any questions. Raises NotFound, Invalid, or Conflict for a name that is taken."""
        name = _clean_name(name)
        try:
            with self._sessions.begin() as session:
                base = versions.locked(session, knowledge_base_id)
                of_base = QuestionSet.knowledge_base_id == base.id
                if session.scalars(select(func.count()).select_from(QuestionSet).where(of_base)).one() >= MOST_SETS:
                    raise Conflict(
                        f"A knowledge base has at most {MOST_SETS} question sets.", code="question_sets_too_many"
                    )
                made = QuestionSet(knowledge_base_id=base.id, name=name)
                session.add(made)
        except IntegrityError as error:
            raise _name_taken() from error
        return made

    def sample_variants(self, knowledge_base_id: uuid.UUID, name: str, most: int) -> CountedSet:
        """A new set: one way of asking for each of up to `most` entries, which should answer it.

        Raises as `create`, and Invalid where there are no entries.
        """
        of_base = (Entry.knowledge_base_id == knowledge_base_id, Entry.status.not_in(GONE))
        chosen = select(Entry).where(*of_base).order_by(func.random()).limit(min(most, MOST_QUESTIONS))
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
            entries = session.scalars(chosen).all()
        if not entries:
            raise Invalid("There are no entries to take questions from.", code="entries_none")
        made = self.create(knowledge_base_id, name)
        asked = [
            CleanQuestion(_CHANCE.choice(entry.questions), Expectation(Wanted.ENTRY, entry.id)) for entry in entries
        ]
        with self._sessions.begin() as session:
            add(session, made.id, asked)
        return self.set(made.id)

    def rename(self, question_set_id: uuid.UUID, name: str) -> CountedSet:
        """Call it differently. Raises NotFound, Invalid, Conflict."""
        name = _clean_name(name)
        try:
            with self._sessions.begin() as session:
                _found(session, question_set_id).name = name
        except IntegrityError as error:
            raise _name_taken() from error
        return self.set(question_set_id)

    def delete(self, question_set_id: uuid.UUID) -> None:
        """Gone with its questions; runs of it stay. Raises NotFound."""
        with self._sessions.begin() as session:
            session.delete(_found(session, question_set_id))

    def questions(
        self, question_set_id: uuid.UUID, query: str, offset: int, limit: int
    ) -> tuple[Sequence[Question], int]:
        """Some of those whose text contains `query`, oldest first, and the number of all. Raises NotFound."""
        wanted = (
            Question.question_set_id == question_set_id,
            Question.text.icontains(without_controls(query), autoescape=True),
        )
        with self._sessions() as session:
            _found(session, question_set_id)
            total = session.scalars(select(func.count()).select_from(Question).where(*wanted)).one()
            page = select(Question).where(*wanted).order_by(Question.created_at, Question.id)
            return session.scalars(page.offset(offset).limit(limit)).all(), total

    def add(
        self, question_set_id: uuid.UUID, text: str, expectation: Expectation, reference: str | None
    ) -> Question:
        """A question more; one of the same text is changed. Raises NotFound, Invalid, Conflict for a full set."""
        with self._sessions.begin() as session:
            owner = _found(session, question_set_id, lock=True)
            clean = cleaned(session, owner.knowledge_base_id, text, expectation, reference)
            add(session, owner.id, [clean])
            same = (Question.question_set_id == owner.id, Question.text == clean.text)
            return session.scalars(select(Question).where(*same)).one()

    def change(
        self, question_id: uuid.UUID, text: str, expectation: Expectation, reference: str | None
    ) -> Question:
        """Say it anew. Raises NotFound, Invalid, or Conflict when the set has this text already."""
        try:
            with self._sessions.begin() as session:
                question = _question(session, question_id)
                owner = session.get_one(QuestionSet, question.question_set_id)
                clean = cleaned(session, owner.knowledge_base_id, text, expectation, reference)
                question.text, question.reference = clean.text, clean.reference
                question.expect(clean.expectation)
        except IntegrityError as error:
            raise Conflict("The set has this question already.", code="question_known") from error
        return question

    def remove(self, question_id: uuid.UUID) -> None:
        """Take a question out of its set. Raises NotFound."""
        with self._sessions.begin() as session:
            session.delete(_question(session, question_id))

    def from_conversation(
        self,
        conversation_id: uuid.UUID,
        message_id: uuid.UUID,
        chunk_id: uuid.UUID | None,
    ) -> Question:
        """What an agent says of a decision: this passage should have answered, or with None a person.

        The question, as it was searched for, joins the set of its knowledge base that agents make. Raises NotFound,
        Invalid, Conflict.
        """
        with self._sessions.begin() as session:
            decision = session.scalar(
                select(Decision).where(
                    Decision.message_id == message_id, Decision.conversation_id == conversation_id
                )
            )
            if decision is None:
                raise NotFound("Nothing was decided about this message.", code="message_not_found")
            if chunk_id is None:
                knowledge_base_id, expectation = _decider(decision), Expectation(Wanted.HANDOFF)
            else:
                chunk = session.get(Chunk, chunk_id)
                if chunk is None:
                    raise NotFound("This passage is no longer available.", code="passage_not_found")
                knowledge_base_id, expectation = chunk.knowledge_base_id, _of_chunk(chunk)
            owner = _desk_set(session, knowledge_base_id)
            clean = cleaned(session, knowledge_base_id, decision.record["query"], expectation, None)
            add(session, owner.id, [clean])
            same = (Question.question_set_id == owner.id, Question.text == clean.text)
            return session.scalars(select(Question).where(*same)).one()

    def decided_by(self, message_id: uuid.UUID) -> uuid.UUID | None:
        """The knowledge base that decided about a contact's message, None where none did."""
        with self._sessions() as session:
            decision = session.scalar(select(Decision).where(Decision.message_id == message_id))
        return _decider(decision) if decision is not None and decision.record.get("bases") else None


def cleaned(
    session: Session, knowledge_base_id: uuid.UUID, text: str, expectation: Expectation, reference: str | None
) -> CleanQuestion:
    """What a set may hold of this; raises Invalid, also for what is expected of another knowledge base."""
    text = require_text(" ".join(text.splitlines()), LONGEST_QUESTION, "The question")
    reference = require_text(reference, LONGEST_ANSWER, "The answer") if reference else None
    match expectation.wanted:
        case Wanted.ENTRY:
            entry = session.get(Entry, expectation.source_id) if expectation.source_id else None
            if entry is None or entry.knowledge_base_id != knowledge_base_id:
                raise Invalid("There is no such entry in this knowledge base.", code="expected_unknown")
            expectation = Expectation(Wanted.ENTRY, entry.id)
        case Wanted.DOCUMENT:
            document = session.get(Document, expectation.source_id) if expectation.source_id else None
            if document is None or document.knowledge_base_id != knowledge_base_id:
                raise Invalid("There is no such document in this knowledge base.", code="expected_unknown")
            expectation = Expectation(Wanted.DOCUMENT, document.id)
        case Wanted.TEXT:
            passage = require_text(expectation.passage or "", LONGEST_PASSAGE, "The passage")
            expectation = Expectation(Wanted.TEXT, passage=passage)
        case Wanted.HANDOFF:
            expectation = Expectation(Wanted.HANDOFF)
    return CleanQuestion(text, expectation, reference)


def add(session: Session, question_set_id: uuid.UUID, questions: Sequence[CleanQuestion]) -> tuple[int, int]:
    """Put questions into a set that is locked: how many texts were new, and how many were there. Of those with one
    text the last counts.

    Raises Conflict when the set would get too large.
    """
    rows = [
        {
            "id": new_id(),
            "question_set_id": question_set_id,
            "text": one.text,
            "wanted": one.expectation.wanted,
            "source_id": one.expectation.source_id,
            "passage": one.expectation.passage,
            "reference": one.reference,
        }
        for one in {one.text: one for one in questions}.values()
    ]
    of_set = select(func.count()).select_from(Question).where(Question.question_set_id == question_set_id)
    before = session.scalars(of_set).one()
    statement = insert(Question)
    replaced = {name: statement.excluded[name] for name in ("wanted", "source_id", "passage", "reference")}
    session.execute(
        statement.on_conflict_do_update(index_elements=["question_set_id", "text"], set_=replaced), rows
    )
    after = session.scalars(of_set).one()
    if after > MOST_QUESTIONS:
        raise Conflict(f"A set has at most {MOST_QUESTIONS} questions.", code="questions_too_many")
    return after - before, len(rows) - (after - before)


def found_locked(session: Session, question_set_id: uuid.UUID) -> QuestionSet:
    """The set, for changes until the transaction ends; raises NotFound."""
    return _found(session, question_set_id, lock=True)


def _found(session: Session, question_set_id: uuid.UUID, lock: bool = False) -> QuestionSet:
    found = session.get(QuestionSet, question_set_id, with_for_update=lock or None)
    if found is None:
        raise _set_not_found()
    return found


def _question(session: Session, question_id: uuid.UUID) -> Question:
    found = session.get(Question, question_id)
    if found is None:
        raise NotFound("There is no such question.", code="question_not_found")
    return found


def _counted() -> Select[QuestionSet, int]:
    count = select(func.count()).where(Question.question_set_id == QuestionSet.id).scalar_subquery()
    return select(QuestionSet, count)


def _desk_set(session: Session, knowledge_base_id: uuid.UUID) -> QuestionSet:
    """The set that agents make, locked; made when there is none."""
    values = {"id": new_id(), "knowledge_base_id": knowledge_base_id, "origin": SetOrigin.DESK}
    session.execute(insert(QuestionSet).values(name=DESK_NAME, **values).on_conflict_do_nothing())
    of_desk = (QuestionSet.knowledge_base_id == knowledge_base_id, QuestionSet.origin == SetOrigin.DESK)
    found = session.scalar(select(QuestionSet).where(*of_desk).with_for_update())
    if found is None:
        raise Conflict(f"Another set is called {DESK_NAME!r}; rename it.", code="question_set_name_taken")
    return found


def _of_chunk(chunk: Chunk) -> Expectation:
    if chunk.entry_id is not None:
        return Expectation(Wanted.ENTRY, chunk.entry_id)
    return Expectation(Wanted.TEXT, passage=chunk.text[:LONGEST_PASSAGE])


def _decider(decision: Decision) -> uuid.UUID:
    """The knowledge base of the best passage, the first one where nothing was found. Raises NotFound."""
    record = decision.record
    for passage in record["passages"]:
        if passage.get("knowledge_base_id"):
            return uuid.UUID(passage["knowledge_base_id"])
    for base in record.get("bases", ()):
        return uuid.UUID(base["id"])
    raise NotFound("No knowledge base was asked about this message.", code="message_not_found")


def _clean_name(name: str) -> str:
    return require_text(" ".join(name.split()), LONGEST_NAME, "The name")


def _set_not_found() -> NotFound:
    return NotFound("There is no such question set.", code="question_set_not_found")


def _name_taken() -> Conflict:
    return Conflict("Another question set has this name.", code="question_set_name_taken")
