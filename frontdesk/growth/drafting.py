"""Drafts of entries: what contacts really asked, and the words in which an agent answered it."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from frontdesk.conversations.inboxes import bases_of
from frontdesk.conversations.service import find
from frontdesk.database import Sessions
from frontdesk.errors import Invalid, NotFound
from frontdesk.evaluation.expectations import plain
from frontdesk.growth import resolutions
from frontdesk.growth.gathering import asked_in, locked_open, note
from frontdesk.growth.models import DraftedEntry, Gap, GapQuestion
from frontdesk.growth.neighbours import alike
from frontdesk.growth.resolutions import Resolution
from frontdesk.growth.trimming import question_alone
from frontdesk.knowledge.entry_rules import LONGEST_QUESTION, clean_entry
from frontdesk.privacy import without_personal

MOST_VARIANTS = 20
"""Ways to ask that a draft has at most."""
SAME_ANSWER = 0.7
"""From this likeness of what agents answered on, two questions are taken for one."""


class Drafting:
    """Drafts."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def from_gap(self, gap_id: uuid.UUID, agent_id: uuid.UUID, answer: str | None = None) -> DraftedEntry:
        """A draft for a gap, in the newest words of an agent unless an answer is given.

        Raises NotFound, or Invalid while no agent has answered any of its questions.
        """
        with self._sessions.begin() as session:
            gap = session.get(Gap, gap_id)
            if gap is None:
                raise NotFound("There is no such gap.", code="gap_not_found")
            locked_open(session, gap.knowledge_base_id)
            found = resolutions.of_gap(session, gap_id)
            resolved = next((one for one in found if one.answer), None)
            if answer is None and resolved is None:
                raise _without_answer()
            return _draft(session, gap.knowledge_base_id, gap, resolved, found, answer, agent_id)

    def from_conversation(self, conversation_id: uuid.UUID, agent_id: uuid.UUID) -> DraftedEntry:
        """A draft from what an agent said to a contact's question. Raises NotFound, or Invalid if nobody did."""
        with self._sessions.begin() as session:
            base_id, gap, resolved = _source(session, conversation_id)
            if gap is not None:
                locked_open(session, base_id)
            found = resolutions.of_gap(session, gap.id) if gap else []
            return _draft(session, base_id, gap, resolved, [resolved, *found], None, agent_id)

    def base_of(self, conversation_id: uuid.UUID) -> uuid.UUID:
        """The knowledge base that a draft from a conversation would be for; raises NotFound, or Invalid if none."""
        with self._sessions() as session:
            return _source(session, conversation_id)[0]


def variants(texts: Iterable[str]) -> list[str]:
    """Ways to ask: without what is said around them and without personal data, no two the same but for case."""
    found: dict[str, str] = {}
    for text in texts:
        question = without_personal(question_alone(text))
        if plain(question) and len(question) <= LONGEST_QUESTION:
            found.setdefault(plain(question), question)
    return list(found.values())[:MOST_VARIANTS]


def _draft(
    session: Session,
    knowledge_base_id: uuid.UUID,
    gap: Gap | None,
    resolved: Resolution | None,
    of_gap: Sequence[Resolution],
    given: str | None,
    agent_id: uuid.UUID,
) -> DraftedEntry:
    """The draft of what was resolved, with what else was asked that nobody answered otherwise."""
    answer = given or (resolved.answer if resolved else "")
    same = [one for one in of_gap if not one.answer or _is_same(one.answer, answer)]
    if gap is not None:
        others = [
            one
            for one in resolutions.beside_gap(session, gap, resolved.conversation_id if resolved else None)
            if one.answer and _is_same(one.answer, answer)
        ]
        _join(session, gap, others)
        same += others
    questions = variants(one.text for one in same)
    questions, answer = clean_entry(questions, answer)
    draft = DraftedEntry(
        knowledge_base_id=knowledge_base_id,
        gap_id=gap.id if gap else None,
        conversation_id=resolved.conversation_id if resolved else None,
        originals=list(questions),
        questions=questions,
        answer=answer,
        agent_id=agent_id,
    )
    session.add(draft)
    session.flush()
    return draft


def _source(session: Session, conversation_id: uuid.UUID) -> tuple[uuid.UUID, Gap | None, Resolution]:
    """What a draft from a conversation is for, and made of. Raises NotFound, or Invalid if no agent answered."""
    conversation = find(session, conversation_id)
    resolved = resolutions.of_conversation(session, conversation_id)
    if resolved is None:
        raise _without_answer()
    gap = session.get(Gap, resolved.question.gap_id) if resolved.question else None
    base_id = gap.knowledge_base_id if gap else bases_of(session, conversation.inbox_id)[0]
    return base_id, gap, resolved


def _is_same(one: str, other: str) -> bool:
    return alike(one, other) >= SAME_ANSWER


def _join(session: Session, gap: Gap, others: Sequence[Resolution]) -> None:
    """Questions that got the answer of a gap belong to it; gaps that they leave empty go."""
    moved = [one.question for one in others if one.question and one.question.gap_id]
    left = {question.gap_id for question in moved}
    for question in moved:
        question.gap_id = gap.id
    session.flush()
    for gap_id in [gap.id, *left]:
        _recount(session, gap_id)


def _recount(session: Session, gap_id: uuid.UUID | None) -> None:
    """Sum a gap's questions anew; one without any goes."""
    gap = session.get(Gap, gap_id)
    if gap is None:
        return
    questions = session.scalars(select(GapQuestion).where(GapQuestion.gap_id == gap_id)).all()
    if not questions:
        session.delete(gap)
        session.flush()
        return
    first, *more = (asked_in(question, gap.space) for question in questions)
    for one in more:
        first.add(one)
    note(gap, first, gap.space)


def _without_answer() -> Invalid:
    return Invalid("No agent has answered this yet; write the answer yourself.", code="draft_without_answer")
