"""Tags and a last day: given to entries as they come, and the tags that are in use."""

import uuid

import pytest

from tests.api.people import Agent, Json

UNTIL = "2100-01-01T00:00:00Z"
MARKS: Json = {"tags": ["Retail"], "expires_at": UNTIL}


@pytest.fixture
def path(knowledge_base_id: uuid.UUID) -> str:
    """The knowledge base."""
    return f"/knowledge-bases/{knowledge_base_id}"


def marks(boss: Agent, path: str) -> list[tuple[list[str], str]]:
    return [(entry["tags"], entry["expires_at"]) for entry in boss.get(f"{path}/entries")["entries"]]


def test_a_new_entry_has_them_from_the_beginning(boss: Agent, path: str) -> None:
    answer = boss.post(f"{path}/entries", {"questions": ["Why?"], "answer": "So.", **MARKS}).raise_for_status()
    entry = answer.json()["entry"]
    assert (entry["tags"], entry["expires_at"]) == (["retail"], UNTIL)


def test_a_change_leaves_them_as_they_are_unless_it_names_them(boss: Agent, path: str) -> None:
    body = {"questions": ["Why?"], "answer": "So.", **MARKS}
    entry = boss.post(f"{path}/entries", body).raise_for_status().json()["entry"]
    for change in ({}, {"answer": "Because."}, {"tags": ["b2b"]}):
        changed = boss.send("PATCH", f"/entries/{entry['id']}", json=change).raise_for_status().json()["entry"]
        assert changed["expires_at"] == UNTIL
    assert changed["tags"] == ["b2b"]


def test_imported_entries_have_them_however_they_come(boss: Agent, path: str) -> None:
    boss.post(f"{path}/entries/import", {"text": "Q: Why?\nA: So.", **MARKS}).raise_for_status()
    files = {"file": ("faq.csv", b"question,answer\nHow?,Thus.\n")}
    boss.send("POST", f"{path}/entries/import-file", files=files, params=MARKS).raise_for_status()
    assert marks(boss, path) == [(["retail"], UNTIL)] * 2


def test_what_was_there_keeps_its_own(boss: Agent, path: str) -> None:
    boss.post(f"{path}/entries", {"questions": ["How?"], "answer": "Thus."}).raise_for_status()
    files = {"file": ("faq.csv", b"question,answer\nHow?,Thus.\n")}
    boss.send("POST", f"{path}/entries/import-file", files=files, params=MARKS).raise_for_status()
    assert marks(boss, path) == [([], None)]


def test_the_tags_in_use_are_listed_by_name(
    boss: Agent, li: Agent, path: str, knowledge_base_id: uuid.UUID
) -> None:
    boss.post(f"{path}/entries", {"questions": ["Why?"], "answer": "So.", "tags": ["retail", "b2b"]})
    gone = boss.post(f"{path}/entries", {"questions": ["How?"], "answer": "Thus.", "tags": ["old"]})
    boss.send("DELETE", f"/entries/{gone.json()['entry']['id']}")
    document = boss.upload(knowledge_base_id, "note.txt", b"Hello").json()["document"]
    boss.send("PATCH", f"/documents/{document['id']}", json={"tags": ["retail", "VIP"]}).raise_for_status()
    assert li.get(f"{path}/tags") == {"tags": ["b2b", "retail", "vip"]}
