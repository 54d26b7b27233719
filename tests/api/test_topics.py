"""Topics and their corrections over HTTP."""

import uuid

import pytest

from frontdesk.bootstrap import Frontdesk
from tests.api.people import Agent, Contact, refused
from tests.triage.lessons import LESSONS


@pytest.fixture
def topics(boss: Agent, frontdesk: Frontdesk) -> dict[str, str]:
    """The shop's topics, learned."""
    made = {}
    for name, lesson in LESSONS.items():
        made[name] = boss.post("/topics", {"name": name, "examples": lesson}).json()["topic"]["id"]
    frontdesk.learning.learn()
    return made


def test_topics_are_made_taught_and_tried(boss: Agent, frontdesk: Frontdesk, topics: dict[str, str]) -> None:
    listed = boss.get("/topics")
    assert [(one["name"], one["examples"]) for one in listed["topics"]] == [
        ("Delivery", 8),
        ("Invoices", 8),
        ("Returns", 8),
    ]
    recognition = listed["recognition"]
    assert (recognition["is_due"], recognition["by_meaning"]) == (False, False)
    assert 0.5 < recognition["right"] <= 1
    tried = boss.post("/topics/try", {"text": "When will my parcel arrive?"}).json()
    assert tried["topic_id"] == tried["chances"][0]["topic_id"] == topics["Delivery"]
    assert tried["chances"][0]["probability"] >= tried["threshold"]
    boss.post(
        f"/topics/{topics['Delivery']}/examples", {"examples": ["Has it left the warehouse?"]}
    ).raise_for_status()
    assert boss.get("/topics")["recognition"]["is_due"]
    (new, *_) = boss.get(f"/topics/{topics['Delivery']}")["examples"]
    assert (new["text"], new["origin"]) == ("Has it left the warehouse?", "written")
    boss.send("DELETE", f"/topics/{topics['Delivery']}/examples/{new['id']}").raise_for_status()
    assert (
        refused(boss.send("DELETE", f"/topics/{topics['Delivery']}/examples/{new['id']}"), 404)
        == "example_not_found"
    )


def test_what_cannot_be_is_refused(boss: Agent, topics: dict[str, str]) -> None:
    assert refused(boss.post("/topics", {"name": "Returns"}), 409) == "topic_name_taken"
    merged = boss.post(f"/topics/{topics['Returns']}/merge", {"into_id": topics["Returns"]})
    assert refused(merged, 422) == "topic_merged_with_itself"
    assert refused(boss.send("PATCH", f"/topics/{uuid.uuid4()}", json={"name": "X"}), 404) == "topic_not_found"


def test_an_agent_corrects_what_a_conversation_is_about(
    li: Agent, contact: Contact, frontdesk: Frontdesk, topics: dict[str, str]
) -> None:
    contact.ask("Where is my parcel?")
    path = f"/desk{contact.path}"
    found = li.get(f"{path}/triage")
    assert (found["topic"]["name"], found["corrected"], found["mood"]) == ("Delivery", False, "calm")
    corrected = li.send("PUT", f"{path}/topic", json={"topic_id": topics["Returns"]}).json()
    assert (corrected["topic"]["name"], corrected["corrected"], corrected["probability"]) == ("Returns", True, None)
    assert li.get(f"{path}/triage") == corrected
    assert refused(li.send("PUT", f"{path}/topic", json={"topic_id": str(uuid.uuid4())}), 404) == "topic_not_found"
    assert li.send("PUT", f"{path}/topic", json={"topic_id": None}).json()["topic"] is None
