"""Question sets, runs and replays over HTTP, and what agents add at the desk."""

import uuid

import pytest

from frontdesk.bootstrap import Frontdesk
from tests.api.people import Agent, Contact, Json, error_of, refused
from tests.evaluation.shop import finish

pytestmark = pytest.mark.usefixtures("entries")


@pytest.fixture
def base(knowledge_base_id: uuid.UUID) -> str:
    return f"/knowledge-bases/{knowledge_base_id}"


def done(frontdesk: Frontdesk, boss: Agent, run: Json) -> Json:
    """The run once every question was asked."""
    finish(frontdesk, uuid.UUID(run["id"]))
    told: Json = boss.get(f"/runs/{run['id']}")["run"]
    assert told["status"] == "done"
    return told


def test_a_set_is_filled_from_a_file_asked_and_exported(frontdesk: Frontdesk, boss: Agent, base: str) -> None:
    made = boss.post(f"{base}/question-sets", {"name": "Peak season"}).raise_for_status().json()["question_set"]
    path = f"/question-sets/{made['id']}"
    assert refused(boss.post(f"{path}/runs", {}), 422) == "question_set_empty"
    table = (
        "question,passage,handoff,reference\nWhat is your return policy?,within 7 days,,You can return it.\n"
        "Who is your boss?,,yes,\n,,,\nx,,,\n"
    )
    files = {"file": ("questions.csv", table.encode())}
    refusal = boss.send("POST", f"{path}/import-file", files=files)
    assert refused(refusal, 422) == "questions_refused"
    assert [row["row"] for row in error_of(refusal)["details"]] == [5]
    imported = boss.send("POST", f"{path}/import-file", files=files, params={"skip_bad_rows": True}).json()
    assert (imported["added"], imported["refusals"]) == (2, 1)
    run = done(frontdesk, boss, boss.post(f"{path}/runs", {"version": "published"}).json()["run"])
    assert (run["figures"]["right"], run["figures"]["handed_over"]) == (1, 1)
    (outcome,) = boss.get(f"/runs/{run['id']}/outcomes", params={"result": "right"})["outcomes"]
    assert "7 days" in outcome["after"]["text"]
    assert outcome["expected"]["passage"] == "within 7 days"
    assert outcome["reference"] == "You can return it."
    assert run["figures"]["with_reference"] == 1
    near = {name: run["figures"][name] for name in ("rouge_l", "bleu")}
    assert outcome["after"]["wording"] == near
    assert 0 < near["bleu"] < near["rouge_l"] < 1
    assert [one["id"] for one in boss.get(f"{base}/runs")["runs"]] == [run["id"]]
    assert refused(boss.send("GET", f"/runs/{run['id']}/compare"), 404) == "run_not_found"
    again = done(frontdesk, boss, boss.post(f"{path}/runs", {"version": "published"}).json()["run"])
    compared = boss.get(f"/runs/{again['id']}/compare")
    assert (compared["other"]["id"], compared["total"], compared["unchanged"]) == (run["id"], 0, 2)
    exported = boss.send("GET", f"{path}/export", params={"format": "jsonl"}).text.splitlines()
    assert len(exported) == 2
    boss.send("DELETE", path).raise_for_status()
    assert boss.get(f"/runs/{run['id']}")["run"]["question_set_id"] is None


def test_what_contacts_asked_is_replayed_before_publishing(
    frontdesk: Frontdesk, boss: Agent, contact: Contact, base: str
) -> None:
    assert refused(boss.post(f"{base}/replays", {}), 422) == "replay_without_questions"
    contact.ask("怎么退货")
    boss.send("PUT", f"{base}/draft", json={"drafting": True}).raise_for_status()
    (entry,) = boss.get(f"{base}/entries", params={"query": "怎么退货"})["entries"]
    boss.send("DELETE", f"/entries/{entry['id']}", params={"at_once": False}).raise_for_status()
    assert boss.get(f"{base}/replays") == {"replays": [], "fresh": None, "questions": 1}
    run = done(frontdesk, boss, boss.post(f"{base}/replays", {}).json()["run"])
    assert run["figures"]["newly_handed"] == 1
    (outcome,) = boss.get(f"/runs/{run['id']}/outcomes")["outcomes"]
    assert (outcome["before"]["outcome"], outcome["after"]["outcome"]) == ("answer", "handoff")
    assert boss.get(f"{base}/replays")["fresh"]["id"] == run["id"]
    version = boss.post(f"{base}/versions", {"note": None}).raise_for_status().json()["version"]
    assert boss.get(f"/runs/{run['id']}")["run"]["published_as"] == version["number"]
    rerun = boss.post(f"{base}/decisions/rerun").raise_for_status().json()
    assert (rerun["asked"], rerun["identical"]) == (1, 1)


def test_an_agent_keeps_a_question_of_a_base_that_is_open_to_them(
    boss: Agent, li: Agent, contact: Contact, base: str
) -> None:
    contact.ask("怎么退货")
    (decision,) = li.conversation(contact.conversation_id)["decisions"]
    path = f"/desk/conversations/{contact.conversation_id}/messages/{decision['message_id']}/label"
    chunk = {"chunk_id": decision["passages"][0]["chunk_id"]}
    kept = li.send("PUT", path, json=chunk).raise_for_status().json()["question"]
    assert kept["expected"]["wanted"] == "entry"
    changed = li.send("PUT", path, json={"chunk_id": None}).raise_for_status().json()["question"]
    assert (changed["id"], changed["expected"]["wanted"]) == (kept["id"], "handoff")
    (desk,) = boss.get(f"{base}/question-sets")["question_sets"]
    assert (desk["origin"], desk["questions"]) == ("desk", 1)
    boss.send("PUT", f"{base}/staff", json={"agent_ids": []}).raise_for_status()
    for body in (chunk, {"chunk_id": None}):
        refused(li.send("PUT", path, json=body), 404)
