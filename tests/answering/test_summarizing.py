"""A summary for who takes over: at once from what was said, later in a model's words if these can be trusted."""

import uuid
from collections.abc import Callable

import pytest

from frontdesk.agents import Agent
from frontdesk.answering.summarizing import LONGEST_PART, Summary
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation
from frontdesk.errors import NotFound
from frontdesk.language import Language
from tests.model_server import Script
from tests.waiting import wait_for

GOODS = "My kettle arrived with a crack in its lid."
PROMISE = "Please send us a picture. We will look at it within 2 days."
WAITED = "I sent it on Monday. Where is my new kettle?"


@pytest.fixture
def talk(agent: Agent) -> Callable[[Frontdesk], Conversation]:
    """A conversation between a contact and an agent that has come to a question."""

    def hold(frontdesk: Frontdesk) -> Conversation:
        conversation = frontdesk.conversations.open("web", None, Language.EN)
        frontdesk.desk.request(conversation.id, conversation.contact_id)
        frontdesk.desk.claim(conversation.id, agent.id)
        say(frontdesk, conversation, "Hello", GOODS)
        frontdesk.desk.reply(conversation.id, agent.id, PROMISE, None)
        say(frontdesk, conversation, WAITED)
        return conversation

    return hold


def say(frontdesk: Frontdesk, conversation: Conversation, *texts: str) -> None:
    for text in texts:
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, text, None)


def finished(frontdesk: Frontdesk, conversation: Conversation, language: Language | None = None) -> Summary:
    """The summary once nothing is written on it any more."""
    got: list[Summary] = []

    def is_written() -> bool:
        summary = frontdesk.summarizing.summary(conversation.id, language)
        assert summary is not None
        got.append(summary)
        return not summary.being_written

    wait_for(is_written, 20, "the summary")
    return got[-1]


def test_without_a_model_it_is_picked_out(frontdesk: Frontdesk, talk: Callable[[Frontdesk], Conversation]) -> None:
    assert frontdesk.summarizing.summary(talk(frontdesk).id) == Summary(WAITED, PROMISE, None, False)


def test_a_short_conversation_is_read_faster(frontdesk: Frontdesk) -> None:
    conversation = frontdesk.conversations.open("web", None, None)
    say(frontdesk, conversation, "Hello", GOODS, WAITED)
    assert frontdesk.summarizing.summary(conversation.id) is None


def test_long_words_are_cut(frontdesk: Frontdesk, talk: Callable[[Frontdesk], Conversation]) -> None:
    conversation = talk(frontdesk)
    say(frontdesk, conversation, "It leaks. " * 100)
    summary = frontdesk.summarizing.summary(conversation.id)
    assert summary is not None
    assert summary.wants is not None
    assert len(summary.wants) <= LONGEST_PART


def test_a_model_is_asked_once_for_what_was_said(
    build: Callable[..., Frontdesk], model: tuple[str, Script], talk: Callable[[Frontdesk], Conversation]
) -> None:
    url, script = model
    script.reply = ["Wants a new kettle. ", "Was asked for a picture."]
    script.gate.clear()
    frontdesk = build(llm_url=url)
    conversation = talk(frontdesk)
    first = frontdesk.summarizing.summary(conversation.id)
    assert first == Summary(WAITED, PROMISE, None, True)
    script.gate.set()
    assert finished(frontdesk, conversation).words == "Wants a new kettle. Was asked for a picture."
    assert len(script.asked) == 1
    system, told = script.asked[0]["messages"]
    assert "English" in system["content"]
    assert all(text in told["content"] for text in (GOODS, PROMISE, WAITED))
    assert finished(frontdesk, conversation, Language.ZH).words
    say(frontdesk, conversation, "Any news?")
    assert finished(frontdesk, conversation).words
    assert len(script.asked) == 3
    assert "Chinese" in script.asked[1]["messages"][0]["content"]


@pytest.mark.parametrize(
    ("reply", "is_broken"),
    [
        ("Wants 80 euros back.", False),
        ("See https://evil.example/pay for the rest.", False),
        ("On and on. " * 80, False),
        ("", False),
        ("Anything", True),
    ],
    ids=["a figure", "an address", "too long", "nothing", "broken"],
)
def test_words_that_can_not_be_trusted_are_not_shown(
    build: Callable[..., Frontdesk],
    model: tuple[str, Script],
    talk: Callable[[Frontdesk], Conversation],
    reply: str,
    is_broken: bool,
) -> None:
    url, script = model
    script.reply, script.broken = [reply], is_broken
    frontdesk = build(llm_url=url)
    assert finished(frontdesk, talk(frontdesk)) == Summary(WAITED, PROMISE, None, False)
    assert len(script.asked) == 1


def test_there_has_to_be_a_conversation(frontdesk: Frontdesk) -> None:
    with pytest.raises(NotFound):
        frontdesk.summarizing.summary(uuid.uuid4())
