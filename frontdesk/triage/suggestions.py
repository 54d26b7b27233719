"""Topics that the knowledge has already: its tags, known by the questions and titles under them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text, func, select, union_all
from sqlalchemy.orm import Session

from frontdesk.knowledge.models import GONE, Document, Entry
from frontdesk.triage.models import LONGEST_EXAMPLE, Topic

MOST_SUGGESTED = 100
MOST_QUESTIONS = 40
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag, what it is on, and a few of the questions under it."""

    tag: str
    sources: int
    questions: Sequence[str]


def unused(session: Session) -> Sequence[Suggestion]:
    """Tags that no topic is called by, those on most entries and documents first."""
    given = union_all(
        *(
            select(func.unnest(model.tags, type_=Text).label("tag")).where(model.status.not_in(GONE))
            for model in (Entry, Document)
        )
    ).subquery()
    names = select(func.lower(Topic.name))
    rows = session.execute(
        select(given.c.tag, func.count().label("sources"))
        .where(func.lower(given.c.tag).not_in(names))
        .group_by(given.c.tag)
        .order_by(func.count().desc(), given.c.tag)
        .limit(MOST_SUGGESTED)
    ).all()
    return [Suggestion(tag, sources, questions(session, tag)[:SHOWN]) for tag, sources in rows]


def questions(session: Session, tag: str) -> list[str]:
    """What contacts would ask under a tag: questions of its entries, then names of its documents without suffix.

    Each entry has its first question in before any has its second.
    """
    entries = session.scalars(
        select(Entry.questions)
        .where(Entry.tags.contains([tag]), Entry.status.not_in(GONE))
        .order_by(Entry.updated_at.desc(), Entry.id)
        .limit(MOST_QUESTIONS)
    ).all()
    documents = session.scalars(
        select(Document.name)
        .where(Document.tags.contains([tag]), Document.status.not_in(GONE))
        .order_by(Document.name)
        .limit(MOST_QUESTIONS)
    ).all()
    variants = max((len(asked) for asked in entries), default=0)
    found = [asked[place] for place in range(variants) for asked in entries if place < len(asked)]
    found += [name.rpartition(".")[0] or name for name in documents]
    whole = (" ".join(text.split())[:LONGEST_EXAMPLE] for text in found)
    return [text for text in dict.fromkeys(whole) if text][:MOST_QUESTIONS]
