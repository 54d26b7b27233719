"""One passing of a conversation to people, from the request to its end, and what belongs to it."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.conversations.models import HandoffReason
from frontdesk.database import Base, new_id, now
from frontdesk.handoffs.priority import Priority
from frontdesk.teams.targets import Target, TargetState

RUNNING = text("ended_at IS NULL")


class Outcome(StrEnum):
    """How a handoff ended."""

    RETURNED = "returned"  # to the assistant
    RESOLVED = "resolved"


class Handoff(Base):
    """A conversation has exactly one that has not ended while people have it, else none.

    `claimed_at` is when the first agent took it, `claimed_by` who took it last, and `owned_since` since when its
    owner has it; in the queue that is None. `place` was its place in the queue when it came there. What the team
    has promised is due by `first_response_due` and `resolution_due`, and due soon from the `_warn_at` before on.
    """

    __tablename__ = "handoffs"
    __table_args__ = (
        Index("uq_handoffs_conversation_id", "conversation_id", unique=True, postgresql_where=RUNNING),
        Index("ix_handoffs_priority_requested_at", "priority", "requested_at", postgresql_where=RUNNING),
        Index("ix_handoffs_requested_at", "requested_at"),
        Index("ix_handoffs_claimed_at", "claimed_at"),
        Index("ix_handoffs_ended_at", "ended_at"),
        Index("ix_handoffs_conversation_id", "conversation_id", "requested_at"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="outcome_at_end"),
        CheckConstraint("owned_since IS NULL OR claimed_by IS NOT NULL", name="owner_is_known"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    reason: Mapped[HandoffReason]
    priority: Mapped[int] = mapped_column(SmallInteger, default=Priority.NORMAL)
    place: Mapped[int] = mapped_column(default=1)
    previous_agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id"))  # had it a while before
    requested_at: Mapped[datetime] = mapped_column(default=now)
    first_response_warn_at: Mapped[datetime | None]
    first_response_due: Mapped[datetime | None]
    resolution_warn_at: Mapped[datetime | None]
    resolution_due: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id"))
    owned_since: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]

    @property
    def first_response_state(self) -> TargetState | None:
        """How the promise to answer stands now; None where there is none."""
        if self.first_response_warn_at is None or self.first_response_due is None:
            return None
        return Target(self.first_response_warn_at, self.first_response_due).state(now(), self.first_response_at)

    @property
    def resolution_state(self) -> TargetState | None:
        """How the promise to settle it stands now; None where there is none."""
        if self.resolution_warn_at is None or self.resolution_due is None:
            return None
        return Target(self.resolution_warn_at, self.resolution_due).state(now(), self.ended_at)


class Callback(Base):
    """What a contact left during a handoff so that they can be reached when they are gone."""

    __tablename__ = "callbacks"
    __table_args__ = (CheckConstraint("email <> '' OR phone <> ''", name="can_be_reached"),)

    handoff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("handoffs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    wish: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    done_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id"))


class Note(Base):
    """What the staff writes down for itself. A table of its own: what contacts are sent is read from messages."""

    __tablename__ = "notes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agents.id"))
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
