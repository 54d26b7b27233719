"""What agents see of a conversation."""

import uuid
from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field

from frontdesk.answering.models import Decision as DomainDecision
from frontdesk.contacts import label
from frontdesk.conversations.models import Activity, HandoffReason, Mood, Sender
from frontdesk.conversations.models import Message as DomainMessage
from frontdesk.handoffs.listing import DeskItem, View
from frontdesk.handoffs.models import Note as DomainNote
from frontdesk.handoffs.priority import Priority
from frontdesk.teams.targets import TargetState
from services.api.schemas.conversations import Conversation, Message, Survey
from services.api.schemas.decisions import Considered
from services.api.schemas.shape import Shape


class ContactLabel(Shape):
    """A contact as agents see them; `user_id` is who they are to the site, where it vouches for them."""

    id: uuid.UUID
    label: str
    user_id: str | None


class HandoffState(Shape):
    """Why and since when people have a conversation."""

    reason: HandoffReason
    priority: Annotated[
        Literal["sensitive", "angry", "overdue", "waiting_long", "unhappy", "normal"],
        BeforeValidator(lambda number: Priority(number).name.lower()),
    ] = Field(description="Why they are served before others, or not")
    requested_at: datetime
    claimed_at: datetime | None
    first_response_due: datetime | None
    first_response_state: TargetState | None
    first_response_at: datetime | None
    resolution_due: datetime | None
    resolution_state: TargetState | None


class LastMessage(Shape):
    """The end of a conversation, for lists."""

    text: str
    files: Annotated[list[str], BeforeValidator(lambda attachments: [one.name for one in attachments])] = Field(
        validation_alias="attachments", description="What its files are called"
    )
    sender: Sender
    created_at: datetime


class Named(Shape):
    """An agent or a team."""

    id: uuid.UUID
    name: str


class CallbackState(Shape):
    """How a contact wants to be reached, and whether they were."""

    name: str
    email: str
    phone: str
    wish: str
    created_at: datetime
    done_at: datetime | None


class DeskConversation(Conversation):
    """A conversation as the staff sees it; `unread` counts what its owner has not read."""

    contact: ContactLabel
    handoff: HandoffState | None
    last_message: LastMessage | None
    assignee: Named | None
    previous_agent: Named | None
    team: Named | None
    topic: str | None
    mood: Mood
    snoozed_until: datetime | None
    callback: CallbackState | None
    unread: int

    @classmethod
    def of_item(cls, item: DeskItem) -> Self:
        """From a line of the desk."""
        contact_id = item.conversation.contact_id
        return cls.of(
            item.conversation,
            item.assignee.name if item.assignee else None,
            contact=ContactLabel(id=contact_id, label=label(contact_id), user_id=item.user_id),
            handoff=HandoffState.model_validate(item.handoff) if item.handoff else None,
            last_message=LastMessage.model_validate(item.last_message) if item.last_message else None,
            assignee=Named.model_validate(item.assignee) if item.assignee else None,
            previous_agent=Named.model_validate(item.previous_agent) if item.previous_agent else None,
            team=Named.model_validate(item.team) if item.team else None,
            topic=item.topic,
            mood=item.conversation.mood,
            snoozed_until=item.conversation.snoozed_until,
            callback=CallbackState.model_validate(item.callback) if item.callback else None,
            unread=item.unread,
        )


class DeskList(Shape):
    """One view of the desk."""

    conversations: list[DeskConversation]
    counts: dict[View, int]


class DeskConversationAlone(Shape):
    """One conversation of the desk."""

    conversation: DeskConversation


class Decision(Considered):
    """The record of a decision that was taken."""

    message_id: uuid.UUID
    reply_id: uuid.UUID | None
    created_at: datetime

    @classmethod
    def of(cls, decision: DomainDecision, seen: Container[uuid.UUID | None] | None) -> Self:
        """From the stored record, without what stands in knowledge bases that are not `seen`; None: all are."""
        told = cls(
            message_id=decision.message_id,
            reply_id=decision.reply_id,
            created_at=decision.created_at,
            **decision.record,
        )
        if seen is not None:
            told.passages = [passage for passage in told.passages if passage.knowledge_base_id in seen]
            told.bases = [base for base in told.bases if base.id in seen]
        return told


class Note(Shape):
    """What the staff wrote down; the contact never sees it."""

    id: uuid.UUID
    agent_name: str
    text: str
    created_at: datetime

    @classmethod
    def of(cls, note: DomainNote, names: Mapping[uuid.UUID, str]) -> Self:
        """From the domain's note and the names of the agents by id."""
        return cls(id=note.id, agent_name=names[note.agent_id], text=note.text, created_at=note.created_at)


class ChangeOfHands(Shape):
    """How a conversation changed hands, and who has it since, or gave it away."""

    sequence: int
    activity: Activity
    agent_name: str | None
    created_at: datetime


def changes_of(messages: Iterable[DomainMessage], names: Mapping[uuid.UUID, str]) -> list[ChangeOfHands]:
    """The changes of hands among the entries of a conversation; `names` are those of the agents by id."""
    return [
        ChangeOfHands(
            sequence=message.sequence,
            activity=message.activity,
            agent_name=names.get(message.agent_id) if message.agent_id else None,
            created_at=message.created_at,
        )
        for message in messages
        if message.activity
    ]


class DeskThread(Shape):
    """Everything about a conversation: decision records, notes and changes of hands included."""

    conversation: DeskConversation
    messages: list[Message]
    decisions: list[Decision]
    notes: list[Note]
    changes: list[ChangeOfHands]
    earlier: list[DeskConversation] = Field(description="Other conversations of the contact, newest first")
    survey: Survey | None
    last_event_id: str
