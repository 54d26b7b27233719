"""The shapes that cross the HTTP border, made from the domain's objects."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from frontdesk.agents import Agent as DomainAgent
from frontdesk.agents import Role
from frontdesk.answering.models import Decision as DomainDecision
from frontdesk.conversations.models import Conversation as DomainConversation
from frontdesk.conversations.models import Form, HandoffReason, Sender, Status
from frontdesk.conversations.models import Message as DomainMessage
from frontdesk.handoffs.service import DeskItem, View
from frontdesk.knowledge.models import Document as DomainDocument
from frontdesk.knowledge.models import Entry as DomainEntry
from frontdesk.knowledge.models import SourceStatus, Stage
from frontdesk.knowledge.service import Contents
from frontdesk.language import Language
from frontdesk.texts import require_text


class Shape(BaseModel):
    """Unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class AgentName(Shape):
    """Who of the staff has a conversation, as the contact may know them."""

    name: str


class Conversation(Shape):
    """A conversation as its contact sees it."""

    id: uuid.UUID
    status: Status
    language: Language
    awaiting_reply: bool
    agent: AgentName | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, conversation: DomainConversation, agent_name: str | None, **more: Any) -> Self:
        """From the domain's conversation and the name of the agent who has it."""
        return cls(
            id=conversation.id,
            status=conversation.status,
            language=conversation.language,
            awaiting_reply=conversation.awaiting_since is not None,
            agent=AgentName(name=agent_name) if agent_name else None,
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
            **more,
        )


class Citation(Shape):
    """A passage that a reply uses, in the words it had then."""

    number: int
    title: str
    text: str
    location: dict[str, Any]
    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None


class Message(Shape):
    """One entry of a conversation."""

    id: uuid.UUID
    sequence: int
    sender: Sender
    agent_name: str | None
    text: str
    form: Form
    handoff_reason: HandoffReason | None
    citations: list[Citation]
    rating: Literal["up", "down"] | None
    created_at: datetime

    @classmethod
    def of(cls, message: DomainMessage, names: Mapping[uuid.UUID, str]) -> Self:
        """From the domain's message; `names` are those of the agents by id."""
        return cls(
            id=message.id,
            sequence=message.sequence,
            sender=message.sender,
            agent_name=names.get(message.agent_id) if message.agent_id else None,
            text=message.text,
            form=message.form,
            handoff_reason=message.handoff_reason,
            citations=message.citations,
            rating=message.rating,
            created_at=message.created_at,
        )


def _storable(text: str) -> str:
    return require_text(text, 200, "The text")


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]


class InEachLanguage(Shape):
    """A text in every language."""

    zh: Text
    en: Text


class Suggestions(Shape):
    """Example questions in every language."""

    zh: list[Text] = Field(max_length=6)
    en: list[Text] = Field(max_length=6)


class Inbox(Shape):
    """What a chat window shows before anything was said."""

    name: InEachLanguage
    greeting: InEachLanguage
    suggestions: Suggestions


class OpenConversation(Shape):
    """Begin to talk."""

    language: Language | None = Field(None, description="Until the first message tells")


class Opened(Shape):
    """The token is the contact's key to this and their other conversations."""

    token: str
    conversation: Conversation
    messages: list[Message]


class ConversationList(Shape):
    """Newest first."""

    conversations: list[Conversation]


class Thread(Shape):
    """A conversation with all that was said; follow its events from `last_event_id` on."""

    conversation: Conversation
    messages: list[Message]
    last_event_id: str


class ConversationAlone(Shape):
    """A conversation without its messages."""

    conversation: Conversation


class PostMessage(Shape):
    """Something to say."""

    text: str


class Posted(Shape):
    """The message as it was stored."""

    message: Message
    last_event_id: str


class Rate(Shape):
    """A thumb on a reply; null takes it back."""

    value: Literal["up", "down"] | None
    reason: str | None = None


class MessageAlone(Shape):
    """One message."""

    message: Message


class SignIn(Shape):
    """Who an agent is."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class Agent(Shape):
    """A human of the staff."""

    id: uuid.UUID
    email: str
    name: str
    role: Role
    active: bool


class AgentAlone(Shape):
    """One agent."""

    agent: Agent


class AgentList(Shape):
    """All agents by name."""

    agents: list[Agent]


class SignedIn(Shape):
    """A session; send its token as `Authorization: Bearer ...`."""

    token: str
    expires_at: datetime
    agent: Agent


class NewAgent(Shape):
    """A new member of the staff."""

    email: str = Field(max_length=254)
    name: str
    role: Role
    password: str = Field(max_length=1024)


class ChangeAgent(Shape):
    """What is given changes."""

    name: str | None = None
    role: Role | None = None
    active: bool | None = None
    password: str | None = Field(None, max_length=1024)


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
            contact=ContactLabel(id=contact_id, label=f"#{contact_id.hex[:6].upper()}"),
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


class ScoredPassage(Shape):
    """A passage with the scores of both legs."""

    number: int
    title: str
    text: str
    location: dict[str, Any]
    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    score: float
    lexical: float
    dense: float | None


class Considered(Shape):
    """What the assistant does with a question, and why."""

    query: str
    outcome: Literal["answer", "handoff"]
    rule: str
    reason: HandoffReason | None
    confidence: float | None
    threshold: float | None
    legs: list[str]
    passages: list[ScoredPassage]
    model: str | None
    notes: list[str]
    timings_ms: dict[str, int]


class Decision(Considered):
    """The record of a decision that was taken."""

    message_id: uuid.UUID
    reply_id: uuid.UUID | None
    created_at: datetime

    @classmethod
    def of(cls, decision: DomainDecision) -> Self:
        """From the stored record."""
        return cls(
            message_id=decision.message_id,
            reply_id=decision.reply_id,
            created_at=decision.created_at,
            **decision.record,
        )


class DeskThread(Shape):
    """Everything about a conversation, decision records included."""

    conversation: DeskConversation
    messages: list[Message]
    decisions: list[Decision]
    last_event_id: str


class KnowledgeBase(Shape):
    """A knowledge base and what is in it."""

    id: uuid.UUID
    name: str
    threshold: float
    retrieval: Literal["hybrid", "lexical"]
    documents: int
    entries: int
    passages: int

    @classmethod
    def of(cls, contents: Contents) -> Self:
        """From the domain's."""
        base = contents.knowledge_base
        return cls(
            id=base.id,
            name=base.name,
            threshold=base.threshold,
            retrieval="hybrid" if base.embedder else "lexical",
            documents=contents.documents,
            entries=contents.entries,
            passages=base.passages,
        )


class KnowledgeBaseList(Shape):
    """Oldest first."""

    knowledge_bases: list[KnowledgeBase]


class SourceError(Shape):
    """Why a document or entry could not be indexed."""

    code: str
    message: str

    @classmethod
    def of(cls, source: DomainDocument | DomainEntry) -> Self | None:
        """None when nothing is wrong."""
        return cls(code=source.error_code, message=source.error_message) if source.error_code else None


class Document(Shape):
    """An uploaded file and how far its indexing is; `progress` runs from 0 to 1 within the stage."""

    id: uuid.UUID
    name: str
    size: int
    status: SourceStatus
    stage: Stage | None
    progress: float | None
    remaining_seconds: int | None
    passages: int
    error: SourceError | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, document: DomainDocument) -> Self:
        """From the domain's."""
        working = document.status == SourceStatus.WORKING
        return cls(
            id=document.id,
            name=document.name,
            size=document.size,
            status=document.status,
            stage=document.stage if working else None,
            progress=document.progress if working else None,
            remaining_seconds=document.remaining_seconds if working else None,
            passages=document.passages,
            error=SourceError.of(document),
            created_at=document.created_at,
            updated_at=document.updated_at,
        )


class DocumentAlone(Shape):
    """One document."""

    document: Document


class DocumentList(Shape):
    """By name."""

    documents: list[Document]


class Entry(Shape):
    """A question in several variants, and its answer."""

    id: uuid.UUID
    questions: list[str]
    answer: str
    language: Language
    status: SourceStatus
    error: SourceError | None
    updated_at: datetime

    @classmethod
    def of(cls, entry: DomainEntry) -> Self:
        """From the domain's."""
        return cls(
            id=entry.id,
            questions=entry.questions,
            answer=entry.answer,
            language=entry.language,
            status=entry.status,
            error=SourceError.of(entry),
            updated_at=entry.updated_at,
        )


class EntryAlone(Shape):
    """One entry."""

    entry: Entry


class EntryList(Shape):
    """A page of entries and the number of all."""

    entries: list[Entry]
    total: int


class Entries(Shape):
    """The entries that were made."""

    entries: list[Entry]


class NewEntry(Shape):
    """A new entry."""

    questions: list[str] = Field(max_length=50)
    answer: str


class ChangeEntry(Shape):
    """What is given changes."""

    questions: list[str] | None = Field(None, max_length=50)
    answer: str | None = None


class ImportEntries(Shape):
    """Pasted text: lines that begin with Q: or 问： and A: or 答：."""

    text: str = Field(max_length=200_000)


class Search(Shape):
    """A question to try."""

    query: str


def messages_of(messages: Sequence[DomainMessage], names: Mapping[uuid.UUID, str]) -> list[Message]:
    """What people said; records of changing hands are left to the events."""
    return [Message.of(message, names) for message in messages if message.sender != Sender.ACTIVITY]


def agent_of(agent: DomainAgent) -> Agent:
    """From the domain's."""
    return Agent.model_validate(agent)
