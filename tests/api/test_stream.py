"""Following a conversation: every event once and in order, whenever the line breaks."""

import random
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import httpx
import pytest

from tests.api.following import Event, Window
from tests.api.people import Agent, Contact, error_of
from tests.conftest import bearer, free_ports
from tests.model_server import Script
from tests.waiting import wait_for

KNOWN = "What is your return policy?"

pytestmark = pytest.mark.usefixtures("entries")


class Dictation:
    """The reply of a model that writes only what it is told, when it is told."""

    def __init__(self, script: Script) -> None:
        self._pieces: SimpleQueue[str | None] = SimpleQueue()
        self._script = script
        self.said = ""
        script.reply = self

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces.get, None)

    def say(self, text: str) -> None:
        self.said += text
        self._pieces.put(text)

    def finish(self) -> None:
        self._pieces.put(None)

    def wait_until_asked(self) -> None:
        wait_for(lambda: self._script.asked, what="the question to the model")


@pytest.fixture
def dictation(model: tuple[str, Script]) -> Iterator[Dictation]:
    """What the model writes; it says no more when the test is over."""
    dictation = Dictation(model[1])
    yield dictation
    dictation.finish()


@pytest.fixture
def writer(serve: Callable[..., httpx.Client], model: tuple[str, Script], dictation: Dictation) -> httpx.Client:
    """The api with that model behind it."""
    return serve(llm_url=model[0])


def show(window: Window, events: Iterator[Event], until: Callable[[], bool]) -> None:
    """Take in events until the window shows what is wanted."""
    while not until():
        window.show(next(events))


class TestFollowing:
    def test_messages_come_in_order_and_a_handoff_is_told(self, contact: Contact) -> None:
        contact.say("你们公司的股票代码是多少？")
        window = Window()
        with contact.following() as events:
            show(window, iter(events), lambda: window.status == "open")
        assert [m["sender"] for m in window.messages] == ["contact", "assistant"]
        assert window.messages == contact.messages()

    def test_an_answer_reaches_who_was_there_before_the_question(self, contact: Contact) -> None:
        with contact.following() as events:
            contact.say(KNOWN)
            assert events.next().body["message"]["text"] == KNOWN
            assert events.next().body["message"]["form"] == "quoted"

    def test_the_reply_appears_up_to_a_citation_at_a_time_while_it_is_written(
        self, writer: httpx.Client, dictation: Dictation
    ) -> None:
        contact = Contact(writer)
        contact.say(KNOWN)
        with contact.following() as events:
            assert events.next().name == "message"
            for piece in ("You can return it [1].", " It takes 7 days [1]."):
                dictation.say(piece[:9])
                dictation.say(piece[9:])
                assert events.next("delta").body["text"] == piece
            dictation.finish()
            assert events.next().body["message"]["text"] == "You can return it [1]. It takes 7 days [1]."

    def test_a_contact_who_goes_away_still_gets_the_answer(
        self, writer: httpx.Client, dictation: Dictation
    ) -> None:
        contact = Contact(writer)
        contact.say(KNOWN)
        with contact.following() as events:
            dictation.say("You can return it [1].")
            events.next("delta")
        dictation.say(" Within 7 days [1].")
        dictation.finish()
        assert wait_for(lambda: contact.texts("assistant")) == ["You can return it [1]. Within 7 days [1]."]

    def test_what_the_source_does_not_say_is_never_seen(self, writer: httpx.Client, dictation: Dictation) -> None:
        contact = Contact(writer)
        contact.say(KNOWN)
        with contact.following() as events:
            assert events.next().name == "message"
            dictation.say("You can return it [1]. Get a full refund")
            assert events.next("delta").body["text"] == "You can return it [1]."
            dictation.say(" within 99 days [1]. ")
            dictation.finish()
            assert events.next().body["message"]["text"] == "You can return it within 7 days. [1]"

    def test_an_agents_reply_is_seen_within_a_second(self, contact: Contact, li: Agent) -> None:
        contact.ask_for_person()
        li.claim(contact.conversation_id)
        with contact.following(contact.get(contact.path)["last_event_id"]) as events:
            began = time.monotonic()
            li.reply(contact.conversation_id, "Good day, this is Li Ming.")
            message = events.next().body["message"]
            assert time.monotonic() - began < 1
        assert (message["sender"], message["agent_name"]) == ("agent", "Li Ming")

    def test_a_contact_sees_who_takes_over_and_when_it_is_settled(self, contact: Contact, li: Agent) -> None:
        contact.ask_for_person()
        li.claim(contact.conversation_id)
        li.post(f"/desk/conversations/{contact.conversation_id}/resolve")
        with contact.following() as events:
            told = [events.next("status").body for _ in range(3)]
        assert [(one["status"], one["agent"]) for one in told] == [
            ("open", None),
            ("open", {"name": "Li Ming"}),
            ("resolved", None),
        ]

    def test_an_agent_follows_the_same_events(self, contact: Contact, li: Agent) -> None:
        contact.ask(KNOWN)
        with contact.following() as seen, li.following(contact.conversation_id) as watched:
            assert [seen.next(), seen.next()] == [watched.next(), watched.next()]


class TestReconnecting:
    def test_in_the_middle_of_a_draft_it_goes_on_at_the_next_character(
        self, writer: httpx.Client, dictation: Dictation
    ) -> None:
        contact = Contact(writer)
        contact.say(KNOWN)
        window = Window()
        dictation.say("You can return it [1].")
        with contact.following() as events:
            show(window, iter(events), lambda: window.draft == dictation.said)
        dictation.say(" Within 7 days [1].")
        with contact.following(window.last_event_id) as events:
            show(window, iter(events), lambda: window.draft == dictation.said)
            dictation.finish()
            show(window, iter(events), lambda: len(window.messages) == 2)
        assert window.texts == [KNOWN, "You can return it [1]. Within 7 days [1]."]

    def test_from_within_a_piece_the_rest_of_it_comes(self, writer: httpx.Client, dictation: Dictation) -> None:
        contact = Contact(writer)
        contact.say(KNOWN)
        dictation.say("You can return it [1].")
        with contact.following() as events:
            draft = events.next("delta").body["draft"]
        with contact.following(f"1:{draft}:8") as events:
            assert events.next().body == {"draft": draft, "offset": 8, "text": "return it [1]."}

    def test_after_the_reply_was_stored_its_message_replaces_the_draft(
        self, writer: httpx.Client, dictation: Dictation
    ) -> None:
        contact = Contact(writer)
        contact.say(KNOWN)
        dictation.say("Yes [1].")
        window = Window()
        with contact.following() as events:
            show(window, iter(events), lambda: window.draft == "Yes [1].")
        dictation.finish()
        wait_for(lambda: contact.texts("assistant"))
        with contact.following(window.last_event_id) as events:
            window.show(events.next())
        assert window.texts == [KNOWN, "Yes [1]."]
        assert window.draft == ""

    @pytest.mark.parametrize("seed", range(2))
    def test_wherever_the_line_breaks_nothing_is_lost_or_repeated(
        self, writer: httpx.Client, dictation: Dictation, seed: int
    ) -> None:
        chance = random.Random(seed)
        contact = Contact(writer)
        contact.say(KNOWN)
        window = Window()
        for _ in range(30):
            with contact.following(window.last_event_id) as events:
                for _ in range(chance.randrange(4)):
                    words = "".join(chance.choices("ab 🙂", k=chance.randrange(1, 9)))
                    dictation.say(f"{' ' * bool(dictation.said)}a{words}b [1].")
                enough = chance.randint(len(window.draft), len(dictation.said))
                while len(window.draft) < enough:
                    window.show(events.next())
            assert dictation.said.startswith(window.draft)
        dictation.say(" Yes [1].")
        dictation.finish()
        with contact.following(window.last_event_id) as events:
            show(window, iter(events), lambda: len(window.messages) == 2)
        assert window.messages == contact.messages()

    def test_after_any_event_those_that_follow_come_again(self, contact: Contact, li: Agent) -> None:
        contact.ask(KNOWN)
        contact.ask_for_person()
        li.claim(contact.conversation_id)
        li.reply(contact.conversation_id, "Good day")
        last = int(contact.get(contact.path)["last_event_id"])
        for seen in range(last):
            with contact.following(str(seen)) as events:
                told = [events.next().id for _ in range(last - seen)]
            assert told == [str(number) for number in range(seen + 1, last + 1)]

    def test_the_position_can_stand_in_the_address(self, contact: Contact) -> None:
        contact.ask(KNOWN)
        path, headers = f"/v1{contact.path}/events", bearer(contact.token)
        with contact.api.stream("GET", path, headers=headers, params={"last_event_id": "1"}) as response:
            lines = response.iter_lines()
            assert next(line for line in lines if line.startswith("id:")) == "id: 2"

    def test_a_position_that_is_none_is_refused(self, contact: Contact) -> None:
        path, headers = f"/v1{contact.path}/events", bearer(contact.token)
        for position in ("x", "-1", "1:draft:x", "9" * 40, "1:d:-5", "1:a b:1", "1:d\nid: 7:1", "١"):
            with contact.api.stream("GET", path, headers=headers, params={"last_event_id": position}) as refused:
                assert refused.status_code == 422, position
                refused.read()
                assert error_of(refused)["code"] == "event_id_invalid"


class TestDraftsThatCameToNothing:
    def test_a_draft_ends_when_a_person_takes_over(self, writer: httpx.Client, dictation: Dictation) -> None:
        contact = Contact(writer)
        contact.say(KNOWN)
        dictation.say("You can return it [1].")
        with contact.following() as events:
            events.next("delta")
            contact.ask_for_person()
            assert events.next().body["message"]["handoff_reason"] == "asked"
            dictation.say(" Within 7 days [1].")
            dictation.finish()
            assert events.next().name == "status"
            contact.say("Thank you")
            assert events.next().body["message"]["text"] == "Thank you"

    def test_it_does_not_come_back_to_a_window_opened_later(
        self, writer: httpx.Client, dictation: Dictation
    ) -> None:
        contact = Contact(writer)
        contact.say(KNOWN)
        dictation.say("You can return it [1].")
        with contact.following() as events:
            events.next("delta")
        contact.ask_for_person()
        with contact.following() as events:
            contact.say("Thank you")
            told = [events.next() for _ in range(4)]
        assert [event.name for event in told] == ["message", "message", "status", "message"]

    def test_no_draft_begins_once_people_have_the_conversation(
        self, writer: httpx.Client, dictation: Dictation
    ) -> None:
        contact = Contact(writer)
        contact.say(KNOWN)
        dictation.wait_until_asked()
        contact.ask_for_person()
        with contact.following() as events:
            assert [events.next().name for _ in range(3)] == ["message", "message", "status"]
            dictation.say("You can return it [1].")
            dictation.finish()
            contact.say("Thank you")
            assert events.next().body["message"]["text"] == "Thank you"


def test_without_redis_messages_arrive_all_the_same(serve: Callable[..., httpx.Client]) -> None:
    contact = Contact(serve(redis_url=f"redis://127.0.0.1:{free_ports(1)[0]}"))
    with contact.following() as events:
        contact.say(KNOWN)
        assert [events.next().body["message"]["sender"] for _ in range(2)] == ["contact", "assistant"]
