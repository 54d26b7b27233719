"""Who looks at a conversation and who is writing in it, told while it is so and kept nowhere."""

import itertools
import json
import uuid

import httpx
import pytest
from sqlalchemy import text

from frontdesk.bootstrap import Frontdesk
from frontdesk.events import Doing, Listeners, Sign
from frontdesk.handoffs.signs import LOOKING_SECONDS
from frontdesk.settings import Settings
from services.api.rates import TYPING_PER_MINUTE
from services.api.stream import Position, State, follow
from tests.api.people import Agent, Contact, refused
from tests.loops import run
from tests.waiting import wait_for


@pytest.fixture
def claimed(contact: Contact, li: Agent) -> Contact:
    """Somebody with whom Li Ming talks."""
    contact.ask_for_person().raise_for_status()
    li.claim(contact.conversation_id).raise_for_status()
    return contact


def open_it(agent: Agent, contact: Contact, *, writing: bool = False) -> None:
    path = f"/desk/conversations/{contact.conversation_id}/presence"
    agent.send("PUT", path, json={"writing": writing}).raise_for_status()


def last_event(contact: Contact) -> str:
    return str(contact.get(contact.path)["last_event_id"])


class TestColleagues:
    def test_one_sees_who_comes_and_who_was_there_before(self, claimed: Contact, li: Agent, boss: Agent) -> None:
        last = last_event(claimed)
        open_it(li, claimed, writing=True)
        with boss.following(claimed.conversation_id, last) as watched:
            there = watched.next()
            assert (there.name, there.body["doing"]) == ("presence", "writing")
            assert there.body["agent"] == {"id": li.id, "name": "Li Ming"}
            assert 0 < there.body["seconds"] <= 6
            open_it(boss, claimed)
            came = watched.next()
        assert (came.body["agent"]["name"], came.body["doing"]) == ("Wang Fang", "looking")

    def test_who_does_not_own_it_only_looks(self, claimed: Contact, li: Agent, boss: Agent) -> None:
        with li.following(claimed.conversation_id, last_event(claimed)) as watched:
            open_it(boss, claimed, writing=True)
            assert watched.next().body["doing"] == "looking"

    def test_a_sign_is_no_place_to_come_back_to(self, claimed: Contact, li: Agent, boss: Agent) -> None:
        last = last_event(claimed)
        with li.following(claimed.conversation_id, last) as watched:
            open_it(boss, claimed)
            assert watched.next().id == last
            claimed.say("Are you there?")
            assert watched.next().id == str(int(last) + 1)

    def test_a_sign_that_is_given_just_as_somebody_comes_is_told_once(
        self, frontdesk: Frontdesk, settings: Settings
    ) -> None:
        def load(_: int) -> State:
            return State([], {}, None, {})

        async def told() -> list[str]:
            listeners, conversation_id = Listeners(settings.redis_url), uuid.uuid4()
            async with listeners.listen(conversation_id) as heard:
                listeners.start()
                await heard.get()
                stream = follow(listeners, conversation_id, Position(), load)
                await anext(stream)
                # What is kept is not read yet, and what is told has come.
                for name in ("Li Ming", "Wang Fang"):
                    frontdesk.events.sign(conversation_id, Sign(name, name, Doing.LOOKING, LOOKING_SECONDS))
                    await heard.get()
                events = [await anext(stream) for _ in range(2)]
                frontdesk.events.sign(conversation_id, Sign("Chen", "Chen", Doing.LOOKING, LOOKING_SECONDS))
                events.append(await anext(stream))
                await stream.aclose()
            await listeners.stop()
            return [json.loads(event.partition("data: ")[2])["agent"]["name"] for event in events]

        assert run(told()) == ["Li Ming", "Wang Fang", "Chen"]


class TestTheOtherSide:
    def test_the_contact_sees_that_their_agent_writes(self, claimed: Contact, li: Agent, boss: Agent) -> None:
        with claimed.following(last_event(claimed)) as seen:
            open_it(li, claimed)
            open_it(boss, claimed, writing=True)
            open_it(li, claimed, writing=True)
            event = seen.next()
        assert (event.name, event.body) == ("typing", {"agent": {"name": "Li Ming"}, "seconds": 6.0})

    def test_the_agent_sees_that_the_contact_writes(self, claimed: Contact, li: Agent) -> None:
        with li.following(claimed.conversation_id, last_event(claimed)) as watched:
            assert claimed.post(f"{claimed.path}/typing").status_code == 204
            event = watched.next()
        assert (event.body["agent"], event.body["doing"]) == (None, "writing")

    def test_what_the_assistant_has_is_nobodys_to_see(self, contact: Contact, li: Agent) -> None:
        with li.following(contact.conversation_id, last_event(contact)) as watched:
            contact.post(f"{contact.path}/typing").raise_for_status()
            contact.ask_for_person()
            assert watched.next().name == "message"

    def test_nobody_writes_in_anothers_conversation(self, api: httpx.Client, claimed: Contact) -> None:
        assert refused(Contact(api).post(f"{claimed.path}/typing"), 404) == "conversation_not_found"


def test_nothing_of_it_is_stored(claimed: Contact, li: Agent, frontdesk: Frontdesk) -> None:
    def stored() -> list[object]:
        with frontdesk.engine.connect() as connection:
            return [
                connection.execute(text(f"SELECT count(*), max(xmin::text::bigint) FROM {table}")).one()  # noqa: S608
                for table in ("conversations", "messages", "handoffs")
            ]

    before = stored()
    claimed.post(f"{claimed.path}/typing").raise_for_status()
    open_it(li, claimed, writing=True)
    assert stored() == before


def test_who_tells_too_often_is_not_heard(claimed: Contact) -> None:
    def told() -> int:
        return claimed.post(f"{claimed.path}/typing").status_code

    codes = [told() for _ in range(TYPING_PER_MINUTE + 1)]
    assert codes[:TYPING_PER_MINUTE] == [204] * TYPING_PER_MINUTE
    assert codes[-1] == 429


def test_a_sign_is_over_after_its_seconds(claimed: Contact, li: Agent, boss: Agent) -> None:
    open_it(li, claimed, writing=True)

    def there() -> set[str]:
        """Whose signs somebody is told who comes now."""
        with boss.following(claimed.conversation_id, last_event(claimed)) as watched:
            open_it(boss, claimed)
            told = iter(watched)
            # What is told anew holds as long as it can; what held before, for a part of that.
            before = itertools.takewhile(lambda event: event.body["seconds"] != LOOKING_SECONDS, told)
            return {event.body["agent"]["id"] for event in before}

    assert there() == {li.id}
    wait_for(lambda: there() == {boss.id}, 10, "the end of the sign")
