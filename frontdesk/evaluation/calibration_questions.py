"""What calibrates a knowledge base: its own wordings, the questions of its sets, and what contacts asked lately."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from frontdesk.answering.models import Decision
from frontdesk.confidence.features import Features
from frontdesk.confidence.labels import Wordings
from frontdesk.confidence.outcomes import Outcome
from frontdesk.conversations.models import Conversation, InboxKnowledgeBase
from frontdesk.evaluation.complaints import FIRST, FIRST_SOURCE, IS_ANSWERED, IS_DISLIKED, IS_VERBATIM
from frontdesk.evaluation.expectations import Expectation, Wanted, plain
from frontdesk.evaluation.history import BY_KNOWLEDGE, MOST_READ
from frontdesk.evaluation.models import Question, QuestionSet
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.models import Chunk, Entry, KnowledgeBase, SourceStatus
from frontdesk.knowledge.rows import IN_ORDER
from frontdesk.knowledge.spans import holds


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, and what people say should come of it."""

    text: str
    expectation: Expectation

    def outcome(self, found: Retrieved) -> Outcome:
        """What came of it."""
        passage = found.passages[0] if found.passages else None
        right = passage is not None and self.expectation.is_met_by(
            {
                "entry_id": str(passage.entry_id) if passage.entry_id else None,
                "document_id": str(passage.document_id) if passage.document_id else None,
                "text": passage.text,
            }
        )
        return Outcome(Features.of(found), right, self.expectation.wanted is not Wanted.HANDOFF)


@dataclass(frozen=True, slots=True)
class ContactQuestion:
    """What a contact asked, as it was searched for, by which basis, and whether it was answered; `disliked` is the
    chunk that was no help, if that was said."""

    text: str
    asked_at: datetime
    basis: str | None
    answered: bool
    disliked: uuid.UUID | None


def wordings(session: Session, base: KnowledgeBase, most: int) -> Sequence[Wordings]:
    """Up to `most` published entries as they are asked for, and without wordings those that answer the same.

    None where every entry has one wording: with that held out, nothing would ever be found.
    """
    published = _published(base)
    some = session.scalars(select(Chunk.entry_id).where(*published).distinct().order_by(Chunk.entry_id).limit(most))
    chosen = some.all()
    found = wordings_of(session, base, chosen)
    if all(len(one.questions) < 2 for one in found):
        return []
    alike = (
        Chunk.source_terms.is_not(None),
        Chunk.text.in_([one.answer for one in found]),
        Chunk.entry_id.not_in(chosen),
    )
    others = session.execute(select(Chunk.entry_id, Chunk.text).where(*published, *alike))
    return [*found, *(Wordings(entry_id, (), answer) for entry_id, answer in others if entry_id)]


def wordings_of(session: Session, base: KnowledgeBase, entry_ids: Collection[uuid.UUID | None]) -> list[Wordings]:
    """Those of these entries that are published."""
    rows = session.execute(
        select(Chunk.entry_id, Chunk.text)
        .where(*_published(base), Chunk.entry_id.in_(entry_ids))
        .order_by(*IN_ORDER)
    )
    found = []
    for entry_id, of_entry in groupby(rows, key=lambda row: row[0]):
        *questions, answer = [text for _, text in of_entry]
        found.append(Wordings(entry_id, questions, answer))
    return found


def _published(base: KnowledgeBase) -> Sequence[ColumnElement[bool]]:
    """The chunks of published entries."""
    return (
        Chunk.knowledge_base_id == base.id,
        holds(Chunk.valid, base.published),
        Chunk.entry_id.in_(
            select(Entry.id).where(
                Entry.knowledge_base_id == base.id,
                Entry.status != SourceStatus.DELETED,
                or_(Entry.expires_at.is_(None), Entry.expires_at > func.now()),
            )
        ),
    )


def count_labelled(session: Session, base: KnowledgeBase) -> int:
    """How many questions the sets of a knowledge base have."""
    return session.scalars(
        select(func.count()).select_from(Question).join(QuestionSet).where(QuestionSet.knowledge_base_id == base.id)
    ).one()


def labelled(session: Session, base: KnowledgeBase, most: int) -> Sequence[LabelledQuestion]:
    """The newest questions of its sets, each text once.

    Left out are those of which what should answer is not published, and those in the very words of it: they are
    found at once, which says nothing of other questions.
    """
    newest = (
        select(Question)
        .join(QuestionSet)
        .where(QuestionSet.knowledge_base_id == base.id)
        .order_by(Question.created_at.desc(), Question.id)
        .limit(most)
    )
    asked: dict[str, Expectation] = {}
    for question in session.scalars(newest):
        if question.expectation is not None:
            asked.setdefault(question.text, question.expectation)
    published = (Chunk.knowledge_base_id == base.id, holds(Chunk.valid, base.published))
    sources = {one.source_id for one in asked.values() if one.source_id is not None}
    known = _texts(session, sources, *published)
    return [
        LabelledQuestion(text, expectation)
        for text, expectation in asked.items()
        if expectation.source_id is None
        or (expectation.source_id in known and plain(text) not in known[expectation.source_id])
    ]


def _texts(session: Session, sources: set[uuid.UUID], *published: ColumnElement[bool]) -> dict[uuid.UUID, set[str]]:
    """The texts of each of these entries and documents that is published."""
    source = func.coalesce(Chunk.entry_id, Chunk.document_id)
    found: dict[uuid.UUID, set[str]] = {}
    for source_id, text in session.execute(select(source, Chunk.text).where(*published, source.in_(sources))):
        found.setdefault(source_id, set()).add(plain(text))
    return found


def asked_of(knowledge_base_id: uuid.UUID) -> Sequence[ColumnElement[bool]]:
    """The decisions on what contacts asked of a knowledge base: it had the first passage, or nothing was found.

    Those that knowledge did not take, such as the wish for a person, are left out, and what a contact chose when
    asked back: it is in an entry's very words, and was asked in the contact's own right before.
    """
    inboxes = select(InboxKnowledgeBase.inbox_id).where(InboxKnowledgeBase.knowledge_base_id == knowledge_base_id)
    conversations = select(Conversation.id).where(Conversation.inbox_id.in_(inboxes))
    first = Decision.record["passages"][0]["knowledge_base_id"].astext
    return (
        Decision.conversation_id.in_(conversations),
        Decision.record["rule"].astext.in_(BY_KNOWLEDGE),
        Decision.record["chosen"].astext.is_distinct_from("true"),
        or_(first == str(knowledge_base_id), first.is_(None)),
    )


def newest_asked(
    session: Session, knowledge_base_id: uuid.UUID, most: int, since: datetime | None = None
) -> Sequence[ContactQuestion]:
    """What contacts asked of a knowledge base, as often as it came, newest first.

    Of many knowledge bases one that is hardly asked anything is not looked for in all that was ever asked. A
    contact's complaints, and those of answers from one source, count once: neither who clicks often nor an answer
    that is itself the trouble says how often the wrong one is found. Nor does a complaint of what was found by its
    very words.
    """
    newest = Decision.created_at.desc()
    read = select(Decision.id).order_by(newest).limit(MOST_READ)
    of_base = (Decision.id.in_(read), *asked_of(knowledge_base_id))
    asked = session.execute(
        select(
            Decision.record["query"].astext,
            Decision.created_at,
            Decision.record["calibration"]["basis"].astext,
            IS_ANSWERED,
            IS_DISLIKED & ~func.coalesce(IS_VERBATIM, False),
            FIRST["chunk_id"].astext,
            FIRST_SOURCE,
            Conversation.contact_id,
        )
        .join(Conversation, Conversation.id == Decision.conversation_id)
        .where(*of_base, *([Decision.created_at >= since] if since else []))
        .order_by(newest)
        .limit(most)
    )
    contacts, sources, questions = set(), set(), []
    for text, asked_at, basis, is_answered, is_disliked, chunk, source, contact_id in asked:
        counts = is_disliked and contact_id not in contacts and source not in sources
        if counts:
            contacts.add(contact_id)
            sources.add(source)
        questions.append(ContactQuestion(text, asked_at, basis, is_answered, uuid.UUID(chunk) if counts else None))
    return questions
