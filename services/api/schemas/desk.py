"""What agents see of a conversation."""

import uuid
from collections.abc import Container
from datetime import datetime
from typing import Self

from frontdesk.answering.models import Decision as DomainDecision
from frontdesk.contacts import label
from frontdesk.conversations.models import HandoffReason, Sender
from frontdesk.handoffs.service import DeskItem, View
from services.api.schemas.conversations import Conversation, Message, Survey
from services.api.schemas.decisions import Considered
from services.api.schemas.shape import Shape


class ContactLabel(Shape):
    """A contact as agents see them."""

    id: uuid.UUID
    label: str


class HandoffState(Shape):
    """Why and since when people have a conversation."""

    reason: HandoffReason
    requested_at: datetime
    claimed_at: datetime | None


class LastMessage(Shape):
    """The end of a conversation, for lists."""

    text: str
    sender: Sender
    created_at: datetime


class Assignee(Shape):
    """The agent who owns a conversation."""

    id: uuid.UUID
    name: str


class DeskConversation(Conversation):
    """A conversation as the staff sees it."""

    contact: ContactLabel
    handoff: HandoffState | None
    last_message: LastMessage | None
    assignee: Assignee | None

    @classmethod
    def of_item(cls, item: DeskItem) -> Self:
        """From a line of the desk."""
        contact_id = item.conversation.contact_id
        return cls.of(
            item.conversation,
            item.assignee.name if item.assignee else None,
            contact=ContactLabel(id=contact_id, label=label(contact_id)),
            handoff=HandoffState.model_validate(item.handoff) if item.handoff else None,
            last_message=LastMessage.model_validate(item.last_message) if item.last_message else None,
            assignee=Assignee.model_validate(item.assignee) if item.assignee else None,
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


class DeskThread(Shape):
    """Everything about a conversation, decision records included."""

    conversation: DeskConversation
    messages: list[Message]
    decisions: list[Decision]
    survey: Survey | None
    last_event_id: str
