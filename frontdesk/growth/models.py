"""Gaps in the knowledge, the questions of contacts that show them, and entries drafted to close them."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from frontdesk.database import Base, new_id, now
from frontdesk.errors import Conflict


class GapState(StrEnum):
    """What became of a gap."""

    OPEN = "open"
    ANSWERED = "answered"  # the knowledge has it now
    NOT_OURS = "not_ours"  # nothing that this knowledge should answer


class Sign(StrEnum):
    """What showed that a question was not answered."""

    NOT_FOUND = "not_found"
    LOW_CONFIDENCE = "low_confidence"
    REPEATED = "repeated"
    ASKED = "asked"  # for a person, right after an answer or a question back
    DISLIKED = "disliked"  # the answer was rated down


class Gap(Base):
    """Questions of one kind that a knowledge base did not answer.

    `terms` and `vector` are the sums over its questions, as `clustering` has them; `space` is that of the vector.
    """

    __tablename__ = "gaps"
    __table_args__ = (Index("ix_gaps_knowledge_base_id_state", "knowledge_base_id", "state"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    state: Mapped[GapState] = mapped_column(default=GapState.OPEN)
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="SET NULL"))
    terms: Mapped[bytes] = mapped_column(LargeBinary)
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    space: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]

    def turn(self, state: GapState) -> None:
        """Open it again, or close it as something."""
        self.state = state
        self.closed_at = None if state is GapState.OPEN else now()


class GapQuestion(Base):
    """A message that showed a gap, looked at once: a handoff's notice, or a reply that was rated down.

    `message_id` is the contact's question, which belongs to one gap at most. Without it the message showed nothing
    that knowledge would help with, or its question was known already. A contact's words go when their message goes.
    """

    __tablename__ = "gap_questions"
    __table_args__ = (
        CheckConstraint("num_nonnulls(gap_id, message_id, text, terms) IN (0, 4)", name="whole"),
        Index("ix_gap_questions_gap_id_asked_at", "gap_id", "asked_at"),
        Index("ix_gap_questions_shown_at", "shown_at"),
    )

    shown_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    shown_at: Mapped[datetime]
    sign: Mapped[Sign]
    message_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), unique=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    gap_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("gaps.id", ondelete="CASCADE"))
    text: Mapped[str | None] = mapped_column(Text)  # standing alone, as it was searched for
    terms: Mapped[bytes | None] = mapped_column(LargeBinary)
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    space: Mapped[str | None] = mapped_column(String(200))
    asked_at: Mapped[datetime]


class DraftStatus(StrEnum):
    """How far a drafted entry is."""

    PROPOSED = "proposed"
    PROVED = "proved"  # its proof is there, whatever it says
    ACCEPTED = "accepted"  # an entry, not yet in what contacts are answered from
    PUBLISHED = "published"
    DROPPED = "dropped"


UNDECIDED = (DraftStatus.PROPOSED, DraftStatus.PROVED)


class DraftedEntry(Base):
    """An entry that somebody proposes, with its proof. Nothing of it is knowledge before it is accepted.

    `revision` counts changes of its words, so that a proof of other words is not taken for one of these.
    `originals` are the contacts' questions that it was made from. Personal data is removed from all of it.
    """

    __tablename__ = "drafted_entries"
    __table_args__ = (
        Index("ix_drafted_entries_knowledge_base_id_created_at", "knowledge_base_id", "created_at"),
        Index(
            "ix_drafted_entries_owing",
            "status",
            postgresql_where=text("proof_wanted OR status = 'accepted'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id", ondelete="CASCADE"))
    gap_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("gaps.id", ondelete="SET NULL"), index=True)
    conversation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    originals: Mapped[list[str]] = mapped_column(ARRAY(Text))
    questions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    answer: Mapped[str] = mapped_column(Text)
    status: Mapped[DraftStatus] = mapped_column(default=DraftStatus.PROPOSED)
    revision: Mapped[int] = mapped_column(default=1)
    proof_wanted: Mapped[bool] = mapped_column(default=False)
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    note: Mapped[str | None] = mapped_column(String(500))  # why it was accepted without a proof that passes
    entry_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("entries.id", ondelete="SET NULL"))
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def passes(self) -> bool:
        """Whether there is a proof of these words, and it passes."""
        return self.proof is not None and bool(self.proof["passes"])

    def require_undecided(self) -> None:
        """Raises Conflict when it was accepted or dropped."""
        if self.status not in UNDECIDED:
            raise Conflict("This draft was decided on already.", code="draft_decided")

    def rewrite(self, questions: list[str], answer: str) -> None:
        """Other words, both clean already, of which nothing is proved."""
        self.require_undecided()
        self.questions, self.answer = questions, answer
        self.revision += 1
        self._turn(DraftStatus.PROPOSED)
        self.proof, self.proof_wanted = None, False

    def want_proof(self) -> None:
        """The worker is to prove it."""
        self.require_undecided()
        self.proof_wanted, self.updated_at = True, now()

    def prove(self, proof: dict[str, Any]) -> None:
        """This came of it."""
        self.require_undecided()
        self.proof, self.proof_wanted = proof, False
        self._turn(DraftStatus.PROVED)

    def require_acceptable(self, note: str | None) -> None:
        """Raises Conflict when it is decided on, or no proof of it passes and nobody says why it is good anyway."""
        self.require_undecided()
        if note is None and self.proof is None:
            raise Conflict("Prove this draft first, or say why it is good without a proof.", code="draft_unproved")
        if note is None and not self.passes:
            raise Conflict("The proof does not pass; say why it is good anyway.", code="draft_fails")

    def accept(self, entry_id: uuid.UUID, note: str | None) -> None:
        """It is an entry now."""
        self.entry_id, self.note, self.proof_wanted = entry_id, note, False
        self._turn(DraftStatus.ACCEPTED)

    def publish(self) -> None:
        """Contacts are answered from it."""
        self._turn(DraftStatus.PUBLISHED)

    def drop(self) -> None:
        """Nobody wants it; raises Conflict when it was decided on already."""
        self.require_undecided()
        self.proof_wanted = False
        self._turn(DraftStatus.DROPPED)

    def _turn(self, status: DraftStatus) -> None:
        self.status, self.updated_at = status, now()
