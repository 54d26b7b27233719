"""A release that finds other terms: a knowledge base is asked by the ones it has until all are found anew."""

import subprocess
import sys
import textwrap
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text

from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge import lexical, reanalysis
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.index_models import NextTerms, TermCount
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.versions import Authorship
from tests.conftest import free_ports
from tests.waiting import wait_for

MANUAL = "# 发货\n\n海南可以发货，首重运费十二元。\n\n# Warranty\n\nSmall appliances have a warranty of one year.\n"
RETURNS = EntryText(("怎么退货", "can I send it back"), "签收后7天内可以无理由退货。")
INVOICES = EntryText(("怎么开发票", "vat invoice"), "发货后三天内寄出发票。")
QUESTIONS = {"海南运费": "十二元", "warranty": "one year", "怎么退货": "无理由退货", "send it back": "无理由退货"}


def other_terms(text: str) -> Counter[str]:
    """Terms of which no other analysis has any, so that whoever mixes two of them finds nothing."""
    return Counter({f"/{word}": count for word, count in lexical._words_characters_and_stems(text).items()})


def release(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a release does that changes the analysis."""
    monkeypatch.setitem(lexical._ANALYSES, 2, other_terms)
    monkeypatch.setattr(lexical, "ANALYSIS", 2)


class Shop:
    """A knowledge base that was stored by the release before."""

    def __init__(self, frontdesk: Frontdesk, folder: Path) -> None:
        self.frontdesk = frontdesk
        self.id = frontdesk.inboxes.bases("web")[0]
        self._folder = folder

    @property
    def base(self) -> KnowledgeBase:
        return self.frontdesk.knowledge.base(self.id)

    def upload(self, content: str, name: str) -> None:
        path = self._folder / "upload"
        path.write_text(content, "utf-8")
        document = self.frontdesk.knowledge.upload(self.id, name, path)
        self.frontdesk.indexing.index_document(document.id)

    def add(self, entry: EntryText) -> None:
        self.frontdesk.knowledge.add_entries(self.id, [entry])
        self.frontdesk.indexing.index_entries(self.id)

    def answers(self, question: str) -> str:
        """What stands first; nothing where nothing is found by its words."""
        passages = self.frontdesk.retrieval.retrieve(self.id, question).passages
        return passages[0].text if passages and passages[0].lexical > 0 else ""

    def answers_all(self) -> bool:
        return all(expected in self.answers(question) for question, expected in QUESTIONS.items())

    def is_counted(self) -> bool:
        """Whether the word counts are what they are in a knowledge base that never knew another analysis."""
        with self.frontdesk.sessions() as session:
            rows = select(TermCount.term, TermCount.sources).where(TermCount.sources != 0)
            counted = dict(session.execute(rows.where(TermCount.knowledge_base_id == self.id)).all())
            sources = session.scalars(
                select(Chunk.source_terms).where(text("valid @> :draft").bindparams(draft=self.base.draft))
            )
            whole = [packed for packed in sources if packed]
        expected = Counter(dimension for packed in whole for dimension in lexical.unpack(packed)[0].tolist())
        return counted == expected and self.base.sources == len(whole)


@pytest.fixture(params=["in memory", "by Milvus"])
def shop(request: pytest.FixtureRequest, build: Callable[..., Frontdesk], tmp_path: Path) -> Shop:
    """One searched by either engine."""
    shop = Shop(build(memory_passages=0 if request.param == "by Milvus" else 1000), tmp_path)
    shop.upload(MANUAL, "manual.md")
    shop.add(RETURNS)
    assert shop.answers_all()
    return shop


@pytest.fixture
def released(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The same after a release with another analysis."""
    release(monkeypatch)
    return shop


def test_it_is_asked_by_its_own_terms_until_all_are_found_anew(released: Shop) -> None:
    shop = released
    collection = shop.base.collection
    assert shop.answers_all()
    assert shop.frontdesk.rebuilding.owing() == [shop.id]
    assert shop.frontdesk.rebuilding.work(shop.id, seconds=0)
    assert (shop.base.analysis, shop.base.collection) == (1, collection)
    assert shop.answers_all()
    assert not shop.frontdesk.rebuilding.work(shop.id)
    assert shop.base.analysis == 2
    assert shop.base.collection != collection
    assert shop.answers_all()
    assert shop.is_counted()
    with shop.frontdesk.sessions() as session:
        assert session.scalar(select(NextTerms.chunk_id)) is None
        assert all(
            packed == lexical.pack(other_terms(words))
            for packed, words in session.execute(select(Chunk.terms, Chunk.text))
        )


def test_what_comes_before_the_switch_and_after_is_found(released: Shop) -> None:
    shop = released
    assert shop.frontdesk.rebuilding.work(shop.id, seconds=0)
    shop.add(INVOICES)
    shop.upload("Gift wrapping costs two yuan.\n", "gifts.md")
    assert "寄出发票" in shop.answers("怎么开发票")
    assert "two yuan" in shop.answers("gift wrapping")
    assert not shop.frontdesk.rebuilding.work(shop.id)
    assert shop.base.analysis == 2
    assert "寄出发票" in shop.answers("vat invoice")
    assert "two yuan" in shop.answers("gift wrapping")
    shop.add(EntryText(("营业时间", "opening hours"), "早九点到晚九点。"))
    assert "早九点" in shop.answers("opening hours")
    assert shop.answers_all()
    assert shop.is_counted()


def test_what_the_release_before_cut_and_could_not_write(
    shop: Shop, build: Callable[..., Frontdesk], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.frontdesk.knowledge.add_entries(shop.id, [INVOICES])
    build(milvus_uri=f"http://127.0.0.1:{free_ports(1)[0]}").indexing.index_entries(shop.id)
    release(monkeypatch)
    shop.frontdesk.rebuilding.rebuild(shop.id, lambda _: None)
    with shop.frontdesk.sessions() as session:
        assert set(session.scalars(select(Chunk.analysis))) == {1, 2}
    with shop.frontdesk.engine.begin() as connection:
        connection.execute(text("UPDATE entries SET job_until = NULL"))
    shop.frontdesk.indexing.index_entries(shop.id)
    with shop.frontdesk.sessions() as session:
        assert set(session.scalars(select(Chunk.analysis))) == {2}
    assert "寄出发票" in shop.answers("vat invoice")
    assert shop.is_counted()


def test_an_earlier_version_comes_back_with_the_new_terms(released: Shop) -> None:
    shop = released
    before = shop.base.published
    shop.upload("# 发货\n\n海南暂不发货。\n", "manual.md")
    shop.frontdesk.rebuilding.rebuild(shop.id, lambda _: None)
    assert "暂不发货" in shop.answers("海南")
    shop.frontdesk.editions.roll_back(shop.id, before, Authorship())
    assert shop.answers_all()
    assert shop.is_counted()


def test_an_analysis_that_nobody_knows_any_more_gives_way(released: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = released
    monkeypatch.delitem(lexical._ANALYSES, 1)
    assert shop.answers("海南运费") == ""
    assert not shop.frontdesk.rebuilding.work(shop.id)
    assert shop.answers_all()


def test_two_knowledge_bases_of_one_inbox_on_either_side_of_the_switch(
    released: Shop, build: Callable[..., Frontdesk]
) -> None:
    shop = released
    other = shop.frontdesk.bases.add("Other").id
    shop.frontdesk.knowledge.add_entries(other, [INVOICES])
    shop.frontdesk.indexing.index_entries(other)
    assert {shop.base.analysis, shop.frontdesk.knowledge.base(other).analysis} == {1, 2}
    for question, expected in (("vat invoice", "寄出发票"), ("海南运费", "十二元")):
        found = shop.frontdesk.retrieval.retrieve_from([shop.id, other], question).passages
        assert expected in found[0].text


def test_a_killed_one_goes_on_where_it_stood(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(frontdesk, tmp_path)
    shop.upload(
        "\n".join(f"# 第{n}条\n\n商品{n}号的保修期是{n}天。\n" for n in range(3 * reanalysis.CHUNKS_AT_ONCE)),
        "manual.md",
    )
    program = f"""
        import uuid
        from frontdesk import bootstrap
        from frontdesk.knowledge import lexical
        from frontdesk.settings import Settings
        from tests.knowledge.test_reanalysis import other_terms
        lexical._ANALYSES[2], lexical.ANALYSIS = other_terms, 2
        bootstrap.build(Settings()).rebuilding.work(uuid.UUID({str(knowledge_base_id)!r}))
    """

    def prepared() -> int:
        with frontdesk.sessions() as session:
            return len(session.scalars(select(NextTerms.chunk_id)).all())

    settings = frontdesk.settings
    environment = {
        "FRONTDESK_DATABASE_URL": settings.database_url,
        "FRONTDESK_REDIS_URL": settings.redis_url,
        "FRONTDESK_MILVUS_URI": settings.milvus_uri,
        "FRONTDESK_SECRET_KEY": settings.secret_key.get_secret_value(),
        "FRONTDESK_FILES_DIR": str(settings.files_dir),
    }
    worker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], env=environment)
    wait_for(prepared, 60, "the first terms")
    worker.kill()
    worker.wait()
    done = prepared()
    assert 0 < done < 3 * reanalysis.CHUNKS_AT_ONCE
    assert "7天" in shop.answers("商品7号的保修期")
    with frontdesk.engine.begin() as connection:
        connection.execute(text("UPDATE rebuilds SET job_until = now()"))
    release(monkeypatch)
    assert not frontdesk.rebuilding.work(knowledge_base_id)
    assert shop.base.analysis == 2
    assert "7天" in shop.answers("商品7号的保修期")
    assert shop.is_counted()
