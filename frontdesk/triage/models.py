"""The topics that conversations have, what they are learned from, and what was made of each conversation."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now

LONGEST_EXAMPLE = 500
"""In characters."""


class ExampleOrigin(StrEnum):
    """Where an example comes from."""

    WRITTEN = "written"  # by an administrator
    KNOWLEDGE = "knowledge"  # a question or title that stands in the knowledge
    CORRECTION = "correction"  # a contact's words, of which an agent said what they are about


class Topic(Base):
    """What conversations are about, in the words of the staff."""

    __tablename__ = "topics"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class TopicExample(Base):
    """Words of a contact that a topic is known by; without a topic, words that are about none of them."""

    __tablename__ = "topic_examples"
    __table_args__ = (Index("ix_topic_examples_topic_id", "topic_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    topic_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("topics.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(LONGEST_EXAMPLE))
    origin: Mapped[ExampleOrigin]
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), unique=True
    )  # of a correction: what was corrected
    changed_at: Mapped[datetime] = mapped_column(default=now)
    space: Mapped[str | None] = mapped_column(String(200))  # where its vector lies, once it has one
    vector: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class TopicHead(Base):
    """What was learned from all examples there were; the newest one holds.

    `learned_from` tells these examples from others. Vectors are of `space`; None: words alone.
    """

    __tablename__ = "topic_heads"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    made_at: Mapped[datetime] = mapped_column(default=now, index=True)
    learned_from: Mapped[str] = mapped_column(String(64))
    space: Mapped[str | None] = mapped_column(String(200))
    topics: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid))  # in the order of the heads' classes
    by_words: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    by_meaning: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class Triage(Base):
    """What was made of a conversation, up to a message.

    `evidence` is what its messages so far say for each topic, newer ones more; `probability` is that of its topic.
    """

    __tablename__ = "triages"

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    seen: Mapped[int] = mapped_column(default=0)  # the sequence number up to which messages are taken in
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    probability: Mapped[float | None]
    corrected_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id"))  # who said what it is about
    changed_at: Mapped[datetime] = mapped_column(default=now)
