"""A contact asks, gets a sourced answer, comes back, rates it, wants a person."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api.people import Agent, Contact, error_of
from tests.model_server import Script
from tests.waiting import wait_for

KNOWN = "你们的退货政策是怎么样的？"

with_entries = pytest.mark.usefixtures("entries")


class TestAsking:
    @with_entries
    def test_a_known_question_is_answered_in_the_words_of_its_source(self, contact: Contact) -> None:
        reply = contact.ask(KNOWN)
        (citation,) = reply["citations"]
        assert reply["form"] == "quoted"
        assert reply["text"] == f"{citation['text']} [1]"
        assert citation["number"] == 1
        assert citation["title"] == KNOWN
        assert "7天内" in citation["text"]
        assert citation["entry_id"]

    def test_an_unknown_question_is_handed_to_a_person(self, contact: Contact) -> None:
        notice = contact.ask("你们公司的股票代码是多少？")
        assert notice["form"] == "notice"
        assert notice["handoff_reason"] == "not_found"
        assert contact.get(contact.path)["conversation"]["status"] == "open"

    @with_entries
    def test_a_question_asked_while_a_reply_is_written_is_answered_next(
        self, serve: Callable[..., httpx.Client], model: tuple[str, Script]
    ) -> None:
        url, script = model
        script.gate.clear()
        contact = Contact(serve(llm_url=url))
        contact.say(KNOWN)
        script.streaming.wait(10)
        contact.say("请问你们海南能发货吗？")
        script.gate.set()
        wait_for(lambda: not contact.get(contact.path)["conversation"]["awaiting_reply"])
        assert [m["sender"] for m in contact.messages()] == ["contact", "contact", "assistant", "assistant"]

    def test_the_conversation_says_whether_a_reply_is_on_its_way(self, contact: Contact) -> None:
        contact.say("Something unknown")
        wait_for(lambda: not contact.get(contact.path)["conversation"]["awaiting_reply"])
        assert contact.messages()[-1]["sender"] == "assistant"


class TestOpening:
    def test_a_later_visit_sees_the_earlier_conversations(self, api: httpx.Client) -> None:
        first = Contact(api)
        first.say("Hello")
        later = Contact(api, token=first.token)
        ids = [c["id"] for c in later.get("/conversations")["conversations"]]
        assert ids == [later.conversation_id, first.conversation_id]
        assert later.get(first.path)["messages"][0]["text"] == "Hello"

    def test_the_language_can_be_chosen_and_follows_what_is_written(self, api: httpx.Client) -> None:
        contact = Contact(api, language="en")
        assert contact.get(contact.path)["conversation"]["language"] == "en"
        contact.say("退货")
        assert contact.get(contact.path)["conversation"]["language"] == "zh"

    def test_opening_needs_no_body(self, api: httpx.Client, frontdesk: object) -> None:
        assert api.post("/v1/conversations").status_code == 201

    def test_the_inbox_greets_whoever_comes_in_both_languages(self, boss: Agent) -> None:
        told = boss.api.get("/v1/inbox").json()
        assert set(told["greeting"]) == set(told["name"]) == {"zh", "en"}
        told["greeting"] = {"zh": "欢迎光临", "en": "Welcome"}
        boss.send("PUT", "/inbox", json=told).raise_for_status()
        assert boss.api.get("/v1/inbox").json() == told


class TestIdempotency:
    @with_entries
    def test_the_same_key_stores_and_answers_once(self, contact: Contact) -> None:
        first, second = contact.say(KNOWN, key="one"), contact.say(KNOWN, key="one")
        assert (first.status_code, second.status_code) == (202, 200)
        assert first.json() == second.json()
        wait_for(lambda: contact.texts("assistant"))
        assert contact.say(KNOWN, key="one").json() == first.json()
        assert [m["sender"] for m in contact.messages()] == ["contact", "assistant"]

    def test_a_key_is_not_used_for_another_text(self, contact: Contact) -> None:
        contact.say("Hello", key="one")
        refused = contact.say("Good bye", key="one")
        assert refused.status_code == 409
        assert error_of(refused)["code"] == "key_reused"

    def test_a_key_belongs_to_one_conversation(self, api: httpx.Client) -> None:
        assert [Contact(api).say("Hello", key="one").status_code for _ in range(2)] == [202, 202]

    @with_entries
    def test_twenty_posts_of_one_key_at_once_are_one_message(self, contact: Contact) -> None:
        with ThreadPoolExecutor(20) as pool:
            posts = list(pool.map(lambda _: contact.say(KNOWN, key="one"), range(20)))
        assert sorted(post.status_code for post in posts) == [200] * 19 + [202]
        assert len({post.json()["message"]["id"] for post in posts}) == 1
        wait_for(lambda: not contact.get(contact.path)["conversation"]["awaiting_reply"])
        assert [m["sender"] for m in contact.messages()] == ["contact", "assistant"]


class TestPrivacy:
    def test_a_conversation_of_somebody_else_is_not_there(self, api: httpx.Client, contact: Contact) -> None:
        message = contact.say("My address is ...").json()["message"]["id"]
        stranger, nowhere = Contact(api), f"/conversations/{uuid.uuid4()}"
        for method, path, body in (
            ("GET", "", None),
            ("GET", "/events", None),
            ("POST", "/messages", {"text": "Hello"}),
            ("POST", "/handoff", None),
            ("PUT", f"/messages/{message}/rating", {"value": "up"}),
        ):
            refused = stranger.send(method, contact.path + path, json=body)
            assert refused.status_code == 404
            assert error_of(refused) == error_of(stranger.send(method, nowhere + path, json=body))

    def test_conversations_of_others_are_not_listed(self, api: httpx.Client, contact: Contact) -> None:
        stranger = Contact(api)
        assert [c["id"] for c in stranger.get("/conversations")["conversations"]] == [stranger.conversation_id]

    def test_a_message_of_another_conversation_can_not_be_rated(self, api: httpx.Client, contact: Contact) -> None:
        notice = contact.ask("Something unknown")
        assert Contact(api, token=contact.token).rate(notice["id"], value="up").status_code == 404


class TestRating:
    def test_a_thumb_is_kept_and_can_be_taken_back(self, contact: Contact) -> None:
        reply = contact.ask("Something unknown")
        rated = contact.rate(reply["id"], value="down", reason="That was not my question")
        assert rated.status_code == 200
        assert rated.json()["message"]["rating"] == "down"
        assert contact.messages()[-1]["rating"] == "down"
        assert contact.rate(reply["id"], value=None).json()["message"]["rating"] is None

    def test_own_words_can_not_be_rated(self, contact: Contact) -> None:
        own = contact.say("Hello").json()["message"]
        refused = contact.rate(own["id"], value="up")
        assert refused.status_code == 422
        assert error_of(refused)["code"] == "not_a_reply"


class TestAskingForPerson:
    def test_the_conversation_goes_to_people(self, contact: Contact) -> None:
        answered = contact.ask_for_person()
        assert answered.status_code == 202
        assert answered.json()["conversation"]["status"] == "open"
        (notice,) = contact.messages()
        assert (notice["form"], notice["handoff_reason"]) == ("notice", "asked")

    def test_asking_twice_changes_nothing(self, contact: Contact) -> None:
        assert [contact.ask_for_person().status_code for _ in range(2)] == [202, 202]
        assert len(contact.messages()) == 1

    def test_the_assistant_is_silent_from_then_on(self, contact: Contact) -> None:
        contact.ask_for_person()
        contact.say(KNOWN)
        thread = contact.get(contact.path)
        assert thread["conversation"]["awaiting_reply"] is False
        assert [m["sender"] for m in thread["messages"]] == ["assistant", "contact"]

    @pytest.mark.parametrize("words", ["我要找人工", "Can I talk to a human please?"])
    def test_words_are_enough(self, contact: Contact, words: str) -> None:
        assert contact.ask(words)["handoff_reason"] == "asked"
