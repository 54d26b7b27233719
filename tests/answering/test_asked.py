"""Which words of a conversation wait for an answer, and what they are about."""

import pytest

from frontdesk.answering.asked import Wish, says_something, unanswered, wanted
from frontdesk.conversations.models import Form, Message, Sender

ANSWER = (Sender.ASSISTANT, "Within 7 days. [1]", Form.QUOTED)
BACK = (Sender.ASSISTANT, "Which of these do you mean?", Form.CHOICE)
NOTICE = (Sender.ASSISTANT, "A colleague will take over.", Form.NOTICE)
REPLY = (Sender.AGENT, "Let me look.", Form.WRITTEN)

Said = tuple[Sender, str, Form] | str


def said(*entries: Said) -> list[Message]:
    """Messages in their order; a text alone is the contact's."""
    parts = [(Sender.CONTACT, one, Form.WRITTEN) if isinstance(one, str) else one for one in entries]
    offered = {BACK: ["怎么退货", "退货的运费谁出"]}
    return [
        Message(sequence=number, sender=sender, text=text, form=form, choices=offered.get((sender, text, form), []))
        for number, (sender, text, form) in enumerate(parts, 1)
    ]


@pytest.mark.parametrize(
    ("entries", "words", "query"),
    [
        (["Can I return it?"], "Can I return it?", "Can I return it?"),
        (["怎么退货", ANSWER, "转人工", NOTICE], "怎么退货", "怎么退货"),
        (["怎么退货", ANSWER, "不对", NOTICE], "怎么退货", "怎么退货"),
        (["怎么退货", BACK, "都不是", NOTICE], "怎么退货", "怎么退货"),
        (["怎么退货", BACK, "转人工", NOTICE], "怎么退货", "怎么退货"),
        (["退货", BACK, "2", ANSWER, "那运费呢？", NOTICE], "那运费呢？", "退货的运费谁出 那运费呢？"),
        (
            ["Do you ship to Hainan?", ANSWER, "And to Tibet?", NOTICE],
            "And to Tibet?",
            "Do you ship to Hainan? And to Tibet?",
        ),
        (["您好", NOTICE, "保修多久？", "我买了两年了"], "保修多久？\n我买了两年了", "保修多久？\n我买了两年了"),
        (["Where is it?", REPLY, "And the bill?"], "And the bill?", "Where is it? And the bill?"),
    ],
)
def test_what_waits_is_found_behind_greetings_and_wishes_for_a_person(
    entries: list[Said], words: str, query: str
) -> None:
    assert unanswered(said(*entries)) == Wish(words, query)


@pytest.mark.parametrize(
    "entries",
    [[], [NOTICE], ["你好", "转人工", NOTICE], ["Where is it?", REPLY], ["Where is it?", REPLY, "Thanks!"]],
)
def test_nothing_waits(entries: list[Said]) -> None:
    assert unanswered(said(*entries)) is None


def test_what_they_wanted_last_is_known_after_an_answer() -> None:
    assert wanted(said("Hello", "Where is it?", REPLY, "Thanks!")) == Wish("Where is it?", "Where is it?")


@pytest.mark.parametrize(
    "text", ["", " ？", "Hello!", "谢谢。", "talk to a human", "that did not help", "None of these"]
)
def test_small_talk_says_nothing(text: str) -> None:
    assert not says_something(text)
