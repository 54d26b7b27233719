"""Tags narrow a search down to exactly what has them."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Sender
from frontdesk.errors import Invalid
from frontdesk.knowledge import in_milvus
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.models import Document, Entry
from frontdesk.knowledge.tags import MOST_TAGS, clean_tags

QUESTION = "怎么退货"
Found = Callable[..., list[str]]


@pytest.fixture(params=["memory", "milvus"])
def shop(request: pytest.FixtureRequest, build: Callable[..., Frontdesk]) -> Frontdesk:
    """With either engine."""
    return build(memory_passages=100_000 if request.param == "memory" else 0)


@pytest.fixture
def found(shop: Frontdesk, knowledge_base_id: uuid.UUID) -> Found:
    """The texts that a search with tags finds."""

    def search(*tags: str, limit: int = 20) -> list[str]:
        retrieved = shop.retrieval.retrieve(knowledge_base_id, QUESTION, limit, tags=frozenset(tags))
        return sorted(passage.text for passage in retrieved.passages)

    return search


def add(
    shop: Frontdesk, base_id: uuid.UUID, answer: str, *tags: str, questions: tuple[str, ...] = (QUESTION,)
) -> Entry:
    (entry,) = shop.knowledge.add_entries(base_id, [EntryText(questions, answer)], tags)
    shop.indexing.index_entries(base_id)
    return entry


def test_what_has_one_of_the_tags_is_found(shop: Frontdesk, knowledge_base_id: uuid.UUID, found: Found) -> None:
    add(shop, knowledge_base_id, "零售七天。", "retail")
    add(shop, knowledge_base_id, "批发不退。", "wholesale", "internal")
    add(shop, knowledge_base_id, "都能退。")
    assert found() == ["批发不退。", "都能退。", "零售七天。"]
    assert found("retail") == ["零售七天。"]
    assert found("retail", "internal") == ["批发不退。", "零售七天。"]
    assert found("nowhere") == []


def test_a_change_of_tags_is_known_at_once(shop: Frontdesk, knowledge_base_id: uuid.UUID, found: Found) -> None:
    entry = add(shop, knowledge_base_id, "七天。", "retail")
    assert found("retail") == ["七天。"]
    shop.knowledge.set_tags(Entry, entry.id, ["Wholesale"])
    assert (found("retail"), found("wholesale")) == ([], ["七天。"])
    shop.knowledge.set_tags(Entry, entry.id, [])
    assert (found("wholesale"), found()) == ([], ["七天。"])


def test_the_few_that_match_are_found_among_many_that_are_nearer(
    shop: Frontdesk, knowledge_base_id: uuid.UUID, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.knowledge.add_entries(
        knowledge_base_id, [EntryText((f"{QUESTION}呢{number}",), f"答{number}。") for number in range(150)]
    )
    for number in range(3):
        add(shop, knowledge_base_id, f"远{number}。", "rare", questions=(f"请问东西不想要了能退掉吗{number}",))
    assert found("rare") == ["远0。", "远1。", "远2。"]
    # More match than are read at once: Milvus is asked until enough of what it proposes has the tag.
    monkeypatch.setattr(in_milvus, "MOST_READ", 2)
    assert found("rare") == ["远0。", "远1。", "远2。"]


def test_a_document_keeps_its_tags_when_it_is_replaced(
    shop: Frontdesk, knowledge_base_id: uuid.UUID, found: Found, tmp_path: Path
) -> None:
    def upload(text: str, tags: list[str] | None = None) -> Document:
        path = tmp_path / "file"
        path.write_text(text, "utf-8")
        document = shop.knowledge.upload(knowledge_base_id, "returns.txt", path, tags=tags)
        shop.indexing.index_document(document.id)
        return document

    upload("怎么退货：七天内。", ["Retail"])
    assert found("retail") == ["怎么退货：七天内。"]
    upload("怎么退货：十天内。")
    assert found("retail") == ["怎么退货：十天内。"]
    document = upload("怎么退货：十五天内。", [])
    assert found("retail") == []
    assert shop.knowledge.set_tags(Document, document.id, ["b", "A"]).tags == ["b", "a"]


def test_an_inbox_with_tags_answers_from_nothing_else(shop: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    add(shop, knowledge_base_id, "批发不退。", "wholesale")
    add(shop, knowledge_base_id, "零售七天。", "retail")
    shop.inboxes.answer_from("web", [knowledge_base_id], ["retail"])
    conversation = shop.conversations.open("web", None, None)
    shop.conversations.receive(conversation.id, conversation.contact_id, QUESTION, None)
    shop.assistant.take_turn()
    said = shop.conversations.messages(conversation.id)
    assert [message.text for message in said if message.sender == Sender.ASSISTANT] == ["零售七天。 [1]"]
    (decision,) = shop.assistant.decisions(conversation.id)
    assert (decision.record["tags"], len(decision.record["passages"])) == (["retail"], 1)


def test_tags_are_clean() -> None:
    assert clean_tags([" VIP ", "vip", "Two  words"]) == ["vip", "two words"]
    for wrong in ([""], ["x" * 41], [str(number) for number in range(MOST_TAGS + 1)]):
        with pytest.raises(Invalid):
            clean_tags(wrong)
