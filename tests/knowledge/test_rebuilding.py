"""An embedder that comes late, goes, comes back or is another: answers go on, and the index follows."""

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from pymilvus import MilvusClient
from sqlalchemy import select, text

from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Conflict
from frontdesk.knowledge import lexical
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.index import Index, Row
from frontdesk.knowledge.index_models import Embedding, KeptIndex
from frontdesk.knowledge.models import Chunk, KnowledgeBase, SourceStatus
from tests.model_server import DIMENSIONS, Script, embed
from tests.waiting import wait_for

KNOWN = "你们的退货政策是怎么样的？"
LATER = EntryText(("可以开专票吗",), "可以开具增值税专用发票。")


class Shop:
    """A Frontdesk whose embedder is somebody's server, and the index of its knowledge base."""

    def __init__(self, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
        self.frontdesk = frontdesk
        self.id = knowledge_base_id

    @property
    def base(self) -> KnowledgeBase:
        return self.frontdesk.knowledge.base(self.id)

    def legs(self, question: str = KNOWN) -> tuple[Sequence[str], Sequence[str]]:
        """The legs that find the first passage, and the notes of the search; there is always a passage."""
        record = self.frontdesk.assistant.consider(self.id, question)
        assert record.passages
        return record.legs, record.notes

    def add(self, entry: EntryText = LATER) -> None:
        """An entry, which is ready at once whatever the embedder does."""
        self.frontdesk.knowledge.add_entries(self.id, [entry])
        self.frontdesk.indexing.index_entries(self.id)
        entries, _ = self.frontdesk.knowledge.entries(self.id, entry.questions[0], 0, 1)
        assert entries[0].status == SourceStatus.READY
        assert self.frontdesk.assistant.consider(self.id, entry.questions[0]).passages[0].text == entry.answer

    def sweep(self) -> None:
        """What beat does every ten seconds, and the worker then, as if half a minute had gone by."""
        with self.frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE rebuilds SET job_until = now() WHERE job_id IS NULL"))
        for knowledge_base_id in self.frontdesk.rebuilding.owing():
            while self.frontdesk.rebuilding.work(knowledge_base_id):
                pass

    def settle(self) -> None:
        """Sweeps until nothing is owed: a rebuild, and a while later the tidying up."""
        self.sweep()

        def settled() -> bool:
            self.sweep()
            legs = self.frontdesk.health.report()["parts"]["retrieval"]["legs"]
            # A server that failed is left alone for a while, and nothing seems to be owed as long as that lasts.
            is_away = legs.get("dense") == "embedder does not answer"
            return not is_away and self.frontdesk.rebuilding.owing() == []

        wait_for(settled, seconds=60, what="nothing is owed")
        assert sorted([self.base.collection, *self.kept()]) == sorted(self.collections())
        assert sorted(self.stored()) == sorted(self.written())

    def collections(self) -> list[str]:
        """All collections that Milvus has for the knowledge base."""
        client = MilvusClient(self.frontdesk.settings.milvus_uri)
        names = [name for name in client.list_collections() if self.id.hex in name]
        client.close()
        return names

    def kept(self) -> list[str]:
        """The collections that wait for somebody to go back to their embedder."""
        with self.frontdesk.sessions() as session:
            return list(session.scalars(select(KeptIndex.collection)))

    def spaces(self) -> set[str]:
        """The vector spaces that there are vectors of."""
        with self.frontdesk.sessions() as session:
            return set(session.scalars(select(Embedding.space)))

    def stored(self) -> list[uuid.UUID]:
        """The chunks in the collection."""
        return self._in_milvus("id != ''")

    def embedded(self) -> list[uuid.UUID]:
        """The chunks in the collection that have their vector."""
        return self._in_milvus("embedded == true")

    def written(self) -> list[uuid.UUID]:
        """The chunks that should be in the collection."""
        with self.frontdesk.sessions() as session:
            return list(session.scalars(select(Chunk.id).where(Chunk.written_at.is_not(None))))

    def _in_milvus(self, condition: str) -> list[uuid.UUID]:
        client = MilvusClient(self.frontdesk.settings.milvus_uri)
        rows = client.query(
            self.base.collection, filter=condition, output_fields=["id"], limit=1000, consistency_level="Strong"
        )
        client.close()
        return [uuid.UUID(row["id"]) for row in rows]


HYBRID = (["lexical", "dense"], [])
UNDER_WAY = (["lexical"], ["embedder_changed"])
AWAY = (["lexical"], ["embedder_unavailable"])


@pytest.fixture
def script(model: tuple[str, Script]) -> Script:
    """How the embedder behaves; at first it is away."""
    model[1].broken = True
    return model[1]


@pytest.fixture
def shop(build: Callable[..., Frontdesk], model: tuple[str, Script], script: Script) -> Shop:
    """A little knowledge that was indexed while the embedder was not there yet."""
    frontdesk = build(embedding_url=model[0])
    shop = Shop(frontdesk, frontdesk.inboxes.bases("web")[0])
    shop.add(EntryText((KNOWN, "可以退货吗", "怎么退货"), "签收后7天内可以无理由退货，运费由买家承担。"))
    shop.add(EntryText(("请问你们海南能发货吗？", "海南可以送吗"), "可以发往海南，首重运费12元，3到5天送达。"))
    return shop


@pytest.fixture
def hybrid(shop: Shop, script: Script) -> Shop:
    """The same once the embedder has come."""
    script.broken = False
    shop.settle()
    assert shop.legs() == HYBRID
    return shop


class TestAnEmbedderThatComesLate:
    def test_words_are_searched_without_asking_for_it(self, shop: Shop, script: Script) -> None:
        assert shop.base.embedder is None
        asked = len(script.embedded)
        assert shop.legs() == UNDER_WAY
        assert len(script.embedded) == asked

    def test_nothing_is_owed_before_it_is_there(self, shop: Shop) -> None:
        assert shop.frontdesk.rebuilding.owing() == []

    def test_then_all_is_embedded_beside_and_switched(self, shop: Shop, script: Script) -> None:
        old = shop.base.collection
        script.broken = False
        shop.sweep()
        assert shop.legs() == HYBRID
        assert sorted(shop.embedded()) == sorted(shop.written())
        assert old in shop.collections()  # whoever read its name just before finds it there
        shop.settle()
        assert shop.kept() == [old]  # and who has no embedder any more goes back to it

    def test_that_breaks_down_meanwhile_leaves_the_old_index(self, shop: Shop, script: Script) -> None:
        script.broken = False
        assert shop.frontdesk.rebuilding.owing() == [shop.id]
        script.broken = True
        assert not shop.frontdesk.rebuilding.work(shop.id)
        assert shop.legs() == UNDER_WAY
        script.broken = False
        shop.settle()
        assert shop.legs() == HYBRID


class TestAnEmbedderThatGoes:
    def test_the_words_go_on(self, hybrid: Shop, script: Script) -> None:
        script.broken = True
        assert hybrid.legs() == AWAY

    def test_what_comes_meanwhile_is_found_by_words_and_embedded_later(self, hybrid: Shop, script: Script) -> None:
        collection = hybrid.base.collection
        script.broken = True
        hybrid.add()
        assert hybrid.base.incomplete
        assert len(hybrid.written()) - len(hybrid.embedded()) == 2
        assert hybrid.frontdesk.rebuilding.work(hybrid.id) is False
        script.broken = False
        asked = len(script.embedded)
        hybrid.settle()
        assert sorted(hybrid.embedded()) == sorted(hybrid.written())
        assert sum(len(body["input"]) for body in script.embedded[asked:]) <= 2 + 3  # and nothing else again
        assert (hybrid.base.collection, hybrid.base.incomplete) == (collection, False)
        assert hybrid.legs(LATER.questions[0]) == HYBRID

    def test_for_good_leaves_an_index_of_words(
        self, hybrid: Shop, build: Callable[..., Frontdesk], script: Script
    ) -> None:
        without = Shop(build(), hybrid.id)
        assert without.legs() == UNDER_WAY
        without.add()
        without.settle()
        assert without.base.embedder is None
        assert without.legs() == (["lexical"], [])


@pytest.mark.parametrize(
    "change", [{"embedding_model": "another"}, {"dimensions": 32}, {"embedding_model": "another", "dimensions": 96}]
)
class TestAnEmbedderThatIsAnotherOne:
    def test_answers_and_indexing_go_on_and_nothing_is_mixed(
        self, hybrid: Shop, script: Script, change: dict[str, object]
    ) -> None:
        vars(script).update(change)
        embedded = len(hybrid.embedded())
        assert hybrid.legs() == UNDER_WAY
        hybrid.add()
        assert len(hybrid.embedded()) == embedded
        hybrid.settle()
        assert hybrid.legs() == HYBRID
        assert hybrid.legs(LATER.questions[0]) == HYBRID
        assert sorted(hybrid.embedded()) == sorted(hybrid.written())

    def test_and_the_first_one_again_in_the_middle_of_it(
        self, hybrid: Shop, script: Script, change: dict[str, object]
    ) -> None:
        before = {name: getattr(script, name) for name in change}
        collection = hybrid.base.collection
        vars(script).update(change)
        assert hybrid.legs() == UNDER_WAY
        assert hybrid.frontdesk.rebuilding.work(hybrid.id, seconds=0)
        assert len(hybrid.collections()) == 2 + len(hybrid.kept())
        vars(script).update(before)
        assert hybrid.legs() == HYBRID
        hybrid.settle()
        assert hybrid.base.collection == collection


def follow(shop: Shop, script: Script, model: str | None, dimensions: int = DIMENSIONS) -> None:
    """Another embedder, and its index."""
    script.embedding_model, script.dimensions = model, dimensions
    wait_for(lambda: shop.legs() == UNDER_WAY, what="a question that meets the new one")
    shop.settle()
    assert shop.legs() == HYBRID


class TestGoingBack:
    """To the embedder before, within the days for which its index is kept."""

    def test_only_what_came_since_is_embedded(
        self, hybrid: Shop, script: Script, build: Callable[..., Frontdesk], model: tuple[str, Script]
    ) -> None:
        before = hybrid.base.collection
        follow(hybrid, script, "another", 96)
        after = hybrid.base.collection
        hybrid.add()
        (entry, *_), _ = hybrid.frontdesk.knowledge.entries(hybrid.id, KNOWN, 0, 1)
        hybrid.frontdesk.knowledge.delete_entry(entry.id)
        build(embedding_url=model[0], version_days=1e-9).pruning.prune()
        asked = len(script.embedded)
        follow(hybrid, script, None)
        texts = [text for body in script.embedded[asked:] if len(body["input"]) > 1 for text in body["input"]]
        assert len(texts) == len(LATER.questions) + 1
        assert hybrid.base.collection == before
        assert after in hybrid.kept()
        assert hybrid.legs(LATER.questions[0]) == HYBRID
        assert sorted(hybrid.embedded()) == sorted(hybrid.written())

    def test_a_kept_index_that_lacked_vectors_gets_them(self, hybrid: Shop, script: Script) -> None:
        before = hybrid.base.collection
        script.broken = True
        hybrid.add()
        script.broken = False
        follow(hybrid, script, "another")
        follow(hybrid, script, None)
        assert hybrid.base.collection == before
        assert sorted(hybrid.embedded()) == sorted(hybrid.written())

    def test_and_away_again_in_the_middle_of_it(self, hybrid: Shop, script: Script) -> None:
        before = hybrid.base.collection
        follow(hybrid, script, "another")
        hybrid.add()
        script.embedding_model = None
        assert hybrid.legs() == UNDER_WAY
        assert hybrid.frontdesk.rebuilding.work(hybrid.id, seconds=0)
        script.embedding_model = "another"
        assert hybrid.legs() == HYBRID
        hybrid.settle()
        assert before in hybrid.kept()
        follow(hybrid, script, None)
        assert hybrid.base.collection == before

    def test_an_index_that_somebody_removed_is_made_anew(self, hybrid: Shop, script: Script) -> None:
        before = hybrid.base.collection
        follow(hybrid, script, "another")
        Index(hybrid.frontdesk.settings.milvus_uri).drop(before)
        follow(hybrid, script, None)
        assert hybrid.legs() == HYBRID
        assert sorted(hybrid.embedded()) == sorted(hybrid.written())

    def test_its_time_ends(
        self, hybrid: Shop, script: Script, build: Callable[..., Frontdesk], model: tuple[str, Script]
    ) -> None:
        first = hybrid.base.embedder
        follow(hybrid, script, "another")
        hybrid.frontdesk.pruning.prune()
        assert hybrid.spaces() == {first, hybrid.base.embedder}
        forgetful = Shop(build(embedding_url=model[0], index_days=0), hybrid.id)
        forgetful.settle()
        assert forgetful.kept() == []
        forgetful.frontdesk.pruning.prune()
        assert forgetful.spaces() == {hybrid.base.embedder}


class TestAnIndexThatIsNotSound:
    """What a new collection holds is spoilt before it takes the old one's place."""

    @pytest.fixture
    def begun(self, hybrid: Shop, script: Script) -> str:
        """The name of a collection for another embedder that is about to be filled."""
        script.embedding_model = "another"
        assert hybrid.legs() == UNDER_WAY
        assert hybrid.frontdesk.rebuilding.work(hybrid.id, seconds=0)
        (name,) = set(hybrid.collections()) - {hybrid.base.collection, *hybrid.kept()}
        return name

    @pytest.mark.parametrize(("leg", "code"), [("lexical", "index_words"), ("dense", "index_vectors")])
    def test_the_old_one_goes_on_answering_and_health_says_so(
        self, hybrid: Shop, begun: str, leg: str, code: str
    ) -> None:
        old = hybrid.base.collection
        with hybrid.frontdesk.sessions() as session:
            chunks = session.scalars(select(Chunk)).all()
        rows = [
            Row(chunk.id, lexical.stored_vector(chunk.source_terms or chunk.terms), embed(chunk.searchable))
            for chunk in chunks
        ]
        spoilt = {"lexical": {1: 1.0}} if leg == "lexical" else {"dense": embed("something else")}
        Index(hybrid.frontdesk.settings.milvus_uri).write(begun, [replace(row, **spoilt) for row in rows])
        assert not hybrid.frontdesk.rebuilding.work(hybrid.id)
        assert hybrid.base.collection == old
        assert hybrid.legs() == UNDER_WAY
        assert hybrid.frontdesk.health.report()["parts"]["index"].endswith(code)
        (contents,) = hybrid.frontdesk.knowledge.bases()
        assert (contents.rebuild_error, contents.rebuilt) == (code, None)
        assert hybrid.frontdesk.rebuilding.owing() == []
        hybrid.settle()
        assert hybrid.legs() == HYBRID
        assert hybrid.frontdesk.health.report()["parts"]["index"] == "ok"


class TestOneAtATime:
    @pytest.fixture
    def held(self, shop: Shop, script: Script) -> threading.Thread:
        """A rebuild that waits for the embedder in the middle of a batch."""
        script.broken = False
        script.embeds.clear()
        script.embedding.clear()
        rebuilding = threading.Thread(target=shop.frontdesk.rebuilding.work, args=(shop.id,))
        rebuilding.start()
        assert script.embedding.wait(10)
        yield rebuilding
        script.embeds.set()
        rebuilding.join(20)

    def test_nobody_else_rebuilds(self, shop: Shop, held: threading.Thread) -> None:
        assert shop.frontdesk.rebuilding.owing() == []
        assert not shop.frontdesk.rebuilding.work(shop.id)
        with pytest.raises(Conflict):
            shop.frontdesk.rebuilding.rebuild(shop.id, lambda _: None)

    def test_its_progress_can_be_seen(self, shop: Shop, held: threading.Thread, script: Script) -> None:
        (contents,) = shop.frontdesk.knowledge.bases()
        assert contents.rebuilt == 0.0
        script.embeds.set()
        held.join(20)
        (contents,) = shop.frontdesk.knowledge.bases()
        assert contents.rebuilt is None

    def test_what_comes_and_goes_meanwhile_is_in_the_new_index_or_not(
        self, shop: Shop, held: threading.Thread, script: Script
    ) -> None:
        (entry, *_), _ = shop.frontdesk.knowledge.entries(shop.id, KNOWN, 0, 1)
        shop.frontdesk.knowledge.delete_entry(entry.id)
        shop.frontdesk.indexing.index_entries(shop.id)
        shop.add()
        script.embeds.set()
        held.join(20)
        assert shop.legs(LATER.questions[0]) == HYBRID
        shop.settle()

    def test_a_worker_that_lost_its_lease_switches_nothing(
        self, shop: Shop, held: threading.Thread, script: Script
    ) -> None:
        collection = shop.base.collection
        with shop.frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE rebuilds SET job_id = gen_random_uuid()"))
        script.embeds.set()
        held.join(20)
        assert shop.base.collection == collection
