"""What contacts send and see."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, Self

from pydantic import Field

from frontdesk.conversations.models import Conversation as DomainConversation
from frontdesk.conversations.models import Form, HandoffReason, Sender, Status
from frontdesk.conversations.models import Message as DomainMessage
from frontdesk.feedback import BEST, LONGEST_WORDS
from frontdesk.feedback import Survey as DomainSurvey
from frontdesk.language import Language
from services.api.schemas.shape import Shape, Text


def status_for_contact(status: Status) -> Status:
    """What a contact is told of a status: that people have put their conversation off is not for them."""
    return Status.OPEN if status is Status.SNOOZED else status


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
    """A passage that a reply uses, in the words it had then; `version` is that of the knowledge base.

    What was deleted since is not `available`: the contact does not see its words any more, the staff does.
    """

    number: int
    title: str
    text: str
    location: dict[str, Any]
    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    chunk_id: uuid.UUID | None = None
    version: int | None = None
    url: str | None = None
    available: bool = True

    def withheld(self, from_contact: bool) -> Self:
        """The same once its source was deleted."""
        if not from_contact:
            return self.model_copy(update={"available": False})
        return self.model_copy(update={"available": False, "title": "", "text": "", "location": {}, "url": None})


class Attachment(Shape):
    """A file that goes with a message; a picture has a `width` and a `height`, in pixels."""

    id: uuid.UUID
    name: str
    media_type: str
    size: int = Field(description="In bytes")
    width: int | None
    height: int | None


class Sources(Protocol):
    """Knows which documents and entries may not be shown any more."""

    def gone(self, source_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Those of these."""


class Message(Shape):
    """One entry of a conversation; what quoted a source that was deleted since is withheld from the contact."""

    id: uuid.UUID
    sequence: int
    sender: Sender
    agent_name: str | None
    text: str
    withheld: bool
    form: Form
    handoff_reason: HandoffReason | None
    citations: list[Citation]
    choices: list[str] = Field([], description="Of a question back: the questions of which one may be meant")
    attachments: list[Attachment]
    rating: Literal["up", "down"] | None
    created_at: datetime

    @classmethod
    def of(
        cls, message: DomainMessage, names: Mapping[uuid.UUID, str], sources: Sources, *, for_contact: bool
    ) -> Self:
        """From the domain's message; `names` are those of the agents by id."""
        citations = _citations(message, sources, for_contact)
        withheld = for_contact and message.form is Form.QUOTED and not all(one.available for one in citations)
        return cls(
            id=message.id,
            sequence=message.sequence,
            sender=message.sender,
            agent_name=names.get(message.agent_id) if message.agent_id else None,
            text="" if withheld else message.text,
            withheld=withheld,
            form=message.form,
            handoff_reason=message.handoff_reason,
            citations=citations,
            choices=message.choices,
            attachments=[Attachment.model_validate(attachment) for attachment in message.attachments],
            rating=message.rating,
            created_at=message.created_at,
        )


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


class ListedConversation(Conversation):
    """A conversation in the list of its contact; `first_words` are null while nothing has been said."""

    first_words: str | None


class ConversationList(Shape):
    """Newest first."""

    conversations: list[ListedConversation]


class GiveSurvey(Shape):
    """What the contact thinks of the conversation."""

    score: int = Field(ge=1, le=BEST, description="1 is very bad, 5 very good")
    words: str | None = Field(None, max_length=LONGEST_WORDS)


class Survey(Shape):
    """What the contact said of the conversation."""

    score: int
    words: str | None
    created_at: datetime

    @classmethod
    def of(cls, survey: DomainSurvey | None) -> Self | None:
        """From the domain's, where there is one."""
        return cls.model_validate(survey) if survey else None


class SurveyAlone(Shape):
    """One survey."""

    survey: Survey


class Thread(Shape):
    """A conversation with all that was said; follow its events from `last_event_id` on."""

    conversation: Conversation
    messages: list[Message]
    survey: Survey | None
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


class RateReply(Shape):
    """A thumb on a reply; null takes it back."""

    value: Literal["up", "down"] | None
    reason: str | None = None


class MessageAlone(Shape):
    """One message."""

    message: Message


def messages_of(
    messages: Sequence[DomainMessage], names: Mapping[uuid.UUID, str], sources: Sources, *, for_contact: bool
) -> list[Message]:
    """What people said; records of changing hands are left to the events."""
    return [
        Message.of(message, names, sources, for_contact=for_contact)
        for message in messages
        if message.sender != Sender.ACTIVITY
    ]


def _citations(message: DomainMessage, sources: Sources, for_contact: bool) -> list[Citation]:
    citations = [Citation(**citation) for citation in message.citations]
    cited = [one.document_id or one.entry_id for one in citations]
    gone = sources.gone(source for source in cited if source)
    return [
        citation.withheld(for_contact) if source in gone else citation
        for citation, source in zip(citations, cited, strict=True)
    ]
