"""What an agent could answer: found for the words that wait, from what the agent may see, and stored nowhere."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from frontdesk.agents import Agent
from frontdesk.answering.models import Decision
from frontdesk.answering.suggesting import AT_ONCE, MOST_SUGGESTIONS, Suggested
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Message
from frontdesk.errors import NotFound, Unavailable

pytestmark = pytest.mark.usefixtures("entries")

KNOWN = "What is your return policy?"
ANSWER = "You can return it within 7 days."


@pytest.fixture
def conversation(frontdesk: Frontdesk) -> Conversation:
    """One that has just begun."""
    return frontdesk.conversations.open("web", None, None)


def ask(frontdesk: Frontdesk, conversation: Conversation, *texts: str) -> Suggested:
    """The contact writes these to people; what is suggested then."""
    frontdesk.desk.request(conversation.id, conversation.contact_id)
    for text in texts:
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, text, None)
    return frontdesk.suggesting.suggest(conversation.id, None)


def test_an_entry_is_suggested_whole_with_its_source(frontdesk: Frontdesk, conversation: Conversation) -> None:
    suggested = ask(frontdesk, conversation, KNOWN)
    best = suggested.suggestions[0]
    assert (suggested.query, best.text) == (KNOWN, ANSWER)
    assert best.citation["entry_id"]
    assert best.citation["chunk_id"]
    assert best.confidence is not None
    assert suggested.threshold is not None
    assert best.confidence >= suggested.threshold
    assert all(one.confidence is None for one in suggested.suggestions[1:])
    assert len(suggested.suggestions) <= MOST_SUGGESTIONS


def test_of_a_document_the_nearest_sentences_are_suggested(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, conversation: Conversation, tmp_path: Path
) -> None:
    filler = " ".join(f"Paragraph {number} is about nothing in particular." for number in range(20))
    text = f"{filler} Gift cards are valid for three years from the day of purchase. {filler}"
    path = tmp_path / "cards.txt"
    path.write_text(text)
    document = frontdesk.knowledge.upload(knowledge_base_id, path.name, path)
    frontdesk.indexing.index_document(document.id)
    best = ask(frontdesk, conversation, "How long are gift cards valid?").suggestions[0]
    assert "three years" in best.text
    assert len(best.text) < len(text) / 2
    assert best.citation["document_id"] == str(document.id)


def test_nothing_is_stored_and_nobody_is_told(frontdesk: Frontdesk, conversation: Conversation) -> None:
    ask(frontdesk, conversation, KNOWN)
    with frontdesk.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 0
        said = session.scalars(select(Message.text).where(Message.sender == "contact")).all()
    assert said == [KNOWN]


def test_who_only_asks_for_a_person_is_suggested_what_they_asked_before(
    frontdesk: Frontdesk, conversation: Conversation
) -> None:
    frontdesk.conversations.receive(conversation.id, conversation.contact_id, KNOWN, None)
    frontdesk.assistant.take_turn()
    frontdesk.conversations.receive(conversation.id, conversation.contact_id, "I want to talk to a human", None)
    frontdesk.assistant.take_turn()
    assert frontdesk.suggesting.suggest(conversation.id, None).query == KNOWN


def test_a_follow_up_is_searched_with_what_it_follows(frontdesk: Frontdesk, conversation: Conversation) -> None:
    suggested = ask(frontdesk, conversation, "请问你们海南能发货吗？", "你好")
    assert suggested.query == "请问你们海南能发货吗？"
    suggested = ask(frontdesk, conversation, "那运费呢？")
    assert "海南" in str(suggested.query)
    assert "12元" in suggested.suggestions[0].text


def test_what_an_agent_has_answered_waits_no_more(
    frontdesk: Frontdesk, conversation: Conversation, agent: Agent
) -> None:
    ask(frontdesk, conversation, KNOWN)
    frontdesk.desk.claim(conversation.id, agent.id)
    frontdesk.desk.reply(conversation.id, agent.id, "Within a week.", None)
    assert frontdesk.suggesting.suggest(conversation.id, None) == Suggested(None)


def test_what_is_not_known_suggests_nothing(frontdesk: Frontdesk, conversation: Conversation) -> None:
    suggested = ask(frontdesk, conversation, "Zxqv blorp wuggle?")
    assert (suggested.query, list(suggested.suggestions)) == ("Zxqv blorp wuggle?", [])


def test_only_what_the_agent_may_see_is_searched(
    frontdesk: Frontdesk, conversation: Conversation, knowledge_base_id: uuid.UUID, agent: Agent, admin: Agent
) -> None:
    ask(frontdesk, conversation, KNOWN)

    def texts(of: Agent) -> list[str]:
        seen = frontdesk.access.seen(of)
        return [one.text for one in frontdesk.suggesting.suggest(conversation.id, seen).suggestions]

    assert texts(agent)[0] == ANSWER
    frontdesk.access.open_to(knowledge_base_id, [])
    assert texts(agent) == []
    assert texts(admin)[0] == ANSWER


def test_an_inbox_with_tags_suggests_from_what_has_one(
    frontdesk: Frontdesk, conversation: Conversation, knowledge_base_id: uuid.UUID
) -> None:
    frontdesk.inboxes.answer_from("web", [knowledge_base_id], ["holiday"])
    assert list(ask(frontdesk, conversation, KNOWN).suggestions) == []


def test_a_few_search_at_once(frontdesk: Frontdesk, conversation: Conversation) -> None:
    ask(frontdesk, conversation, KNOWN)

    def attempt(_: int) -> str:
        try:
            return frontdesk.suggesting.suggest(conversation.id, None).suggestions[0].text
        except Unavailable as error:
            return error.code

    with ThreadPoolExecutor(3 * AT_ONCE) as pool:
        got = set(pool.map(attempt, range(6 * AT_ONCE)))
    assert ANSWER in got
    assert got <= {ANSWER, "suggestions_busy"}
    assert frontdesk.suggesting.suggest(conversation.id, None).suggestions[0].text == ANSWER


def test_there_has_to_be_a_conversation(frontdesk: Frontdesk) -> None:
    with pytest.raises(NotFound):
        frontdesk.suggesting.suggest(uuid.uuid4(), None)
