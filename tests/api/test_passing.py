"""Waiting, calling back, putting off, passing on, and notes, over HTTP; what is the staff's stays the staff's."""

from datetime import timedelta

import httpx
import pytest

from frontdesk.database import now
from tests.api.people import Agent, Contact, refused

SECRET = "suspects a fraud"


@pytest.fixture
def waiting(contact: Contact) -> Contact:
    """Somebody who waits for a person."""
    contact.ask_for_person().raise_for_status()
    return contact


def desk(contact: Contact) -> str:
    return f"/desk/conversations/{contact.conversation_id}"


def test_a_contact_sees_where_they_stand(api: httpx.Client, waiting: Contact, li: Agent) -> None:
    second = Contact(api)
    assert second.get(f"{second.path}/queue") == {
        "position": None,
        "wait_seconds": None,
        "open": True,
        "opens_at": None,
        "has_left_word": False,
    }
    second.ask_for_person()
    assert second.get(f"{second.path}/queue")["position"] == 2
    li.claim(waiting.conversation_id).raise_for_status()
    assert second.get(f"{second.path}/queue")["position"] == 1
    assert refused(second.send("GET", f"{waiting.path}/queue"), 404) == "conversation_not_found"


def test_word_that_a_contact_leaves_is_at_the_desk_until_ticked_off(waiting: Contact, li: Agent) -> None:
    path = f"{waiting.path}/callback"
    assert refused(waiting.send("PUT", path, json={"name": "Ann"}), 422) == "callback_unreachable"
    waiting.send("PUT", path, json={"name": "Ann", "phone": "0571 8888", "wish": "After five"}).raise_for_status()
    assert waiting.get(f"{waiting.path}/queue")["has_left_word"]
    left = li.conversation(waiting.conversation_id)["conversation"]["callback"]
    assert (left["name"], left["phone"], left["wish"], left["done_at"]) == ("Ann", "0571 8888", "After five", None)
    done = li.send("PUT", f"{desk(waiting)}/callback", json={"done": True}).json()["conversation"]
    assert done["callback"]["done_at"]


def test_a_note_is_the_staffs_alone(api: httpx.Client, waiting: Contact, li: Agent, boss: Agent) -> None:
    li.post(f"{desk(waiting)}/notes", {"text": SECRET}).raise_for_status()
    li.claim(waiting.conversation_id).raise_for_status()
    to_boss = {"to": {"kind": "agent", "id": boss.id}, "note": SECRET}
    li.post(f"{desk(waiting)}/transfer", to_boss).raise_for_status()
    boss.reply(waiting.conversation_id, "Good day").raise_for_status()
    thread = boss.conversation(waiting.conversation_id)
    assert [(note["agent_name"], note["text"]) for note in thread["notes"]] == [("Li Ming", SECRET)] * 2
    assert [change["activity"] for change in thread["changes"]] == ["handed_over", "claimed", "transferred"]
    seen = [waiting.send("GET", place).text for place in (waiting.path, "/conversations", f"{waiting.path}/queue")]
    with waiting.following("0") as stream:
        for event in stream:
            seen.append(str(event.body))
            if "Good day" in seen[-1]:
                break
    assert not [text for text in seen if SECRET in text]
    assert [m["sequence"] for m in waiting.messages()] == sorted(m["sequence"] for m in waiting.messages())


def test_a_contact_does_not_see_that_they_are_put_off(waiting: Contact, li: Agent) -> None:
    li.claim(waiting.conversation_id).raise_for_status()
    until = (now() + timedelta(hours=2)).isoformat()
    put_off = li.send("PUT", f"{desk(waiting)}/snooze", json={"until": until}).json()["conversation"]
    assert (put_off["status"], bool(put_off["snoozed_until"])) == ("snoozed", True)
    assert waiting.get(waiting.path)["conversation"]["status"] == "open"
    too_late = {"until": "2100-01-01T00:00:00Z"}
    assert refused(li.send("PUT", f"{desk(waiting)}/snooze", json=too_late), 422) == "snooze_until"
    waiting.say("I am back").raise_for_status()
    back = li.conversation(waiting.conversation_id)["conversation"]
    assert (back["status"], back["unread"]) == ("open", 1)
    li.send("PUT", f"{desk(waiting)}/read", json={"to": 2**31 - 1}).raise_for_status()
    assert li.conversation(waiting.conversation_id)["conversation"]["unread"] == 0


def test_earlier_conversations_of_the_contact_are_at_hand(api: httpx.Client, waiting: Contact, li: Agent) -> None:
    again = Contact(api, waiting.token)
    again.say("Hello again").raise_for_status()
    (earlier,) = li.conversation(again.conversation_id)["earlier"]
    assert (earlier["id"], earlier["handoff"]["reason"]) == (waiting.conversation_id, "asked")


def test_whom_it_can_be_passed_on_to(li: Agent, boss: Agent) -> None:
    found = li.get("/desk/destinations")
    assert found["teams"] == []
    assert {agent["id"] for agent in found["agents"]} == {li.id, boss.id}
