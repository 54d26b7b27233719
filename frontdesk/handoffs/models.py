"""One passing of a conversation to people, from the request to its end."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.conversations.models import HandoffReason
from frontdesk.database import Base, new_id, now


class Outcome(StrEnum):
    """How a handoff ended."""

    RETURNED = "returned"  # to the assistant
    RESOLVED = "resolved"


class Handoff(Base):
    """A conversation has at most one that has not ended."""

    __tablename__ = "handoffs"
    __table_args__ = (
        Index(
            "uq_handoffs_conversation_id",
            "conversation_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_handoffs_conversation_id", "conversation_id", "requested_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    reason: Mapped[HandoffReason]
    requested_at: Mapped[datetime] = mapped_column(default=now)
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id"))
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
