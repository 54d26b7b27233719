"""What documents are cut into, what they would be cut into, and what a knowledge base says twice."""

import uuid
from collections.abc import Callable

import httpx
import pytest

from frontdesk.bootstrap import Frontdesk
from tests.api.people import Agent, Json, refused

SENTENCE = "第{}条：海南可以发货，首重运费十二元，续重每公斤八元，偏远地区另加五元，节假日顺延两天送达。"
RULES = "# 发货\n\n" + "".join(SENTENCE.format(number) for number in range(30)) + "\n\n# 保修\n\n保修一年。\n"


@pytest.fixture
def document(frontdesk: Frontdesk, boss: Agent, knowledge_base_id: uuid.UUID) -> Json:
    """A document of several passages, indexed."""
    document = boss.upload(knowledge_base_id, "rules.md", RULES.encode()).raise_for_status().json()["document"]
    frontdesk.indexing.index_document(uuid.UUID(document["id"]))
    return document


@pytest.fixture
def recut(frontdesk: Frontdesk, boss: Agent, document: Json) -> Callable[[Json | None], Json]:
    """Has the document cut otherwise and indexed; gives its passages."""

    def cut(chunking: Json | None) -> Json:
        answer = boss.send("PATCH", f"/documents/{document['id']}", json={"chunking": chunking})
        assert answer.raise_for_status().json()["document"]["chunking"] == chunking
        frontdesk.indexing.index_document(uuid.UUID(document["id"]))
        return boss.get(f"/documents/{document['id']}/passages")

    return cut


def texts(found: Json) -> list[str]:
    return [passage["text"] for passage in found["passages"]]


def test_a_documents_passages_are_listed_in_order(li: Agent, document: Json) -> None:
    path = f"/documents/{document['id']}/passages"
    found = li.get(path)
    assert found["total"] == len(found["passages"]) > 2
    assert [passage["number"] for passage in found["passages"]] == list(range(1, found["total"] + 1))
    assert all(0 < passage["tokens"] <= 320 for passage in found["passages"])
    assert "".join(texts(found)[:-1]) == RULES.split("\n\n")[1]
    last = found["passages"][-1]
    assert (last["heading"], last["text"]) == ("保修", "保修一年。")
    assert li.get(path, params={"offset": found["total"] - 1})["passages"] == [last]
    assert refused(li.send("GET", f"/documents/{uuid.uuid4()}/passages"), 404) == "document_not_found"


def test_a_document_is_cut_otherwise_and_back(
    boss: Agent, knowledge_base_id: uuid.UUID, document: Json, recut: Callable[[Json | None], Json]
) -> None:
    before = boss.get(f"/documents/{document['id']}/passages")
    small = recut({"size": 100, "overlap": 0})
    assert small["total"] > before["total"]
    assert max(passage["tokens"] for passage in small["passages"]) <= 100
    first, second, *_ = texts(recut({"size": 200, "overlap": 60}))
    assert second.split("。")[0] == first.split("。")[-2]
    assert texts(recut(None)) == texts(before)
    (best, *_) = boss.search(knowledge_base_id, "海南首重运费")["passages"]
    assert best["text"] in texts(before)


def test_a_new_file_is_cut_as_the_old_one_was(
    frontdesk: Frontdesk,
    boss: Agent,
    knowledge_base_id: uuid.UUID,
    document: Json,
    recut: Callable[[Json | None], Json],
) -> None:
    recut({"size": 64, "overlap": 0})
    again = boss.upload(knowledge_base_id, "rules.md", RULES.replace("海南", "西藏").encode()).json()["document"]
    frontdesk.indexing.index_document(uuid.UUID(again["id"]))
    found = boss.get(f"/documents/{document['id']}/passages")
    assert max(passage["tokens"] for passage in found["passages"]) <= 64
    assert "西藏" in found["passages"][0]["text"]


def test_a_file_that_two_revisions_have_is_kept_while_one_needs_it(
    build: Callable[..., Frontdesk], boss: Agent, document: Json, recut: Callable[[Json | None], Json]
) -> None:
    recut({"size": 64, "overlap": 0})
    build(version_days=1e-9).pruning.prune()
    assert boss.send("GET", f"/documents/{document['id']}/file").text == RULES


def test_the_day_until_which_it_is_found_changes_alone(boss: Agent, document: Json) -> None:
    path = f"/documents/{document['id']}"
    boss.send("PATCH", path, json={"expires_at": "2100-01-01T00:00:00Z"}).raise_for_status()
    changed = boss.send("PATCH", path, json={"chunking": {"size": 100}}).raise_for_status().json()["document"]
    assert changed["expires_at"] is not None
    assert changed["chunking"] == {"size": 100, "overlap": 0}
    for chunking in ({"size": 63}, {"size": 1001}, {"size": 100, "overlap": 201}, {"size": 100, "overlap": -1}):
        assert refused(boss.send("PATCH", path, json={"chunking": chunking}), 422) == "invalid"
    too_much = {"chunking": {"size": 100, "overlap": 51}, "expires_at": None}
    assert refused(boss.send("PATCH", path, json=too_much), 422) == "chunking_overlap"
    assert boss.get(path)["document"]["expires_at"] is not None


def test_a_look_beforehand_shows_what_cutting_makes(
    boss: Agent, document: Json, recut: Callable[[Json | None], Json]
) -> None:
    looked = boss.get(f"/documents/{document['id']}/preview", params={"size": 100})
    assert looked["complete"]
    assert boss.get(f"/documents/{document['id']}/passages")["total"] < looked["count"]
    cut = recut({"size": 100, "overlap": 0})
    assert texts(cut) == texts(looked)
    assert [passage["tokens"] for passage in cut["passages"]] == [p["tokens"] for p in looked["passages"]]


def look(boss: Agent, knowledge_base_id: uuid.UUID, name: str, content: bytes, **measure: int) -> httpx.Response:
    path = f"/knowledge-bases/{knowledge_base_id}/preview"
    return boss.send("POST", path, files={"file": (name, content)}, params=measure)


def test_a_file_is_looked_at_and_not_kept(frontdesk: Frontdesk, boss: Agent, knowledge_base_id: uuid.UUID) -> None:
    usual = look(boss, knowledge_base_id, "rules.md", RULES.encode()).raise_for_status().json()
    before = set(frontdesk.settings.files_dir.iterdir())
    small = look(boss, knowledge_base_id, "rules.md", RULES.encode(), size=64).raise_for_status().json()
    assert small["count"] > usual["count"] == len(usual["passages"])
    assert usual["passages"][-1]["heading"] == "保修"
    assert boss.get(f"/knowledge-bases/{knowledge_base_id}/documents")["documents"] == []
    assert set(frontdesk.settings.files_dir.iterdir()) == before
    assert not [path for path in before if path.is_file()]


def test_of_a_long_file_the_first_passages_are_shown(boss: Agent, knowledge_base_id: uuid.UUID) -> None:
    content = "".join(f"# Part {number}\n\nTurn the knob {number} times.\n\n" for number in range(2500))
    looked = look(boss, knowledge_base_id, "long.md", content.encode()).raise_for_status().json()
    assert (len(looked["passages"]), looked["count"], looked["complete"]) == (50, 2000, False)
    assert look(boss, knowledge_base_id, "rules.md", RULES.encode()).is_success, "the next one is read, too"


def test_what_can_not_be_read_is_refused(boss: Agent, knowledge_base_id: uuid.UUID) -> None:
    assert refused(look(boss, knowledge_base_id, "not.pdf", b"text"), 422) == "file_wrong_type"
    assert refused(look(boss, knowledge_base_id, "a.txt", b"text", size=100, overlap=60), 422) == "chunking_overlap"
    assert refused(look(boss, uuid.uuid4(), "a.txt", b"text"), 404) == "knowledge_base_not_found"


def test_what_is_said_twice_is_told_to_agents(
    frontdesk: Frontdesk, li: Agent, boss: Agent, knowledge_base_id: uuid.UUID, document: Json
) -> None:
    path = f"/knowledge-bases/{knowledge_base_id}"
    for answer in ("七天内可以退货。", "十五天内可以退货。"):
        boss.post(f"{path}/entries", {"questions": ["怎么退货"], "answer": answer}).raise_for_status()
    boss.upload(knowledge_base_id, "copy.md", RULES.encode())
    (copy,) = [d for d in boss.get(f"{path}/documents")["documents"] if d["name"] == "copy.md"]
    frontdesk.indexing.index_document(uuid.UUID(copy["id"]))
    frontdesk.indexing.index_entries(knowledge_base_id)
    found = li.get(f"{path}/duplicates")
    assert (found["total"], found["complete"]) == (2, True)
    answers, text = found["duplicates"]
    assert answers["kind"] == "two_answers"
    assert {(place["title"], place["text"], *place["questions"]) for place in answers["places"]} == {
        ("怎么退货", "七天内可以退货。", "怎么退货"),
        ("怎么退货", "十五天内可以退货。", "怎么退货"),
    }
    assert (text["kind"], text["likeness"], text["sources"]) == ("same_text", 1.0, 2)
    assert {place["document_id"] for place in text["places"]} == {document["id"], copy["id"]}
    assert li.get(f"{path}/duplicates", params={"offset": 1})["duplicates"] == [text]
    boss.send("DELETE", f"/documents/{copy['id']}").raise_for_status()
    assert li.get(f"{path}/duplicates")["total"] == 1
    assert refused(li.send("GET", f"/knowledge-bases/{uuid.uuid4()}/duplicates"), 404)
