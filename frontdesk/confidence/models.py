"""What is wished of a knowledge base's answers, and what its confidence was calibrated to."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now


class Share(StrEnum):
    """Where the share of questions that nothing answers is known from."""

    ASSUMED = "assumed"
    GIVEN = "given"  # by an administrator
    SEEN = "seen"  # from what contacts asked lately


class ErrorTarget(Base):
    """How many answers of a knowledge base may be wrong at most. A knowledge base without one has the default."""

    __tablename__ = "error_targets"
    __table_args__ = (
        CheckConstraint("error > 0 AND error < 1", name="error_is_share"),
        CheckConstraint("outside >= 0 AND outside < 1", name="outside_is_share"),
    )

    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("knowledge_bases.id", ondelete="CASCADE"), primary_key=True
    )
    error: Mapped[float]  # a share of what is answered
    outside: Mapped[float | None]  # the share of questions that nothing answers; None: nobody knows
    parts: Mapped[dict[str, float]] = mapped_column(JSONB, default=dict)  # the smaller errors of these (parts.py)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class Calibration(Base):
    """How a knowledge base's confidence is computed, and from where on it answers; the newest one holds.

    It never changes, so that a decision that names it can be decided again.
    """

    __tablename__ = "calibrations"
    __table_args__ = (Index("ix_calibrations_newest", "knowledge_base_id", "made_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int]  # the published one that was asked
    embedder: Mapped[str | None] = mapped_column(String(200))  # the vector space it was asked in
    sources: Mapped[int]  # how many there were
    error: Mapped[float]
    outside: Mapped[float]
    share: Mapped[Share]
    held_out: Mapped[int]  # questions of its own that were asked
    labelled: Mapped[int]  # questions of its sets that were asked
    labelled_outside: Mapped[int]  # of these, those that nothing answers
    of_sets: Mapped[int]  # how many there were, with those that could not be asked
    fitted: Mapped[dict[str, dict[str, object]]] = mapped_column(JSONB)  # by basis, as fitting.Fitted
    curves: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSONB, default=dict, deferred=True)  # by basis
    asked_lately: Mapped[int] = mapped_column(default=0)  # of contacts' newest questions so many were asked again
    answered_lately: Mapped[int] = mapped_column(default=0)  # of these, those that were answered then
    answered_again: Mapped[int] = mapped_column(default=0)  # and those that would be from now on
