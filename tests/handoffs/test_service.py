"""The desk: one owner at a time, always an acknowledgement, always a way back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from frontdesk.agents import Agent, Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Form, HandoffReason, Sender, Status
from frontdesk.errors import Conflict, DomainError, NotAllowed
from frontdesk.handoffs.listing import View
from frontdesk.language import Language
from tests.conftest import PASSWORD


@pytest.fixture
def waiting(frontdesk: Frontdesk) -> Conversation:
    """A conversation in the queue."""
    conversation = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.conversations.receive(conversation.id, conversation.contact_id, "hello there", None)
    return frontdesk.desk.request(conversation.id, conversation.contact_id)


def test_asking_is_acknowledged_in_the_contacts_language(frontdesk: Frontdesk, waiting: Conversation) -> None:
    notice = frontdesk.conversations.messages(waiting.id)[1]
    assert (notice.sender, notice.form, notice.handoff_reason) == (
        Sender.ASSISTANT,
        Form.NOTICE,
        HandoffReason.ASKED,
    )
    assert "colleague" in notice.text


def test_asking_twice_changes_nothing(frontdesk: Frontdesk, waiting: Conversation) -> None:
    before = len(frontdesk.conversations.messages(waiting.id))
    frontdesk.desk.request(waiting.id, waiting.contact_id)
    assert len(frontdesk.conversations.messages(waiting.id)) == before


def test_of_many_agents_one_gets_the_conversation(frontdesk: Frontdesk, waiting: Conversation) -> None:
    agents = [frontdesk.agents.create(f"a{n}@shop.example", f"A{n}", Role.AGENT, PASSWORD) for n in range(6)]

    def claim(agent: Agent) -> bool:
        try:
            frontdesk.desk.claim(waiting.id, agent.id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(claim, agents)) == 1


def test_the_queue_begins_with_who_waits_longest(frontdesk: Frontdesk, waiting: Conversation, agent: Agent) -> None:
    later = frontdesk.conversations.open("web", None, None)
    frontdesk.desk.request(later.id, later.contact_id)
    items = frontdesk.desk.list(agent.id, View.QUEUE, 50)
    assert [item.conversation.id for item in items] == [waiting.id, later.id]
    assert items[0].last_message.text == "hello there"


def test_only_the_owner_replies(frontdesk: Frontdesk, waiting: Conversation, agent: Agent, admin: Agent) -> None:
    with pytest.raises(NotAllowed):
        frontdesk.desk.reply(waiting.id, agent.id, "hi", None)
    frontdesk.desk.claim(waiting.id, agent.id)
    assert frontdesk.desk.reply(waiting.id, agent.id, "hi", "k").fresh
    assert not frontdesk.desk.reply(waiting.id, agent.id, "hi", "k").fresh
    with pytest.raises(NotAllowed):
        frontdesk.desk.reply(waiting.id, admin.id, "hi", None)


def test_while_a_person_has_it_the_assistant_is_silent(
    frontdesk: Frontdesk, waiting: Conversation, agent: Agent
) -> None:
    frontdesk.desk.claim(waiting.id, agent.id)
    frontdesk.conversations.receive(waiting.id, waiting.contact_id, "你们的退货政策是怎么样的？", None)
    assert not frontdesk.assistant.take_turn()


@pytest.mark.parametrize(
    ("verb", "status"), [("return_to_assistant", Status.PENDING), ("resolve", Status.RESOLVED)]
)
def test_the_owner_gives_it_back_or_resolves(
    frontdesk: Frontdesk, waiting: Conversation, agent: Agent, verb: str, status: Status
) -> None:
    frontdesk.desk.claim(waiting.id, agent.id)
    getattr(frontdesk.desk, verb)(waiting.id, agent.id)
    conversation = frontdesk.conversations.get(waiting.id)
    assert (conversation.status, conversation.assignee_id) == (status, None)
    frontdesk.conversations.receive(waiting.id, waiting.contact_id, "one more thing", None)
    assert frontdesk.assistant.take_turn()


def test_it_can_be_handed_over_again_after_a_return(
    frontdesk: Frontdesk, waiting: Conversation, agent: Agent
) -> None:
    frontdesk.desk.claim(waiting.id, agent.id)
    frontdesk.desk.return_to_assistant(waiting.id, agent.id)
    again = frontdesk.desk.request(waiting.id, waiting.contact_id)
    assert again.status == Status.OPEN
    frontdesk.desk.claim(waiting.id, agent.id)


def test_what_was_written_before_the_return_is_answered_after_it(
    frontdesk: Frontdesk, waiting: Conversation, agent: Agent
) -> None:
    frontdesk.desk.claim(waiting.id, agent.id)
    frontdesk.desk.reply(waiting.id, agent.id, "anything else?", None)
    frontdesk.conversations.receive(waiting.id, waiting.contact_id, "我要找人工", None)
    frontdesk.desk.return_to_assistant(waiting.id, agent.id)
    assert frontdesk.assistant.take_turn()
    assert frontdesk.conversations.get(waiting.id).status == Status.OPEN


def test_a_conversation_is_not_closed_over_a_message_nobody_has_seen(
    frontdesk: Frontdesk, waiting: Conversation, agent: Agent
) -> None:
    frontdesk.desk.claim(waiting.id, agent.id)
    frontdesk.desk.reply(waiting.id, agent.id, "done", None)
    seen = frontdesk.conversations.get(waiting.id).last_sequence
    frontdesk.conversations.receive(waiting.id, waiting.contact_id, "wait, the wrong item!", None)
    with pytest.raises(Conflict):
        frontdesk.desk.resolve(waiting.id, agent.id, seen)
    frontdesk.desk.resolve(waiting.id, agent.id, seen + 1)


def test_who_leaves_leaves_their_conversations_to_the_others(
    frontdesk: Frontdesk, waiting: Conversation, agent: Agent, admin: Agent
) -> None:
    other = frontdesk.agents.create("zoe@shop.example", "Zoe", Role.AGENT, PASSWORD)
    frontdesk.desk.claim(waiting.id, agent.id)
    with pytest.raises(Conflict):
        frontdesk.desk.claim(waiting.id, other.id)
    frontdesk.agents.change(agent.id, active=False)
    (item,) = frontdesk.desk.list(other.id, View.QUEUE, 10)
    assert item.assignee is None
    frontdesk.desk.claim(waiting.id, other.id)
    frontdesk.desk.claim(waiting.id, admin.id)
    frontdesk.desk.reply(waiting.id, admin.id, "I have it now", None)


def test_random_moves_never_break_the_invariants(frontdesk: Frontdesk, agent: Agent, admin: Agent) -> None:
    """Two agents, a contact and the assistant act at once; the database would refuse a second owner."""
    conversation = frontdesk.conversations.open("web", None, None)
    key = (conversation.id, conversation.contact_id)

    def moves(number: int) -> None:
        verbs = [
            lambda: frontdesk.conversations.receive(*key, f"question {number}", f"{number}"),
            lambda: frontdesk.desk.request(*key),
            frontdesk.assistant.take_turn,
        ]
        for who in (agent, admin):
            verbs += [
                lambda who=who: frontdesk.desk.claim(conversation.id, who.id),
                lambda who=who: frontdesk.desk.reply(conversation.id, who.id, f"reply {number}", None),
                lambda who=who: frontdesk.desk.return_to_assistant(conversation.id, who.id),
                lambda who=who: frontdesk.desk.resolve(conversation.id, who.id),
            ]
        for step in range(len(verbs)):
            try:
                verbs[(number * 7 + step * 5) % len(verbs)]()
            except DomainError:
                continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(moves, range(24)))
    messages = frontdesk.conversations.messages(conversation.id)
    assert [m.sequence for m in messages] == list(range(1, len(messages) + 1))
    questions = [m.text for m in messages if m.sender == Sender.CONTACT]
    assert sorted(questions) == sorted(f"question {n}" for n in range(24))
