"""Conversations and messages, and the lawful ways in which a conversation changes hands."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from frontdesk.conversations.attachments import Attachment
from frontdesk.conversations.sensitive_topics import Sensitive, SensitiveTopic
from frontdesk.database import Base, new_id, now
from frontdesk.errors import Conflict, NotAllowed
from frontdesk.language import Language


class Status(StrEnum):
    """Who has the conversation."""

    PENDING = "pending"  # the assistant
    OPEN = "open"  # people
    SNOOZED = "snoozed"  # people, later
    RESOLVED = "resolved"  # nobody; the next message of the contact wakes the assistant


WITH_PEOPLE = (Status.OPEN, Status.SNOOZED)


class Sender(StrEnum):
    """Who wrote a message; `activity` entries record that the conversation changed hands."""

    CONTACT = "contact"
    ASSISTANT = "assistant"
    AGENT = "agent"
    ACTIVITY = "activity"


class Form(StrEnum):
    """How a message came to be."""

    WRITTEN = "written"  # by a person
    QUOTED = "quoted"  # word for word from a source
    GENERATED = "generated"  # by a model, from cited passages
    CHOICE = "choice"  # by the program: which of a few questions is meant
    NOTICE = "notice"  # by the program: a handoff, a change of hands


class HandoffReason(StrEnum):
    """Why a conversation goes to a person."""

    ASKED = "asked"
    NOT_FOUND = "not_found"
    LOW_CONFIDENCE = "low_confidence"
    SENSITIVE = "sensitive"
    REPEATED = "repeated"
    FAILED = "failed"
    FILE = "file"  # which the assistant can not read


class Activity(StrEnum):
    """How a conversation changed hands."""

    HANDED_OVER = "handed_over"  # to people
    CLAIMED = "claimed"  # by an agent
    ASSIGNED = "assigned"  # to an agent, by itself
    TRANSFERRED = "transferred"  # to another agent or team
    RELEASED = "released"  # back to the queue: its owner was gone too long
    SNOOZED = "snoozed"
    WOKEN = "woken"
    RETURNED = "returned"  # to the assistant
    RESOLVED = "resolved"


class Mood(StrEnum):
    """How the contact feels, as far as their words tell."""

    CALM = "calm"
    UNHAPPY = "unhappy"
    ANGRY = "angry"


class Inbox(Base):
    """One configured channel."""

    __tablename__ = "inboxes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(16), unique=True)
    greeting: Mapped[dict[str, Any]] = mapped_column(default=dict)  # name, greeting and suggestions by language
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # if any: answers from what has one of them
    sensitive_off: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # built-in topics it does not mind
    sensitive_words: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)

    @property
    def sensitive(self) -> Sensitive:
        """What it leaves to people."""
        known = {topic.value for topic in SensitiveTopic}
        off = frozenset(SensitiveTopic(name) for name in self.sensitive_off if name in known)
        return Sensitive(off, tuple(self.sensitive_words))


class InboxKnowledgeBase(Base):
    """A knowledge base that an inbox answers from; every inbox has one at least."""

    __tablename__ = "inbox_knowledge_bases"
    __table_args__ = (Index("ix_inbox_knowledge_bases_knowledge_base_id", "knowledge_base_id"),)

    inbox_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("inboxes.id", ondelete="CASCADE"), primary_key=True)
    knowledge_base_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("knowledge_bases.id"), primary_key=True)
    position: Mapped[int]  # in the order that an administrator gave them


class Conversation(Base):
    """One thread between a contact and us. Every change of hands goes through a method, which may refuse.

    `awaiting_since` is set while the assistant owes a reply, to the contact's messages from the sequence number
    `awaiting_from` on; `turn_id` and `turn_until` are the lease of the turn that is writing it, so that no two
    turns answer at once and a dead one is taken over. What stands up to the sequence number `boundary` was settled
    by people: it is no reason for another handoff. The owner has read up to `read_to`.

    Triggers of the database hold what spans tables: with people exactly while a handoff runs, no reply of the
    assistant meanwhile, no word of an agent who is not the owner.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("assignee_id IS NULL OR status IN ('open', 'snoozed')", name="assignee_while_open"),
        CheckConstraint("awaiting_since IS NULL OR status = 'pending'", name="awaiting_while_pending"),
        CheckConstraint("turn_id IS NULL OR awaiting_since IS NOT NULL", name="turn_while_awaiting"),
        CheckConstraint("(status = 'snoozed') = (snoozed_until IS NOT NULL)", name="snoozed_until_when"),
        CheckConstraint("status <> 'snoozed' OR assignee_id IS NOT NULL", name="snoozed_by_owner"),
        CheckConstraint("boundary BETWEEN 0 AND last_sequence", name="boundary_within"),
        Index(
            "ix_conversations_awaiting_since",
            "awaiting_since",
            postgresql_where=text("awaiting_since IS NOT NULL"),
        ),
        Index(
            "ix_conversations_snoozed_until", "snoozed_until", postgresql_where=text("snoozed_until IS NOT NULL")
        ),
        Index("ix_conversations_status_updated_at", "status", "updated_at"),
        Index("ix_conversations_created_at", "created_at", postgresql_where=text("last_sequence > 0")),
        Index("ix_conversations_contact_id_created_at", "contact_id", "created_at"),
        Index("ix_conversations_updated_at", "updated_at", postgresql_where=text("last_sequence > 0")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    inbox_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("inboxes.id"))
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id"), index=True)
    status: Mapped[Status] = mapped_column(default=Status.PENDING)
    language: Mapped[Language]
    topic_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("topics.id", ondelete="SET NULL"), index=True)
    mood: Mapped[Mood] = mapped_column(default=Mood.CALM)
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"), index=True)
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id"), index=True)
    snoozed_until: Mapped[datetime | None]
    boundary: Mapped[int] = mapped_column(default=0)
    read_to: Mapped[int] = mapped_column(default=0)
    last_sequence: Mapped[int] = mapped_column(default=0)
    awaiting_since: Mapped[datetime | None]
    awaiting_from: Mapped[int | None]
    turn_id: Mapped[uuid.UUID | None]
    turn_until: Mapped[datetime | None]
    turn_attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    def receive(self) -> None:
        """The contact is about to write: unless people have the conversation, the assistant now owes a reply."""
        if self.status == Status.RESOLVED:
            self.status = Status.PENDING
        elif self.status == Status.SNOOZED:
            self.wake()
        if self.status == Status.PENDING and self.awaiting_since is None:
            self.awaiting_since, self.awaiting_from = now(), self.last_sequence + 1

    def hand_over(self) -> None:
        """From the assistant to people; a turn that is still writing loses its right to send.

        Raises Conflict when people have it already.
        """
        if self.status not in (Status.PENDING, Status.RESOLVED):
            raise Conflict("People have this conversation already.", code="already_handed_over")
        self.status = Status.OPEN
        self._stop_waiting()

    def claim(self, agent_id: uuid.UUID, takes_over: bool) -> None:
        """An agent takes it from the queue or, if allowed, from another agent; raises Conflict otherwise."""
        if self.status != Status.OPEN:
            raise Conflict("This conversation is not in the queue.", code="not_in_queue")
        if self.assignee_id not in (None, agent_id) and not takes_over:
            raise Conflict("Another agent has this conversation.", code="claimed_by_other")
        self.assignee_id = agent_id

    def require_owner(self, agent_id: uuid.UUID) -> None:
        """Raises NotAllowed unless this agent owns the conversation now."""
        if self.assignee_id != agent_id:
            raise NotAllowed("Claim this conversation first.", code="not_owner")

    def transfer(self, team_id: uuid.UUID | None, agent_id: uuid.UUID | None) -> None:
        """To an agent, or into the queue of a team; raises Conflict when the assistant has it."""
        if self.status not in WITH_PEOPLE:
            raise Conflict("People do not have this conversation.", code="not_with_people")
        self.wake()
        self.team_id, self.assignee_id = team_id, agent_id

    def release(self) -> None:
        """Back into the queue."""
        self.assignee_id = None

    def snooze(self, agent_id: uuid.UUID, until: datetime) -> None:
        """The owner puts it off until a moment; the contact's next message ends that, too."""
        self.require_owner(agent_id)
        self.status, self.snoozed_until = Status.SNOOZED, until

    def wake(self) -> None:
        """It is not put off any more."""
        self.status, self.snoozed_until = Status.OPEN, None

    def return_to_assistant(self, agent_id: uuid.UUID, unanswered: "Message | None") -> None:
        """The owner gives it back; the assistant owes a reply to what nobody has answered."""
        self.require_owner(agent_id)
        self._leave_people(Status.PENDING)
        if unanswered is not None:
            self.awaiting_since, self.awaiting_from = now(), unanswered.sequence

    def resolve(self, agent_id: uuid.UUID) -> None:
        """The owner is done with it."""
        self.require_owner(agent_id)
        self._leave_people(Status.RESOLVED)

    def answered(self, unanswered: "Message | None") -> None:
        """The assistant's reply is stored; a message that came in meanwhile keeps the assistant owing one."""
        self._stop_waiting()
        if unanswered is not None:
            self.awaiting_since, self.awaiting_from = unanswered.created_at, unanswered.sequence

    def _leave_people(self, status: Status) -> None:
        self.status, self.assignee_id, self.snoozed_until = status, None, None
        self.boundary = self.last_sequence

    def _stop_waiting(self) -> None:
        self.awaiting_since = self.awaiting_from = self.turn_id = self.turn_until = None
        self.turn_attempts = 0


class Message(Base):
    """One entry of a conversation, or an activity that changed its state. Entries are only ever added.

    `sequence` counts from 1 without gaps within the conversation, in commit order: it is what listeners resume by.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "sequence"),
        UniqueConstraint("conversation_id", "sender", "idempotency_key"),
        CheckConstraint("sender != 'agent' OR agent_id IS NOT NULL", name="agent_is_known"),
        Index("ix_messages_handed_over", "created_at", postgresql_where=text("handoff_reason IS NOT NULL")),
        Index("ix_messages_rated_down", "created_at", postgresql_where=text("rating = 'down'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    sequence: Mapped[int]
    sender: Mapped[Sender]
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agents.id"))
    form: Mapped[Form]
    text: Mapped[str] = mapped_column(default="")
    status: Mapped[Status | None]  # activity: the status from here on
    activity: Mapped[Activity | None]  # activity: what has led to it
    handoff_reason: Mapped[HandoffReason | None]
    citations: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    choices: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)  # questions, of which one may be meant
    reply_to: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("messages.id"), unique=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(128))
    rating: Mapped[str | None] = mapped_column(String(8))
    rating_reason: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(default=now)
    attachments: Mapped[list[Attachment]] = relationship(
        lazy="selectin", order_by=Attachment.position, passive_deletes=True
    )
