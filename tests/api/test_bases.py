"""Knowledge bases as a whole: made, named, removed, and given to the web inbox."""

import uuid

import pytest

from tests.api.people import Agent, refused


def names(someone: Agent) -> list[str]:
    return [base["name"] for base in someone.get("/knowledge-bases")["knowledge_bases"]]


def test_a_knowledge_base_is_made_named_and_removed(boss: Agent) -> None:
    made = boss.post("/knowledge-bases", {"name": "Wholesale"}).json()["knowledge_base"]
    assert (made["name"], made["entries"], made["documents"], made["passages"]) == ("Wholesale", 0, 0, 0)
    path = f"/knowledge-bases/{made['id']}"
    renamed = boss.send("PATCH", path, json={"name": " Trade "}).json()["knowledge_base"]
    assert renamed == made | {"name": "Trade"}
    assert names(boss) == ["Shop", "Trade"]
    assert boss.send("DELETE", path).status_code == 204
    assert names(boss) == ["Shop"]
    assert refused(boss.send("DELETE", path), 404) == "knowledge_base_not_found"


@pytest.mark.parametrize(("name", "code"), [("", "text_empty"), ("~evaluation", "name_reserved")])
def test_some_names_cannot_be(boss: Agent, knowledge_base_id: uuid.UUID, name: str, code: str) -> None:
    assert refused(boss.post("/knowledge-bases", {"name": name}), 422) == code
    assert refused(boss.send("PATCH", f"/knowledge-bases/{knowledge_base_id}", json={"name": name}), 422) == code


def test_a_name_is_given_once(boss: Agent, knowledge_base_id: uuid.UUID) -> None:
    assert refused(boss.post("/knowledge-bases", {"name": "Shop"}), 409) == "name_taken"
    boss.post("/knowledge-bases", {"name": "Trade"}).raise_for_status()
    path = f"/knowledge-bases/{knowledge_base_id}"
    assert refused(boss.send("PATCH", path, json={"name": "Trade"}), 409) == "name_taken"


def test_the_inbox_says_what_it_answers_from(boss: Agent, knowledge_base_id: uuid.UUID) -> None:
    path = "/inbox/knowledge-bases"
    assert boss.get(path) == {"knowledge_base_ids": [str(knowledge_base_id)], "tags": []}
    second = boss.post("/knowledge-bases", {"name": "Trade"}).json()["knowledge_base"]["id"]
    both = {"knowledge_base_ids": [second, str(knowledge_base_id)], "tags": ["retail"]}
    assert boss.send("PUT", path, json=both | {"tags": ["Retail", "retail"]}).json() == both == boss.get(path)
    assert refused(boss.send("DELETE", f"/knowledge-bases/{second}"), 409) == "knowledge_base_used"
    assert refused(boss.send("PUT", path, json={"knowledge_base_ids": []}), 422) == "inbox_without_base"
    unknown = {"knowledge_base_ids": [str(uuid.uuid4())]}
    assert refused(boss.send("PUT", path, json=unknown), 404) == "knowledge_base_not_found"
    assert boss.get(path) == both
