"""Versions: what is published, what waits, what is gone, and the way back."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from frontdesk.errors import Conflict, Invalid, NotFound
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.models import Entry, Origin, SourceStatus
from frontdesk.knowledge.versions import Authorship
from tests.model_server import Script

BY_NOBODY = Authorship()


class Shop:
    """A knowledge base whose changes wait until they are published, and how to change it."""

    def __init__(self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, folder: Path) -> None:
        self.frontdesk = frontdesk
        self.id = knowledge_base_id
        self._folder = folder
        frontdesk.editions.gather(knowledge_base_id, True, BY_NOBODY)

    def add(self, question: str, answer: str) -> Entry:
        """A new entry, indexed."""
        (entry,) = self.frontdesk.knowledge.add_entries(self.id, [EntryText((question,), answer)])
        self.frontdesk.indexing.index_entries(self.id)
        return entry

    def edit(self, entry: Entry, answer: str) -> None:
        """Another answer, indexed."""
        self.frontdesk.knowledge.change_entry(entry.id, None, answer)
        self.frontdesk.indexing.index_entries(self.id)

    def upload(self, content: str, name: str = "info.md") -> uuid.UUID:
        """A document, indexed."""
        path = self._folder / "upload"
        path.write_text(content, "utf-8")
        document = self.frontdesk.knowledge.upload(self.id, name, path)
        self.frontdesk.indexing.index_document(document.id)
        return document.id

    def publish(self) -> int:
        """The number of the version that answers from now on."""
        return self.frontdesk.editions.publish(self.id, BY_NOBODY).number

    def roll_back(self, number: int) -> int:
        """The number of the version that repeats an earlier one."""
        return self.frontdesk.editions.roll_back(self.id, number, BY_NOBODY).number

    def found(self, query: str = "退货") -> list[str]:
        """What contacts are answered from, in alphabetical order."""
        return sorted(passage.text for passage in self.frontdesk.retrieval.retrieve(self.id, query, 50).passages)

    def found_in_draft(self, query: str = "退货") -> list[str]:
        """What they would be answered from."""
        draft = self.frontdesk.knowledge.base(self.id).draft
        retrieved = self.frontdesk.retrieval.retrieve(self.id, query, 50, draft)
        return sorted(passage.text for passage in retrieved.passages)


@pytest.fixture(params=["in memory", "by Milvus"])
def shop(
    request: pytest.FixtureRequest,
    build: Callable[..., Frontdesk],
    tmp_path: Path,
) -> Shop:
    """A shop, searched by either engine."""
    frontdesk = build(memory_passages=0 if request.param == "by Milvus" else 1000)
    return Shop(frontdesk, frontdesk.inboxes.bases("web")[0], tmp_path)


def test_what_waits_is_found_in_the_draft_only(shop: Shop) -> None:
    entry = shop.add("怎么退货", "七天内可退货。")
    assert (shop.found(), shop.found_in_draft()) == ([], ["七天内可退货。"])
    first = shop.publish()
    assert shop.found() == ["七天内可退货。"]
    shop.edit(entry, "十五天内可退货。")
    assert (shop.found(), shop.found_in_draft()) == (["七天内可退货。"], ["十五天内可退货。"])
    assert shop.publish() == first + 1
    assert shop.found() == ["十五天内可退货。"]


def test_an_earlier_version_is_back_at_once_and_so_are_its_words(shop: Shop) -> None:
    entry = shop.add("怎么退货", "七天内可退货。")
    first = shop.publish()
    shop.edit(entry, "十五天内可退货。")
    shop.add("退货运费", "退货运费自理。")
    second = shop.publish()
    third = shop.roll_back(first)
    assert shop.found() == shop.found_in_draft() == ["七天内可退货。"]
    (listed,), _ = shop.frontdesk.knowledge.entries(shop.id, "", 0, 10)
    assert (listed.id, listed.answer, listed.status) == (entry.id, "七天内可退货。", SourceStatus.READY)
    shop.roll_back(second)
    assert shop.found() == ["十五天内可退货。", "退货运费自理。"]
    assert len(shop.frontdesk.knowledge.entries(shop.id, "", 0, 10)[0]) == 2
    kept = shop.frontdesk.editions.versions(shop.id)
    assert [version.number for version in kept] == [third + 1, third, second, first]
    assert [version.restores for version in kept] == [second, first, None, None]


def test_what_was_discarded_is_as_if_it_had_never_been(shop: Shop) -> None:
    entry = shop.add("怎么退货", "七天内可退货。")
    shop.publish()
    shop.edit(entry, "十五天内可退货。")
    shop.add("退货运费", "退货运费自理。")
    assert shop.frontdesk.editions.waiting(shop.id) > 0
    shop.frontdesk.editions.discard(shop.id)
    assert shop.found() == shop.found_in_draft() == ["七天内可退货。"]
    (listed,), _ = shop.frontdesk.knowledge.entries(shop.id, "", 0, 10)
    assert listed.answer == "七天内可退货。"
    with pytest.raises(Conflict):
        shop.frontdesk.editions.discard(shop.id)
    with pytest.raises(Conflict):
        shop.publish()


def test_what_is_deleted_is_gone_at_once_while_other_changes_wait(shop: Shop) -> None:
    wrong, other = shop.add("怎么退货", "不可以退货。"), shop.add("退货运费", "退货运费自理。")
    first = shop.publish()
    shop.edit(other, "退货运费全免。")
    shop.frontdesk.knowledge.delete_entry(wrong.id)
    assert (shop.found(), shop.found_in_draft()) == (["退货运费自理。"], ["退货运费全免。"])
    newest = shop.frontdesk.editions.versions(shop.id)[0]
    assert (newest.origin, newest.passages) == (Origin.DELETED, 2)
    shop.roll_back(first)
    assert shop.found() == ["不可以退货。", "退货运费自理。"]


def test_what_is_removed_with_the_next_version_answers_until_then(shop: Shop) -> None:
    entry = shop.add("怎么退货", "七天内可退货。")
    shop.publish()
    shop.frontdesk.knowledge.delete_entry(entry.id, at_once=False)
    assert (shop.found(), shop.found_in_draft()) == (["七天内可退货。"], [])
    assert shop.frontdesk.knowledge.entries(shop.id, "", 0, 10)[1] == 0
    shop.publish()
    assert shop.found() == []


def test_a_document_comes_back_with_the_file_it_had(shop: Shop) -> None:
    document_id = shop.upload("# 退货\n\n七天内可以退货。\n")
    first = shop.publish()
    shop.upload("# 退货\n\n十五天内可以退货。\n")
    shop.publish()
    shop.frontdesk.knowledge.delete_document(document_id)
    assert shop.found() == []
    again = shop.upload("# 退货\n\n三十天内可以退货。\n")
    shop.publish()
    shop.roll_back(first)
    assert shop.found() == ["七天内可以退货。"]
    document = shop.frontdesk.knowledge.document(document_id)
    assert "七天" in shop.frontdesk.knowledge.file(document, 1).read_text("utf-8")
    with pytest.raises(NotFound):
        shop.frontdesk.knowledge.document(again)


def test_two_versions_can_be_compared(shop: Shop) -> None:
    changed, removed = shop.add("怎么退货", "七天内可退货。"), shop.add("退货运费", "退货运费自理。")
    document = shop.upload("# 一\n\n第一段。\n\n# 二\n\n第二段。\n\n# 三\n\n第三段。\n")
    first = shop.publish()
    shop.edit(changed, "十五天内可退货。")
    shop.frontdesk.knowledge.delete_entry(removed.id, at_once=False)
    added = shop.add("保修多久", "保修一年。")
    shop.upload("# 一\n\n第一段。\n\n# 二\n\n第二段改了。\n\n# 三\n\n第三段。\n")
    comparison = shop.frontdesk.editions.compare(shop.id, first, first + 1)
    assert comparison.total == 4
    by_source = {source.document_id or source.entry_id: source for source in comparison.sources}
    told = {
        source: [(passage.kind, passage.before, passage.after) for passage in by_source[source].passages]
        for source in (changed.id, removed.id, added.id, document)
    }
    assert told == {
        changed.id: [("changed", "七天内可退货。", "十五天内可退货。")],
        removed.id: [("removed", "退货运费", None), ("removed", "退货运费自理。", None)],
        added.id: [("added", None, "保修多久"), ("added", None, "保修一年。")],
        document: [("changed", "第二段。", "第二段改了。")],
    }
    assert by_source[changed.id].title == "怎么退货"
    assert by_source[document].title == "info.md"


def test_changes_that_do_not_wait_are_versions_by_themselves(shop: Shop) -> None:
    shop.add("怎么退货", "七天内可退货。")
    shop.frontdesk.editions.gather(shop.id, False, BY_NOBODY)
    assert shop.found() == ["七天内可退货。"]
    shop.add("退货运费", "退货运费自理。")
    assert shop.found() == ["七天内可退货。", "退货运费自理。"]
    assert [version.origin for version in shop.frontdesk.editions.versions(shop.id)] == [
        Origin.CHANGED,
        Origin.PUBLISHED,
    ]


def test_only_what_is_kept_can_come_back(shop: Shop) -> None:
    shop.add("怎么退货", "七天内可退货。")
    number = shop.publish()
    with pytest.raises(Invalid):
        shop.roll_back(number)
    with pytest.raises(NotFound):
        shop.roll_back(number + 5)
    with pytest.raises(NotFound):
        shop.frontdesk.editions.compare(shop.id, number + 5, number)


def test_both_engines_give_the_same_passages_and_scores(
    build: Callable[..., Frontdesk], knowledge_base_id: uuid.UUID, entries: None, model: tuple[str, Script]
) -> None:
    for settings in ({}, {"embedding_url": model[0]}):
        in_memory, by_milvus = build(**settings), build(**settings, memory_passages=0)
        in_memory.rebuilding.rebuild(knowledge_base_id, lambda _: None)
        for query in ("可以退货吗", "海南能发货吗？运费多少", "return policy", "invoice for my order"):
            one, other = (each.retrieval.retrieve(knowledge_base_id, query) for each in (in_memory, by_milvus))
            assert one.passages
            assert one.legs == other.legs
            assert [passage.text for passage in one.passages] == [passage.text for passage in other.passages]
            for left, right in zip(one.passages, other.passages, strict=True):
                assert (left.score, left.lexical, left.coverage) == pytest.approx(
                    (right.score, right.lexical, right.coverage), rel=1e-5
                )


def test_memory_sheds_what_nobody_finds_any_more(
    build: Callable[..., Frontdesk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontdesk.knowledge.in_memory.ROWS_AT_ONCE", 4)
    frontdesk = build()
    base_id = frontdesk.inboxes.bases("web")[0]
    (entry,) = frontdesk.knowledge.add_entries(base_id, [EntryText(("怎么退货",), "七天内可退货。")])
    frontdesk.indexing.index_entries(base_id)
    for days in range(10):
        frontdesk.knowledge.change_entry(entry.id, None, f"{days}天内可退货。")
        frontdesk.indexing.index_entries(base_id)
        passages = frontdesk.retrieval.retrieve(base_id, "退货").passages
        assert [passage.text for passage in passages] == [f"{days}天内可退货。"]
    base = frontdesk.knowledge.base(base_id)
    view = frontdesk.retrieval._small.view(base, base.published)
    assert sum(len(segment.ids) for segment in view.all_segments) < 12


def test_an_earlier_version_is_searched_as_it_was(shop: Shop) -> None:
    returns = shop.add("怎么退货", "七天内可退货。")
    gone = shop.add("退货邮费谁出", "我们出。")
    first = shop.publish()
    before = shop.frontdesk.retrieval.retrieve(shop.id, "怎么退货").passages
    shop.edit(returns, "三十天内可退货。")
    for number in range(20):
        shop.add(f"第{number}种商品怎么退货", f"找{number}号柜台。")
    shop.publish()
    again = shop.frontdesk.retrieval.retrieve(shop.id, "怎么退货", version=first).passages
    assert [passage.text for passage in again] == [passage.text for passage in before]
    if shop.frontdesk.settings.memory_passages:
        assert [passage.score for passage in again] == [passage.score for passage in before]
    shop.frontdesk.knowledge.delete_entry(gone.id)
    left = shop.frontdesk.retrieval.retrieve(shop.id, "怎么退货", version=first).passages
    assert [passage.text for passage in left] == ["七天内可退货。"]
    with pytest.raises(NotFound):
        shop.frontdesk.retrieval.retrieve(shop.id, "怎么退货", version=first + 50)


def test_what_waits_changes_no_answer_of_what_is_published(shop: Shop) -> None:
    shop.add("怎么退货", "七天内可退货。")
    shop.add("怎么换货", "十天内可换货。")
    shop.publish()
    before = shop.frontdesk.retrieval.retrieve(shop.id, "怎么退货").passages
    for number in range(20):
        shop.add(f"第{number}种商品怎么退货", f"找{number}号柜台。")
    after = shop.frontdesk.retrieval.retrieve(shop.id, "怎么退货").passages
    assert [passage.text for passage in after] == [passage.text for passage in before]
    if shop.frontdesk.settings.memory_passages:
        assert [passage.score for passage in after] == [passage.score for passage in before]


def test_what_expires_is_not_found_from_that_moment_on(shop: Shop) -> None:
    entry = shop.add("怎么退货", "七天内可退货。")
    shop.publish()
    assert shop.found() == ["七天内可退货。"]
    shop.frontdesk.knowledge.set_expiry(Entry, entry.id, now() - timedelta(seconds=1))
    assert shop.found() == []
    shop.frontdesk.knowledge.set_expiry(Entry, entry.id, now() + timedelta(days=1))
    assert shop.found() == ["七天内可退货。"]
