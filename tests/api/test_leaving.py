"""A document that leaves with the next version: contacts are answered from it, so the staff can open it."""

import uuid

import pytest

from frontdesk.bootstrap import Frontdesk
from tests.api.people import Agent, Contact, Json, refused

TEXT = "海南可以发货，首重运费十二元。"
QUESTION = "海南首重运费是多少？"


@pytest.fixture
def leaving(frontdesk: Frontdesk, boss: Agent, knowledge_base_id: uuid.UUID) -> Json:
    """A document that was removed in the draft."""
    document = boss.upload(knowledge_base_id, "fees.txt", TEXT.encode()).json()["document"]
    frontdesk.indexing.index_document(uuid.UUID(document["id"]))
    boss.send("PUT", f"/knowledge-bases/{knowledge_base_id}/draft", json={"drafting": True}).raise_for_status()
    path = f"/documents/{document['id']}"
    assert boss.send("DELETE", path, params={"at_once": False}).status_code == 204
    return boss.get(path)["document"]


def listed(person: Agent, knowledge_base_id: uuid.UUID) -> list[tuple[str, str]]:
    documents = person.get(f"/knowledge-bases/{knowledge_base_id}/documents")["documents"]
    return [(document["name"], document["status"]) for document in documents]


def test_it_is_listed_as_leaving_and_opens(
    li: Agent, contact: Contact, leaving: Json, knowledge_base_id: uuid.UUID
) -> None:
    assert listed(li, knowledge_base_id) == [("fees.txt", "removed")]
    path = f"/documents/{leaving['id']}"
    assert li.send("GET", f"{path}/file").content == TEXT.encode()
    assert [passage["text"] for passage in li.get(f"{path}/passages")["passages"]] == [TEXT]
    assert li.get(f"{path}/pictures") == {"pictures": []}
    assert "十二元" in contact.ask(QUESTION)["text"]
    (base,) = li.get("/knowledge-bases")["knowledge_bases"]
    assert base["documents"] == 0


def test_it_changes_no_more(boss: Agent, leaving: Json) -> None:
    path = f"/documents/{leaving['id']}"
    for change in ({"tags": ["retail"]}, {"expires_at": None}, {"chunking": None}):
        assert refused(boss.send("PATCH", path, json=change), 409) == "leaving"
    for verb in ("pause", "retry"):
        assert refused(boss.post(f"{path}/{verb}"), 409) == "leaving"


def test_discarding_the_draft_keeps_it(boss: Agent, leaving: Json, knowledge_base_id: uuid.UUID) -> None:
    assert boss.send("DELETE", f"/knowledge-bases/{knowledge_base_id}/draft").status_code == 204
    assert listed(boss, knowledge_base_id) == [("fees.txt", "ready")]


def test_it_is_gone_with_the_next_version(boss: Agent, leaving: Json, knowledge_base_id: uuid.UUID) -> None:
    boss.post(f"/knowledge-bases/{knowledge_base_id}/versions", {"note": None}).raise_for_status()
    assert listed(boss, knowledge_base_id) == []
    assert refused(boss.send("GET", f"/documents/{leaving['id']}"), 404) == "document_not_found"


def test_it_can_be_deleted_at_once_after_all(
    boss: Agent, contact: Contact, leaving: Json, knowledge_base_id: uuid.UUID
) -> None:
    path = f"/documents/{leaving['id']}"
    assert boss.send("DELETE", path, params={"at_once": False}).status_code == 204
    assert listed(boss, knowledge_base_id) == [("fees.txt", "removed")]
    assert boss.send("DELETE", path).status_code == 204
    assert contact.ask(QUESTION)["form"] == "notice"
    assert listed(boss, knowledge_base_id) == []


def test_one_of_the_same_name_takes_its_place_beside_it(
    boss: Agent, leaving: Json, knowledge_base_id: uuid.UUID
) -> None:
    again = boss.upload(knowledge_base_id, "fees.txt", "海南首重九元。".encode()).json()["document"]
    assert again["id"] != leaving["id"]
    assert sorted(listed(boss, knowledge_base_id)) == [("fees.txt", "queued"), ("fees.txt", "removed")]
