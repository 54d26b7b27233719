"""Which questions and answers a chat model may learn from."""

import json
import uuid
from collections.abc import Sequence

from frontdesk.conversations.attachments import Attachment
from frontdesk.conversations.models import Form, HandoffReason, Message, Sender
from frontdesk.reports.exchanges import Cleaning, line_of

SOURCE = uuid.uuid4()
CITED = [{"document_id": str(SOURCE), "entry_id": None, "text": "Hotline 010-62345678, open daily."}]


def asks(text: str) -> Message:
    return Message(sender=Sender.CONTACT, form=Form.WRITTEN, text=text, citations=[])


def answers(text: str, rating: str | None = None, form: Form = Form.QUOTED) -> Message:
    return Message(sender=Sender.ASSISTANT, form=form, text=text, rating=rating, citations=CITED)


def writes(text: str, rating: str | None = None) -> Message:
    return Message(sender=Sender.AGENT, form=Form.WRITTEN, text=text, rating=rating, citations=[])


def hands_over(reason: HandoffReason) -> Message:
    return Message(sender=Sender.ASSISTANT, form=Form.NOTICE, text="A moment", handoff_reason=reason, citations=[])


def learned(messages: Sequence[Message], cleaning: Cleaning | None = None) -> list[str]:
    line = line_of(messages, cleaning or Cleaning())
    return [one["content"] for one in json.loads(line)["messages"]] if line else []


def test_an_answer_that_nobody_minded_is_learned_with_its_question() -> None:
    told = [asks("Hello"), asks("Do you ship?"), answers("Yes [1].", "up"), asks("To Hainan?"), answers("Yes.")]
    assert learned(told) == ["Hello\nDo you ship?", "Yes.", "To Hainan?", "Yes."]


def test_what_was_said_of_a_picture_says_nothing_without_it() -> None:
    shown = asks("Is this normal?")
    shown.attachments = [Attachment()]
    assert learned([shown, writes("Yes, it is."), asks("Do you ship?"), writes("Yes.")]) == ["Do you ship?", "Yes."]


def test_a_thumb_down_is_not() -> None:
    assert learned([asks("Do you ship?"), answers("No.", "down"), asks("Where is my order"), answers("Here.")]) == [
        "Where is my order",
        "Here.",
    ]
    assert learned([asks("Why?"), writes("Because", "down")]) == []


def test_who_had_to_ask_again_was_not_answered() -> None:
    for reason in (HandoffReason.ASKED, HandoffReason.REPEATED):
        told = [asks("Broken?"), answers("Read page 3."), asks("A person!"), hands_over(reason), writes("It is.")]
        assert learned(told) == ["Broken?\nA person!", "It is."]
    kept = [asks("Broken?"), answers("Yes."), asks("Sue you"), hands_over(HandoffReason.SENSITIVE)]
    assert learned(kept) == ["Broken?", "Yes."]


def test_what_an_agent_writes_in_pieces_is_one_answer() -> None:
    told = [asks("Why?"), hands_over(HandoffReason.NOT_FOUND), writes("One."), writes("Two."), asks("Thanks")]
    assert learned(told) == ["Why?", "One.\nTwo."]
    assert learned([writes("Anybody there?"), asks("Yes")]) == []


def test_a_question_back_is_no_answer() -> None:
    told = [asks("Price?"), answers("Which?", form=Form.CHOICE), asks("Of the kettle"), answers("20.")]
    assert learned(told) == ["Price?\nOf the kettle", "20."]


def test_what_quotes_a_deleted_source_is_forgotten() -> None:
    assert learned([asks("Why?"), answers("So.")], Cleaning(gone={SOURCE})) == []


def test_the_shops_own_number_stays_and_a_contacts_goes() -> None:
    told = [asks("I am at 010-87654321"), answers("Call 010-62345678.")]
    assert learned(told) == ["I am at [phone]", "Call 010-62345678."]
