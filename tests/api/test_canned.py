"""Canned responses and the assistant's help over HTTP."""

import pytest

from tests.api.operations import CANNED
from tests.api.people import Agent, Contact, Json, refused


@pytest.fixture
def written(boss: Agent) -> Json:
    """A canned response of the administrator."""
    answer = boss.post("/canned-responses", CANNED)
    assert answer.status_code == 201
    return answer.json()["canned_response"]


def test_it_is_as_it_was_written_and_says_by_whom(written: Json, boss: Agent) -> None:
    assert {name: written[name] for name in CANNED} == CANNED
    assert (written["revision"], written["changed_by"]) == (1, "Wang Fang")
    assert boss.get("/canned-responses") == {"canned_responses": [written]}


def test_a_change_from_an_old_page_is_refused(written: Json, boss: Agent) -> None:
    path, seen = f"/canned-responses/{written['id']}", {"revision": 1}
    changed = boss.send("PUT", path, json=CANNED | seen | {"text": "Soon."}).raise_for_status().json()
    assert (changed["canned_response"]["text"], changed["canned_response"]["revision"]) == ("Soon.", 2)
    assert refused(boss.send("PUT", path, json=CANNED | seen), 409) == "canned_changed"
    assert boss.send("DELETE", path).status_code == 204
    assert refused(boss.send("DELETE", path), 404) == "canned_not_found"


def test_an_unknown_variable_is_named(boss: Agent) -> None:
    answer = boss.post("/canned-responses", CANNED | {"text": "Dear {customer}"})
    assert refused(answer, 422) == "canned_variable_unknown"
    assert answer.json()["error"]["details"] == [{"variable": "customer"}]
    assert "{contact}" in answer.json()["error"]["message"]


def test_an_agent_gets_it_filled_in(written: Json, contact: Contact, li: Agent) -> None:
    contact.ask_for_person().raise_for_status()
    path = f"/desk/conversations/{contact.conversation_id}/canned-responses"
    (ready,) = li.get(path)["responses"]
    assert ready["text"].startswith("Hello ____, Li Ming of Support here: your refund for #")
    assert (ready["id"], ready["blanks"]) == (written["id"], 1)
    assert li.get(path, params={"query": "REF"})["responses"] == [ready]
    assert li.get(path, params={"query": "invoice"})["responses"] == []


@pytest.mark.usefixtures("entries")
def test_suggestions_and_a_summary(contact: Contact, li: Agent) -> None:
    contact.ask("What is your return policy?")
    contact.ask("I want to talk to a human")
    path = f"/desk/conversations/{contact.conversation_id}"
    suggested = li.get(f"{path}/suggestions")
    best = suggested["suggestions"][0]
    assert best["text"] == "You can return it within 7 days."
    assert best["source"]["title"] == "What is your return policy?"
    assert best["confidence"] >= suggested["threshold"]
    assert li.get(f"{path}/summary") == {"summary": None}
    contact.say("The lid of my new kettle has a crack, what now?")
    summary = li.get(f"{path}/summary", params={"language": "en"})["summary"]
    assert summary == {
        "wants": "The lid of my new kettle has a crack, what now?",
        "told": "You can return it within 7 days.",
        "words": None,
        "being_written": False,
    }
