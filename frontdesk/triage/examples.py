"""What topics are learned from: an administrator's words, questions of the knowledge, what agents corrected."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from frontdesk.conversations.models import Message, Sender
from frontdesk.database import now
from frontdesk.errors import Invalid
from frontdesk.texts import require_text
from frontdesk.triage.models import LONGEST_EXAMPLE, ExampleOrigin, Topic, TopicExample

MOST_AT_ONCE = 200
MOST_IN_ALL = 3000
MOST_OF_A_TOPIC = 100
"""The newest that are learned from, so that learning takes seconds however long a shop has been corrected."""
LOOKED_BACK = 6
"""Messages of a contact among which the words of a corrected conversation are chosen."""


@dataclass(frozen=True, slots=True)
class Known:
    """An example as it is learned from; `vector` if it has one in the wanted space."""

    id: uuid.UUID
    topic_id: uuid.UUID | None
    text: str
    vector: bytes | None


def clean(texts: Sequence[str]) -> list[str]:
    """Examples as they are stored, each on one line and none twice; raises Invalid."""
    if len(texts) > MOST_AT_ONCE:
        raise Invalid(f"At most {MOST_AT_ONCE} examples are added at once.", code="examples_too_many")
    return list(
        dict.fromkeys(require_text(" ".join(text.split()), LONGEST_EXAMPLE, "An example") for text in texts)
    )


def add(session: Session, topic_id: uuid.UUID, texts: Sequence[str], origin: ExampleOrigin) -> int:
    """Give a topic examples, clean already, but those that it has; how many are new."""
    known = set(session.scalars(select(TopicExample.text).where(TopicExample.topic_id == topic_id)))
    fresh = [text for text in texts if text not in known]
    session.add_all(TopicExample(topic_id=topic_id, text=text, origin=origin) for text in fresh)
    return len(fresh)


def correct(session: Session, conversation_id: uuid.UUID, topic_id: uuid.UUID | None) -> None:
    """Note what a conversation is about, by the words in it that say most; a second time replaces the first."""
    written = (
        select(Message.text)
        .where(Message.conversation_id == conversation_id, Message.sender == Sender.CONTACT)
        .order_by(Message.sequence.desc())
        .limit(LOOKED_BACK)
    )
    # What is short is mostly a greeting or a yes.
    longest = max(session.scalars(written), key=len, default="")
    text = " ".join(longest.split())[:LONGEST_EXAMPLE]
    if not text:
        return
    example = session.scalar(select(TopicExample).where(TopicExample.conversation_id == conversation_id))
    if example is None:
        example = TopicExample(conversation_id=conversation_id, origin=ExampleOrigin.CORRECTION)
        session.add(example)
    if example.text != text:
        example.text, example.space, example.vector = text, None, None
    example.topic_id, example.changed_at = topic_id, now()


def known(session: Session, space: str | None) -> list[Known]:
    """The examples to learn from, the newest of each topic, with their vectors in this space.

    In the order of their texts, so that the same examples teach the same whoever stored them when.
    """
    place = func.row_number().over(partition_by=TopicExample.topic_id, order_by=TopicExample.changed_at.desc())
    ranked = select(TopicExample.id, place.label("place")).subquery()
    topics = session.scalar(select(func.count(TopicExample.topic_id.distinct()))) or 1
    rows = session.execute(
        select(TopicExample.id, TopicExample.topic_id, TopicExample.text, TopicExample.space, TopicExample.vector)
        .join(ranked, ranked.c.id == TopicExample.id)
        .where(ranked.c.place <= min(MOST_OF_A_TOPIC, max(2, MOST_IN_ALL // topics)))
        .order_by(TopicExample.text, TopicExample.id)
    )
    return [Known(one.id, one.topic_id, one.text, one.vector if one.space == space else None) for one in rows]


def names(session: Session) -> Mapping[uuid.UUID, str]:
    """What the topics that have examples are called, which is one more example of each."""
    has_examples = Topic.id.in_(select(TopicExample.topic_id))
    return dict(session.execute(select(Topic.id, Topic.name).where(has_examples).order_by(Topic.name)).all())


def fingerprint(session: Session) -> str | None:
    """What tells these examples from others; None while no topic has one."""
    count, of_topics, newest = session.execute(
        select(func.count(), func.count(TopicExample.topic_id), func.max(TopicExample.changed_at))
    ).one()
    if not of_topics:
        return None
    called = session.execute(select(Topic.id, Topic.name).order_by(Topic.id)).all()
    return hashlib.sha256(repr((count, newest, called)).encode()).hexdigest()
