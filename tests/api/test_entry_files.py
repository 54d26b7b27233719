"""Entries in and out as files, over HTTP."""

import uuid
from collections.abc import Callable

import httpx
import pytest

from frontdesk.agents import Agent as DomainAgent
from frontdesk.knowledge.entry_rules import MOST_QUESTIONS
from tests.api.people import Agent, error_of, refused

TABLE = "问题,答案\n怎么退货|退货流程,七天内。\nHow long?,Three days.\n"


@pytest.fixture
def path(knowledge_base_id: uuid.UUID) -> str:
    """Where the entries are."""
    return f"/knowledge-bases/{knowledge_base_id}/entries"


def put(agent: Agent, path: str, content: str, name: str = "faq.csv", **params: object) -> httpx.Response:
    """Import a file with this content."""
    files = {"file": (name, content.encode())}
    return agent.send("POST", f"{path}/import-file", files=files, params=params)


def test_a_file_becomes_entries(boss: Agent, path: str) -> None:
    answer = put(boss, path, TABLE)
    assert answer.status_code == 202
    assert answer.json() == {"added": 2, "changed": 0, "unchanged": 0, "refusals": 0, "refused": []}
    assert {tuple(entry["questions"]) for entry in boss.get(path)["entries"]} == {
        ("怎么退货", "退货流程"),
        ("How long?",),
    }


def test_a_bad_row_stops_the_import_unless_it_is_skipped(boss: Agent, path: str) -> None:
    content = TABLE + "And then?,\n"
    answer = put(boss, path, content)
    assert refused(answer, 422) == "entries_refused"
    assert error_of(answer)["details"] == [{"row": 4, "code": "entry_no_answer", "message": "Row 4 has no answer."}]
    assert boss.get(path)["total"] == 0
    skipped = put(boss, path, content, skip_bad_rows=True).raise_for_status().json()
    assert (skipped["added"], skipped["refusals"], skipped["refused"]) == (2, 1, error_of(answer)["details"])


@pytest.mark.parametrize(("file_format", "kind"), [("csv", "text/csv"), ("xlsx", "sheet"), ("jsonl", "jsonl")])
def test_an_export_can_be_imported_again(boss: Agent, path: str, file_format: str, kind: str) -> None:
    put(boss, path, TABLE).raise_for_status()
    exported = boss.send("GET", f"{path}/export", params={"format": file_format})
    assert kind in exported.headers["content-type"]
    assert f"entries.{file_format}" in exported.headers["content-disposition"]
    files = {"file": (f"entries.{file_format}", exported.content)}
    again = boss.send("POST", f"{path}/import-file", files=files).json()
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 2)


def test_only_administrators_may(li: Agent, path: str) -> None:
    assert refused(put(li, path, TABLE), 403) == "admin_only"
    assert refused(li.send("GET", f"{path}/export"), 403) == "admin_only"


def test_what_can_not_be_asked_for(boss: Agent, path: str) -> None:
    refused(boss.send("GET", f"{path}/export", params={"format": "pdf"}), 422)
    nowhere = f"/knowledge-bases/{uuid.uuid4()}/entries"
    assert refused(boss.send("GET", f"{nowhere}/export"), 404) == "knowledge_base_not_found"
    assert refused(put(boss, nowhere, TABLE), 404) == "knowledge_base_not_found"
    assert refused(put(boss, path, "x", name="faq.docx"), 422) == "entries_file_type"


def test_files_may_be_as_large_as_other_uploads(
    serve: Callable[..., httpx.Client], admin: DomainAgent, path: str
) -> None:
    boss = Agent(serve(upload_limit_mb=3), admin.email)
    table = "question,answer\n" + "".join(f"Question {number}?,{'long ' * 1000}\n" for number in range(500))
    assert put(boss, path, table).json()["added"] == 500
    assert refused(put(boss, path, table * 2), 413) == "too_large"


def test_an_entry_may_be_asked_for_in_many_ways(boss: Agent, path: str) -> None:
    questions = [f"Way {number} to ask?" for number in range(MOST_QUESTIONS)]
    entry = boss.post(path, {"questions": questions, "answer": "Yes."}).raise_for_status().json()["entry"]
    assert entry["questions"] == questions
    refused(boss.post(path, {"questions": [*questions, "One more?"], "answer": "Yes."}), 422)
