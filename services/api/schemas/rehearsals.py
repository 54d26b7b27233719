"""Answers that are tried before contacts get them."""

from typing import Annotated, Literal, Self

from pydantic import Field

from frontdesk.answering.choices import LONGEST_TITLE, MOST
from frontdesk.answering.rehearsals import MOST_MESSAGES, Tried
from frontdesk.answering.rehearsals import Rehearsal as DomainRehearsal
from frontdesk.answering.responding import Said
from frontdesk.conversations.models import Form, HandoffReason, Sender
from frontdesk.language import Language
from services.api.schemas.conversations import Citation
from services.api.schemas.decisions import Considered
from services.api.schemas.knowledge import Tags
from services.api.schemas.shape import Shape


class RehearsedMessage(Shape):
    """What the contact, or the assistant in an earlier rehearsal, said: of the latter with `form` and `choices`."""

    sender: Literal["contact", "assistant"]
    text: str
    form: Form | None = None
    choices: list[Annotated[str, Field(max_length=LONGEST_TITLE)]] = Field([], max_length=MOST)

    def said(self) -> Said:
        """As the domain's."""
        return Said(Sender(self.sender), self.text, self.form, tuple(self.choices))


class Rehearse(Shape):
    """A conversation so far, oldest first, of which the contact said the last; with tags, answered from what has
    one of them."""

    messages: list[RehearsedMessage] = Field(min_length=1, max_length=MOST_MESSAGES)
    version: Tried
    tags: Tags = Field([])
    language: Language = Field(Language.ZH, description="Of a conversation without any words")


class RehearsedReply(Shape):
    """What the contact would read; with a `handoff_reason`, a person would take over."""

    text: str
    form: Form
    handoff_reason: HandoffReason | None
    citations: list[Citation]
    choices: list[str] = Field([], description="Of a question back: the questions of which one may be meant")


class Rehearsal(Shape):
    """A reply that nobody got, and how it was decided."""

    reply: RehearsedReply
    decision: Considered

    @classmethod
    def of(cls, rehearsal: DomainRehearsal) -> Self:
        """From the domain's."""
        return cls(
            reply=RehearsedReply(
                text=rehearsal.text,
                form=rehearsal.form,
                handoff_reason=rehearsal.record.reason,
                citations=[Citation(**citation) for citation in rehearsal.citations],
                choices=list(rehearsal.choices),
            ),
            decision=Considered(**rehearsal.record.as_json()),
        )
