"""Agents at the desk: a queue, one owner, replies, and how the assistant decided."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from frontdesk.agents import Role
from frontdesk.bootstrap import Frontdesk
from tests.api.conftest import employ
from tests.api.people import Agent, Contact, refused
from tests.conftest import bearer

KNOWN = "你们的退货政策是怎么样的？"


@pytest.fixture
def waiting(contact: Contact) -> Contact:
    """Somebody who waits for a person."""
    contact.ask_for_person().raise_for_status()
    return contact


class TestQueue:
    def test_who_waits_longest_comes_first(self, api: httpx.Client, li: Agent) -> None:
        contacts = [Contact(api) for _ in range(3)]
        for contact in reversed(contacts):
            contact.ask_for_person()
        contacts[2].say("I am still here")
        assert li.listed("queue") == [contact.conversation_id for contact in reversed(contacts)]

    def test_a_conversation_moves_from_the_queue_to_its_owner(
        self, waiting: Contact, li: Agent, boss: Agent
    ) -> None:
        assert li.get("/desk/conversations")["counts"] == {"queue": 1, "mine": 0}
        li.claim(waiting.conversation_id).raise_for_status()
        assert li.get("/desk/conversations")["counts"] == {"queue": 0, "mine": 1}
        assert boss.get("/desk/conversations")["counts"] == {"queue": 0, "mine": 0}
        assert (li.listed("queue"), li.listed("mine")) == ([], [waiting.conversation_id])

    def test_all_shows_what_the_assistant_has_too_but_nothing_empty(
        self, api: httpx.Client, contact: Contact, li: Agent
    ) -> None:
        Contact(api)
        contact.say("Hello")
        assert li.listed("all") == [contact.conversation_id]

    def test_a_line_says_who_why_and_what_was_said_last(self, waiting: Contact, li: Agent) -> None:
        waiting.say("It is about my order")
        (line,) = li.get("/desk/conversations")["conversations"]
        assert line["handoff"]["reason"] == "asked"
        assert line["handoff"]["claimed_at"] is None
        assert line["assignee"] is None
        assert line["contact"]["label"] == f"#{line['contact']['id'][:6].upper()}"
        assert line["last_message"]["text"] == "It is about my order"
        assert line["last_message"]["sender"] == "contact"


class TestClaiming:
    def test_of_ten_agents_one_gets_the_conversation(
        self, frontdesk: Frontdesk, api: httpx.Client, waiting: Contact
    ) -> None:
        agents = []
        for number in range(10):
            account = employ(frontdesk, f"agent{number}@shop.example", f"Agent {number}", Role.AGENT)
            agents.append(Agent(api, account.email))
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda agent: agent.claim(waiting.conversation_id), agents))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
        (owner,) = (agent for agent, answer in zip(agents, answers, strict=True) if answer.is_success)
        assert owner.conversation(waiting.conversation_id)["conversation"]["assignee"]["id"] == owner.id
        assert {refused(answer) for answer in answers if answer.is_error} == {"claimed_by_other"}

    def test_claiming_again_changes_nothing(self, waiting: Contact, li: Agent) -> None:
        first, second = (li.claim(waiting.conversation_id).json()["conversation"] for _ in range(2))
        assert first == second
        assert first["assignee"] == {"id": li.id, "name": "Li Ming"}

    def test_what_the_assistant_has_can_not_be_claimed(self, contact: Contact, li: Agent) -> None:
        assert refused(li.claim(contact.conversation_id), 409) == "not_in_queue"


class TestReplying:
    def test_only_the_owner_replies_returns_or_resolves(self, waiting: Contact, li: Agent, boss: Agent) -> None:
        path = f"/desk/conversations/{waiting.conversation_id}"
        for claimed in (False, True):
            if claimed:
                li.claim(waiting.conversation_id)
            assert refused(boss.reply(waiting.conversation_id, "Good day"), 403) == "not_owner"
            assert refused(boss.post(f"{path}/return"), 403) == "not_owner"
            assert refused(boss.post(f"{path}/resolve"), 403) == "not_owner"
        assert waiting.texts("agent") == []

    def test_the_contact_reads_who_writes(self, waiting: Contact, li: Agent) -> None:
        li.claim(waiting.conversation_id)
        assert li.reply(waiting.conversation_id, "Good day").status_code == 202
        message = waiting.messages()[-1]
        assert (message["sender"], message["agent_name"]) == ("agent", "Li Ming")
        assert (message["text"], message["form"]) == ("Good day", "written")

    def test_the_same_key_sends_once(self, waiting: Contact, li: Agent) -> None:
        li.claim(waiting.conversation_id)
        sent = [li.reply(waiting.conversation_id, "Good day", key="one") for _ in range(2)]
        assert [answer.status_code for answer in sent] == [202, 200]
        assert refused(li.reply(waiting.conversation_id, "Good bye", key="one"), 409) == "key_reused"
        assert waiting.texts("agent") == ["Good day"]


class TestGivingBack:
    @pytest.mark.usefixtures("entries")
    def test_a_returned_conversation_is_the_assistants_again(self, waiting: Contact, li: Agent) -> None:
        li.claim(waiting.conversation_id)
        returned = li.post(f"/desk/conversations/{waiting.conversation_id}/return").json()["conversation"]
        assert (returned["status"], returned["assignee"]) == ("pending", None)
        assert waiting.ask(KNOWN)["form"] == "quoted"

    @pytest.mark.usefixtures("entries")
    def test_a_resolved_conversation_wakes_with_the_next_question(self, waiting: Contact, li: Agent) -> None:
        li.claim(waiting.conversation_id)
        resolved = li.post(f"/desk/conversations/{waiting.conversation_id}/resolve").json()["conversation"]
        assert (resolved["status"], resolved["assignee"]) == ("resolved", None)
        assert waiting.ask(KNOWN)["form"] == "quoted"
        assert waiting.get(waiting.path)["conversation"]["status"] == "pending"


class TestDecisions:
    @pytest.mark.usefixtures("entries")
    def test_an_agent_sees_how_each_answer_was_decided(self, contact: Contact, li: Agent) -> None:
        reply = contact.ask(KNOWN)
        notice = contact.ask("我要找人工")
        thread = li.conversation(contact.conversation_id)
        answered, handed_over = thread["decisions"]
        assert [m["sender"] for m in thread["messages"]] == ["contact", "assistant"] * 2
        assert (answered["message_id"], answered["reply_id"]) == (thread["messages"][0]["id"], reply["id"])
        assert (answered["outcome"], answered["rule"]) == ("answer", "confident")
        assert answered["query"] == KNOWN
        assert answered["confidence"] >= answered["threshold"]
        assert answered["passages"][0]["text"] == reply["citations"][0]["text"]
        assert answered["timings_ms"]["total"] >= 0
        assert (handed_over["outcome"], handed_over["reason"]) == ("handoff", "asked")
        assert handed_over["reply_id"] == notice["id"]

    @pytest.mark.usefixtures("entries")
    def test_a_contact_never_sees_them(self, contact: Contact) -> None:
        contact.ask(KNOWN)
        thread = contact.get(contact.path)
        assert set(thread) == {"conversation", "messages", "survey", "last_event_id"}
        assert not {"confidence", "threshold", "passages"} & set(thread["messages"][-1])

    def test_a_conversation_that_people_have_gets_none(self, waiting: Contact, li: Agent) -> None:
        waiting.say(KNOWN)
        assert li.conversation(waiting.conversation_id)["decisions"] == []


def test_a_stream_ends_with_the_session_that_opened_it(api: httpx.Client, waiting: Contact, li: Agent) -> None:
    path, headers = f"/v1/desk/conversations/{waiting.conversation_id}/events", bearer(li.token)
    with api.stream("GET", path, headers=headers) as events:
        lines = events.iter_lines()
        assert any(line == "event: status" for line in lines)
        li.send("DELETE", "/sessions/current").raise_for_status()
        waiting.say("This is for the staff alone")
        assert not [line for line in lines if "staff alone" in line]
