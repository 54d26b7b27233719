"""The whole way over HTTP: a question, an agent's answer, a draft, its proof, an entry, the next answer."""

import uuid

import httpx
import pytest

from frontdesk.agents import Agent as Staff
from frontdesk.bootstrap import Frontdesk
from tests.api.people import Agent, Contact, refused

ANSWER = "礼品卡可以转赠：在「我的礼品卡」里点转赠，对方24小时内领取。"


@pytest.fixture
def boss(api: httpx.Client, admin: Staff) -> Agent:
    """The administrator."""
    return Agent(api, admin.email)


def test_from_a_question_to_the_next_contacts_answer(
    frontdesk: Frontdesk, api: httpx.Client, knowledge_base_id: uuid.UUID, entries: None, boss: Agent, agent: Staff
) -> None:
    li = Agent(api, agent.email)
    contact = Contact(api)
    contact.ask("你好，请问礼品卡可以转赠给朋友吗？")
    li.claim(contact.conversation_id).raise_for_status()
    li.reply(contact.conversation_id, ANSWER).raise_for_status()
    li.post(f"/desk/conversations/{contact.conversation_id}/resolve").raise_for_status()
    frontdesk.gathering.gather()

    (gap,) = li.get(f"/knowledge-bases/{knowledge_base_id}/gaps")["gaps"]
    assert (gap["example"], gap["size"], gap["this_week"]) == ("礼品卡可以转赠给朋友吗？", 1, 1)
    assert refused(li.post(f"/gaps/{gap['id']}/drafts", {}), 403) == "admin_only"
    proposed = li.post(f"/desk/conversations/{contact.conversation_id}/drafts").raise_for_status().json()["draft"]
    assert (proposed["answer"], proposed["by"], proposed["proof"]) == (ANSWER, "Li Ming", None)
    path = f"/drafted-entries/{proposed['id']}"
    changed = {"questions": [*proposed["questions"], "礼品卡能转赠吗"]}
    boss.send("PATCH", path, json=changed).raise_for_status()
    assert refused(boss.post(f"{path}/accept", {}), 409) == "draft_unproved"
    assert boss.post(f"{path}/proof").raise_for_status().json()["draft"]["proof_wanted"]
    assert frontdesk.proving.prove(uuid.UUID(proposed["id"]))

    beside = li.get(path)
    assert beside["draft"]["proof"]["passes"]
    assert beside["draft"]["proof"]["unseen"]["asked"] == 2
    assert all(near["kinship"] == "near" for near in beside["neighbours"])
    accepted = boss.post(f"{path}/accept", {}).raise_for_status().json()["draft"]
    frontdesk.indexing.index_entries(knowledge_base_id)
    frontdesk.drafts.settle()
    assert boss.get(f"/gaps/{gap['id']}")["gap"]["state"] == "answered"
    assert refused(boss.send("DELETE", path), 409) == "draft_decided"
    again = Contact(api).ask("礼品卡可以转赠吗？")
    assert again["citations"][0]["entry_id"] == accepted["entry_id"]


def test_a_gap_is_assigned_and_closed(
    frontdesk: Frontdesk, api: httpx.Client, knowledge_base_id: uuid.UUID, entries: None, boss: Agent, agent: Staff
) -> None:
    Contact(api).ask("礼品卡可以转赠给朋友吗")
    frontdesk.gathering.gather()
    path = f"/knowledge-bases/{knowledge_base_id}/gaps"
    (gap,) = boss.get(path)["gaps"]
    told = boss.send("PATCH", f"/gaps/{gap['id']}", json={"assignee_id": str(agent.id)}).raise_for_status().json()
    assert (told["gap"]["assignee"], told["gap"]["state"]) == ("Li Ming", "open")
    assert Agent(api, agent.email).get(f"{path}?mine=true")["total"] == 1
    boss.send("PATCH", f"/gaps/{gap['id']}", json={"state": "not_ours"}).raise_for_status()
    assert (boss.get(path)["total"], boss.get(f"{path}?state=not_ours")["total"]) == (0, 1)
    nobody = boss.send("PATCH", f"/gaps/{gap['id']}", json={"assignee_id": str(uuid.uuid4())})
    assert refused(nobody, 404) == "agent_not_found"
    assert refused(boss.post(f"/gaps/{gap['id']}/drafts", {}), 422, 400) == "draft_without_answer"
