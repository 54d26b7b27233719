"""A knowledge base that an agent was not chosen for does not exist for them."""

import re
import uuid

import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.access import OF_A_BASE, OF_NO_BASE
from tests.api.operations import BODIES, FILE, is_for_contacts, operations
from tests.api.people import Agent, Contact, refused

NAMED = re.compile(r"\{(\w+_id)\}")
SHOWN_PICTURE = uuid.uuid4()


@pytest.fixture
def ids(
    entries: None, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, boss: Agent, contact: Contact
) -> dict[str, str]:
    """Something of the knowledge base for every name in an address; pictures are as their document."""
    path = f"/knowledge-bases/{knowledge_base_id}"
    document = boss.upload(knowledge_base_id, "note.txt", "海南可以发货。".encode()).json()["document"]
    frontdesk.indexing.index_document(uuid.UUID(document["id"]))
    questions = boss.post(f"{path}/question-sets", {"name": "Mine", "variants": 3}).json()["question_set"]["id"]
    website = {"source": {"kind": "website", "url": "https://shop.example/"}}
    Contact(contact.api).ask("礼品卡可以转赠给朋友吗")
    frontdesk.gathering.gather()
    gap = boss.get(f"{path}/gaps")["gaps"][0]["id"]
    return {
        "gap_id": gap,
        "draft_id": boss.post(f"/gaps/{gap}/drafts", {"answer": "可以。"}).json()["draft"]["id"],
        "knowledge_base_id": str(knowledge_base_id),
        "document_id": document["id"],
        "entry_id": boss.get(f"{path}/entries")["entries"][0]["id"],
        "feed_id": boss.post(f"{path}/feeds", website).json()["feed"]["id"],
        "question_set_id": questions,
        "question_id": boss.get(f"/question-sets/{questions}/questions")["questions"][0]["id"],
        "run_id": boss.post(f"/question-sets/{questions}/runs", {}).json()["run"]["id"],
        "chunk_id": boss.search(knowledge_base_id, "海南可以发货")["passages"][0]["chunk_id"],
    }


def test_every_name_in_an_address_is_known() -> None:
    named = {name for _, path in operations() for name in NAMED.findall(path)}
    assert named == OF_A_BASE.keys() | OF_NO_BASE


def test_nothing_of_a_hidden_knowledge_base_is_there(
    li: Agent, boss: Agent, ids: dict[str, str], subtests: pytest.Subtests
) -> None:
    base = f"/knowledge-bases/{ids['knowledge_base_id']}"
    boss.send("PUT", f"{base}/staff", json={"agent_ids": []}).raise_for_status()
    walked = 0
    for method, path in operations():
        if is_for_contacts(path) or not set(NAMED.findall(path)) & ids.keys():
            continue
        walked += 1
        place = path.removeprefix("/v1").format(number=1, **ids | {"picture_id": str(SHOWN_PICTURE)})
        upload = {"files": FILE} if path.endswith(("/documents", "/import-file")) else {"json": BODIES.get(path)}
        with subtests.test(operation=f"{method} {path}"):
            assert refused(li.send(method, place, **upload), 404).endswith("_not_found")
    assert walked > 25
    assert li.get("/knowledge-bases")["knowledge_bases"] == []
    assert boss.get(f"{base}/documents")["documents"]


def test_a_chosen_agent_sees_it_again(li: Agent, boss: Agent, ids: dict[str, str]) -> None:
    base = f"/knowledge-bases/{ids['knowledge_base_id']}"
    assert boss.get(f"{base}/staff") == {"agent_ids": None}
    chosen = {"agent_ids": [li.id]}
    assert boss.send("PUT", f"{base}/staff", json=chosen).json() == chosen == boss.get(f"{base}/staff")
    assert li.get(f"{base}/entries")["total"] == 6
    assert li.get(f"/documents/{ids['document_id']}")
    boss.send("PUT", f"{base}/staff", json={"agent_ids": []}).raise_for_status()
    assert refused(li.send("GET", f"{base}/entries"), 404) == "knowledge_base_not_found"
    boss.send("PUT", f"{base}/staff", json={"agent_ids": None}).raise_for_status()
    assert len(li.get("/knowledge-bases")["knowledge_bases"]) == 1


def test_only_agents_who_exist_are_chosen(boss: Agent, knowledge_base_id: uuid.UUID) -> None:
    path = f"/knowledge-bases/{knowledge_base_id}/staff"
    unknown = {"agent_ids": [str(uuid.uuid4())]}
    assert refused(boss.send("PUT", path, json=unknown), 404) == "agent_not_found"
    assert boss.get(path) == {"agent_ids": None}


def test_contacts_are_answered_and_the_desk_does_not_tell_from_what(
    contact: Contact, li: Agent, boss: Agent, ids: dict[str, str]
) -> None:
    path = f"/knowledge-bases/{ids['knowledge_base_id']}/staff"
    boss.send("PUT", path, json={"agent_ids": []}).raise_for_status()
    assert "7天内" in contact.ask("怎么退货")["text"]
    (told,) = boss.conversation(contact.conversation_id)["decisions"]
    assert told["passages"]
    assert [base["name"] for base in told["bases"]] == ["Shop"]
    (withheld,) = li.conversation(contact.conversation_id)["decisions"]
    assert (withheld["passages"], withheld["bases"]) == ([], [])
    assert withheld["confidence"] == told["confidence"]
