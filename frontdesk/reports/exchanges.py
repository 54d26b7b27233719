"""Questions of contacts with the answers that they accepted, as a chat model is taught by them. Pure."""

import json
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from frontdesk.conversations.models import Form, HandoffReason, Message, Sender
from frontdesk.privacy import without_personal

ANSWERS = (Form.QUOTED, Form.GENERATED)
DISAGREEMENT = (HandoffReason.ASKED, HandoffReason.REPEATED)
_CITED = re.compile(r" ?\[\d{1,2}\]")


@dataclass(slots=True)
class Exchange:
    """What a contact said until somebody answered, and the answer; `accepted` as far as anything tells."""

    question: list[Message]
    answer: list[Message]
    accepted: bool = True
    by: Sender = Sender.ASSISTANT


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What has to go: these names, what looks like an order number, answers from sources that are `gone`."""

    names: Sequence[str] = ()
    order_numbers: re.Pattern[str] | None = None
    gone: Container[UUID] = field(default_factory=frozenset)


def exchanges(messages: Sequence[Message]) -> Sequence[Exchange]:
    """The exchanges of a conversation, from its entries in their order.

    An answer of the assistant is not accepted with a thumb down, or when the contact then asked for a person or had
    to repeat themselves; what they had asked belongs to the answer that they got after that.
    """
    told: list[Exchange] = []
    question: list[Message] = []
    for message in messages:
        if message.sender is Sender.CONTACT:
            question.append(message)
        elif message.handoff_reason in DISAGREEMENT and told and told[-1].by is Sender.ASSISTANT:
            told[-1].accepted = False
            question = [*told[-1].question, *question]
        elif _continues(message, told, question):
            told[-1].answer.append(message)
            told[-1].accepted &= message.rating != "down"
        elif question and _answers(message):
            told.append(Exchange(question, [message], message.rating != "down", message.sender))
            question = []
    return told


def line_of(messages: Sequence[Message], cleaning: Cleaning) -> str | None:
    """The accepted exchanges of a conversation as a line of JSON in OpenAI's chat format, without personal data.

    None where there is nothing to be learned, as from an exchange of which a file is a part.
    """
    turns = []
    for one in exchanges(messages):
        cited = list(chain.from_iterable(message.citations for message in one.answer))
        sources = {citation.get("document_id") or citation.get("entry_id") for citation in cited}
        has_files = any(said.attachments for said in (*one.question, *one.answer))
        if (
            not one.accepted
            or has_files
            or any(source and UUID(str(source)) in cleaning.gone for source in sources)
        ):
            continue
        public = "\n".join(str(citation.get("text", "")) for citation in cited)
        answer = "\n".join(_CITED.sub("", said.text) if said.citations else said.text for said in one.answer)
        turns += [
            {"role": "user", "content": _cleaned("\n".join(said.text for said in one.question), cleaning)},
            {"role": "assistant", "content": _cleaned(answer, cleaning, public)},
        ]
    return json.dumps({"messages": turns}, ensure_ascii=False) + "\n" if turns else None


def _answers(message: Message) -> bool:
    if message.sender is Sender.AGENT:
        return message.form is Form.WRITTEN
    return message.sender is Sender.ASSISTANT and message.form in ANSWERS


def _continues(message: Message, told: Sequence[Exchange], question: Sequence[Message]) -> bool:
    """Whether an agent goes on writing."""
    return not question and bool(told) and told[-1].by is Sender.AGENT is message.sender and _answers(message)


def _cleaned(text: str, cleaning: Cleaning, public: str = "") -> str:
    return without_personal(text, cleaning.names, cleaning.order_numbers, public)
