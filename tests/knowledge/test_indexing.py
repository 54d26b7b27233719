"""From upload to findable and back: exact, repeatable, and what answered goes on answering."""

import math
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Conflict, Invalid, NotFound, Unavailable
from frontdesk.knowledge.collections import CHUNKS_AT_ONCE
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.index import Index
from frontdesk.knowledge.index_models import TermCount
from frontdesk.knowledge.indexing import MOST_ATTEMPTS, _Shift
from frontdesk.knowledge.models import Chunk, Document, SourceStatus
from tests.conftest import free_ports
from tests.model_server import Script

HAINAN = "# 发货\n\n海南可以发货，首重运费十二元。\n\n# 保修\n\n小家电保修一年。\n"


@pytest.fixture
def upload(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path) -> Callable[..., Document]:
    """Uploads a text and has it indexed."""

    def put(
        content: str | bytes, name: str = "info.md", index: bool = True, by: Frontdesk | None = None
    ) -> Document:
        path = tmp_path / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        document = frontdesk.knowledge.upload(knowledge_base_id, name, path)
        if index:
            (by or frontdesk).indexing.index_document(document.id)
        return frontdesk.knowledge.document(document.id)

    return put


def found(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, query: str) -> list[str]:
    """The texts of the passages that a question finds."""
    return [passage.text for passage in frontdesk.assistant.consider(knowledge_base_id, query).passages]


def counts(frontdesk: Frontdesk) -> dict[int, int]:
    """The word counts that are not zero."""
    with frontdesk.sessions() as session:
        rows = session.execute(select(TermCount.term, TermCount.sources).where(TermCount.sources != 0)).all()
    return dict(rows)


class TestDocuments:
    def test_an_uploaded_document_is_found(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, upload: Callable[..., Document]
    ) -> None:
        document = upload(HAINAN)
        assert (document.status, document.error_code) == (SourceStatus.READY, None)
        assert document.passages == 2
        assert "十二元" in found(frontdesk, knowledge_base_id, "海南运费")[0]

    def test_indexing_twice_changes_nothing(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, upload: Callable[..., Document]
    ) -> None:
        document = upload(HAINAN)
        before = counts(frontdesk)
        frontdesk.indexing.index_document(document.id)
        assert counts(frontdesk) == before
        assert len(found(frontdesk, knowledge_base_id, "海南")) == 1

    def test_the_same_name_replaces_whole(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, upload: Callable[..., Document]
    ) -> None:
        first = upload(HAINAN)
        second = upload("# 发货\n\n海南可以发货，首重运费二十元。\n")
        assert (second.id, second.revision, second.passages) == (first.id, 2, 1)
        assert found(frontdesk, knowledge_base_id, "海南运费 保修") == ["海南可以发货，首重运费二十元。"]

    def test_until_the_new_one_is_ready_the_old_one_answers(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, upload: Callable[..., Document]
    ) -> None:
        upload(HAINAN)
        upload("# 发货\n\n海南首重运费二十元。\n", index=False)
        assert "十二元" in found(frontdesk, knowledge_base_id, "海南运费")[0]

    def test_a_failed_replacement_leaves_the_old_one_and_says_why(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, upload: Callable[..., Document]
    ) -> None:
        upload(HAINAN)
        failed = upload("<!-- nothing to read -->\n")
        assert failed.status == SourceStatus.FAILED
        assert failed.error_code == "file_no_text"
        assert failed.error_message
        assert "十二元" in found(frontdesk, knowledge_base_id, "海南运费")[0]

    def test_a_deleted_document_is_gone_at_once(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, upload: Callable[..., Document]
    ) -> None:
        document = upload(HAINAN)
        frontdesk.knowledge.delete_document(document.id)
        assert found(frontdesk, knowledge_base_id, "海南运费") == []
        assert counts(frontdesk) == {}
        with pytest.raises(NotFound):
            frontdesk.knowledge.document(document.id)

    def test_once_no_version_has_it_nothing_of_it_is_left(
        self, build: Callable[..., Frontdesk], knowledge_base_id: uuid.UUID, upload: Callable[..., Document]
    ) -> None:
        forgetful = build(version_days=1e-9)
        document = upload(HAINAN)
        collection = forgetful.knowledge.base(knowledge_base_id).collection
        forgetful.knowledge.delete_document(document.id)
        forgetful.pruning.prune()
        with pytest.raises(NotFound):
            forgetful.knowledge.file(document)
        with forgetful.sessions() as session:
            assert session.scalar(select(func.count()).select_from(Chunk)) == 0
            assert session.scalar(select(func.count()).select_from(Document)) == 0
        assert Index(forgetful.settings.milvus_uri).count(collection) == 0

    def test_clearing_away_leaves_alone_what_is_used_or_under_way(
        self, build: Callable[..., Frontdesk], knowledge_base_id: uuid.UUID, upload: Callable[..., Document]
    ) -> None:
        forgetful = build(version_days=1e-9)
        first = upload(HAINAN)
        second = upload("# 发货\n\n海南首重运费二十元。\n", index=False)
        forgetful.pruning.prune()
        assert "十二元" in found(forgetful, knowledge_base_id, "海南运费")[0]
        forgetful.indexing.index_document(second.id)
        forgetful.pruning.prune()
        assert found(forgetful, knowledge_base_id, "海南运费 保修") == ["海南首重运费二十元。"]
        document = forgetful.knowledge.document(first.id)
        assert list(document.files) == ["2"]
        assert forgetful.knowledge.file(document).is_file()

    def test_a_name_can_be_used_again_while_the_old_one_is_cleared_up(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, upload: Callable[..., Document]
    ) -> None:
        old = upload(HAINAN)
        frontdesk.knowledge.delete_document(old.id)
        new = upload(HAINAN)
        frontdesk.indexing.index_document(old.id)
        assert new.id != old.id
        assert len(found(frontdesk, knowledge_base_id, "海南运费")) == 1

    def test_without_milvus_it_waits_and_then_resumes(
        self, frontdesk: Frontdesk, build, upload: Callable[..., Document], knowledge_base_id: uuid.UUID
    ) -> None:
        cut_off = build(milvus_uri=f"http://127.0.0.1:{free_ports(1)[0]}")
        document = upload(HAINAN, by=cut_off)
        assert (document.status, document.error_code) == (SourceStatus.WORKING, "milvus_unavailable")
        with frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE documents SET job_until = now() - interval '1 second'"))
        assert frontdesk.indexing.owing()[0] == [document.id]
        frontdesk.indexing.index_document(document.id)
        assert frontdesk.knowledge.document(document.id).status == SourceStatus.READY

    def test_an_outage_is_waited_for_as_long_as_it_lasts(
        self, frontdesk: Frontdesk, build, upload: Callable[..., Document]
    ) -> None:
        cut_off = build(milvus_uri=f"http://127.0.0.1:{free_ports(1)[0]}")
        document = upload(HAINAN, index=False)
        for _ in range(MOST_ATTEMPTS + 2):
            self.end_leases(frontdesk)
            cut_off.indexing.index_document(document.id)
        waiting = frontdesk.knowledge.document(document.id)
        assert (waiting.status, waiting.error_code) == (SourceStatus.WORKING, "milvus_unavailable")
        self.end_leases(frontdesk)
        frontdesk.indexing.index_document(document.id)
        assert frontdesk.knowledge.document(document.id).status == SourceStatus.READY

    def test_what_is_deleted_stays_deleted_whatever_fails(
        self, frontdesk: Frontdesk, build, upload: Callable[..., Document], knowledge_base_id: uuid.UUID
    ) -> None:
        document = upload(HAINAN)
        frontdesk.knowledge.delete_document(document.id)
        cut_off = build(milvus_uri=f"http://127.0.0.1:{free_ports(1)[0]}", version_days=1e-9)
        cut_off.pruning.prune()
        frontdesk.indexing.index_document(document.id)
        assert found(frontdesk, knowledge_base_id, "海南运费") == []
        assert counts(frontdesk) == {}

    def test_a_failed_document_can_be_tried_again(
        self, frontdesk: Frontdesk, upload: Callable[..., Document]
    ) -> None:
        document = upload("<!-- nothing to read -->\n")
        assert frontdesk.knowledge.retry(document.id).status == SourceStatus.QUEUED
        with pytest.raises(Conflict):
            frontdesk.knowledge.retry(document.id)

    def test_a_paused_document_goes_on_where_it_stood(
        self, frontdesk: Frontdesk, upload: Callable[..., Document], knowledge_base_id: uuid.UUID
    ) -> None:
        document = upload(HAINAN, index=False)
        assert frontdesk.knowledge.pause(document.id).status == SourceStatus.PAUSED
        assert frontdesk.indexing.index_document(document.id) is False
        assert found(frontdesk, knowledge_base_id, "海南运费") == []
        with pytest.raises(Conflict):
            frontdesk.knowledge.pause(document.id)
        frontdesk.knowledge.retry(document.id)
        frontdesk.indexing.index_document(document.id)
        assert "十二元" in found(frontdesk, knowledge_base_id, "海南运费")[0]

    def test_a_long_document_is_indexed_in_shifts(
        self, frontdesk: Frontdesk, upload: Callable[..., Document], knowledge_base_id: uuid.UUID
    ) -> None:
        sections = "\n".join(f"# 第{n}条\n\n商品{n}号的保修期是{n}天。\n" for n in range(CHUNKS_AT_ONCE + 1))
        document = upload(sections, index=False)
        assert frontdesk.indexing.index_document(document.id, seconds=0) is True
        assert found(frontdesk, knowledge_base_id, "商品7号的保修期") == []
        waiting = frontdesk.knowledge.document(document.id)
        assert (waiting.status, waiting.job_until) == (SourceStatus.WORKING, None)
        assert frontdesk.indexing.index_document(document.id) is False
        assert found(frontdesk, knowledge_base_id, "商品7号的保修期")

    @staticmethod
    def end_leases(frontdesk: Frontdesk) -> None:
        with frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE documents SET job_until = NULL"))

    def test_a_job_whose_lease_was_taken_stops_without_publishing(
        self, frontdesk: Frontdesk, upload: Callable[..., Document], knowledge_base_id: uuid.UUID
    ) -> None:
        document = upload(HAINAN, index=False)
        late, owner = uuid.uuid4(), uuid.uuid4()
        with frontdesk.sessions.begin() as session:
            session.get_one(Document, document.id).job_id = owner
        shift = _Shift(late, math.inf)
        frontdesk.indexing._attempt(Document, [document], shift, frontdesk.indexing._index_document)
        assert found(frontdesk, knowledge_base_id, "海南运费") == []
        assert frontdesk.knowledge.document(document.id).job_id == owner

    @pytest.mark.parametrize(
        ("name", "content"),
        [("a.pdf", b"no pdf"), ("a.docx", b"PK\x03\x04 broken"), ("a.txt", b""), ("a.exe", b"MZ")],
    )
    def test_what_can_not_be_read_is_refused_at_the_door(
        self, frontdesk: Frontdesk, upload: Callable[..., Document], name: str, content: bytes
    ) -> None:
        with pytest.raises(Invalid):
            upload(content, name)
        assert [p for p in frontdesk.settings.files_dir.iterdir() if p.is_file()] == []


class TestEntries:
    def test_an_entry_is_found_by_each_of_its_questions_and_once(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
    ) -> None:
        entry = EntryText(("怎么退货", "可以退款吗", "return an item"), "七天内可退。")
        frontdesk.knowledge.add_entries(knowledge_base_id, [entry])
        frontdesk.indexing.index_entries(knowledge_base_id)
        for question in entry.questions:
            assert found(frontdesk, knowledge_base_id, question) == ["七天内可退。"]

    def test_a_changed_entry_answers_anew_and_a_deleted_one_no_more(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
    ) -> None:
        (entry,) = frontdesk.knowledge.add_entries(knowledge_base_id, [EntryText(("怎么退货",), "七天内可退。")])
        frontdesk.indexing.index_entries(knowledge_base_id)
        frontdesk.knowledge.change_entry(entry.id, ["如何退换"], "十五天内可退。")
        frontdesk.indexing.index_entries(knowledge_base_id)
        assert found(frontdesk, knowledge_base_id, "如何退换") == ["十五天内可退。"]
        frontdesk.knowledge.delete_entry(entry.id)
        assert found(frontdesk, knowledge_base_id, "如何退换") == []
        frontdesk.indexing.index_entries(knowledge_base_id)
        assert counts(frontdesk) == {}
        assert frontdesk.knowledge.base(knowledge_base_id).passages == 0

    @pytest.mark.parametrize("query", ["%", "_", "\\", "退", "7天"])
    def test_the_search_box_takes_every_character_as_it_is(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, query: str
    ) -> None:
        texts = [
            EntryText((f"关于{query}的问题",), "答"),
            EntryText(("别的",), f"答里有{query}"),
            EntryText(("无关",), "答"),
        ]
        frontdesk.knowledge.add_entries(knowledge_base_id, texts)
        assert frontdesk.knowledge.entries(knowledge_base_id, query, 0, 10)[1] == 2


class TestRebuild:
    def test_milvus_is_rebuilt_whole_from_postgresql(
        self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None, upload: Callable[..., Document]
    ) -> None:
        upload(HAINAN)
        before = found(frontdesk, knowledge_base_id, "海南")
        old = frontdesk.knowledge.base(knowledge_base_id).collection
        frontdesk.rebuilding.rebuild(knowledge_base_id, lambda _: None)
        assert frontdesk.knowledge.base(knowledge_base_id).collection != old
        assert found(frontdesk, knowledge_base_id, "海南") == before

    def test_a_rebuild_that_fails_leaves_everything_as_it_was(
        self, frontdesk: Frontdesk, build, knowledge_base_id: uuid.UUID, entries: None
    ) -> None:
        before = found(frontdesk, knowledge_base_id, "海南")
        broken = build(embedding_url=f"http://127.0.0.1:{free_ports(1)[0]}/v1")
        with pytest.raises(Unavailable):
            broken.rebuilding.rebuild(knowledge_base_id, lambda _: None)
        assert found(frontdesk, knowledge_base_id, "海南") == before

    def test_another_embedder_is_never_mixed_in(
        self, build, model: tuple[str, Script], knowledge_base_id: uuid.UUID, entries: None
    ) -> None:
        url, _ = model
        one = build(embedding_url=url, embedding_model="one")
        one.rebuilding.rebuild(knowledge_base_id, lambda _: None)
        two = build(embedding_url=url, embedding_model="two")
        record = two.assistant.consider(knowledge_base_id, "海南能发货吗")
        assert (record.legs, record.notes) == (["lexical"], ["embedder_changed"])
