"""Milvus itself: what is stored is found, filters can not be broken out of, a restart is survived."""

import uuid

import pytest

from frontdesk.errors import Unavailable
from frontdesk.knowledge import lexical
from frontdesk.knowledge.index import SELF_TEST, Index, Row, equals
from frontdesk.settings import Settings
from tests.conftest import free_ports
from tests.model_server import embed


@pytest.fixture
def index(settings: Settings) -> Index:
    return Index(settings.milvus_uri)


def row(text: str) -> Row:
    return Row(uuid.uuid4(), lexical.stored_vector(lexical.pack(lexical.terms(text))), None)


@pytest.fixture
def collection(index: Index) -> str:
    name = f"test_{uuid.uuid4().hex[:8]}"
    index.create(name, None)
    yield name
    index.drop(name)


def find(index: Index, collection: str, text: str) -> list[uuid.UUID]:
    question = lexical.question(text, lexical.terms(text), {}, lexical.Corpus(10, 100, 50))
    return [found.id for found in index.search_lexical(collection, dict(question.weights), 10)]


def test_both_languages_are_found(index: Index, collection: str) -> None:
    chinese, english = row("你们的退货政策"), row("our return policy")
    index.write(collection, [chinese, english])
    assert find(index, collection, "退货") == [chinese.id]
    assert find(index, collection, "returns") == [english.id]
    assert find(index, collection, "🙂") == []


def test_writing_again_replaces(index: Index, collection: str) -> None:
    one = row("退货")
    index.write(collection, [one])
    index.write(collection, [one])
    assert find(index, collection, "退货") == [one.id]


def test_what_is_forgotten_is_not_found(index: Index, collection: str) -> None:
    first, second = row("退货"), row("退货流程")
    index.write(collection, [first, second])
    index.forget(collection, [first.id])
    assert find(index, collection, "退货") == [second.id]


@pytest.mark.parametrize("value", ['" or id != "', "\\", '\\" or 1==1 or id in ["', "a\nb", "'", "中文"])
def test_a_value_can_not_leave_its_quotes(index: Index, collection: str, value: str) -> None:
    index.write(collection, [row("退货")])
    client = index._connected()
    assert len(client.query(collection, filter=equals("id", [value]), output_fields=["id"])) == 0
    assert len(client.query(collection, filter=f"not ({equals('id', [value])})", output_fields=["id"])) == 1


def test_the_self_test_finds_by_each_leg(index: Index) -> None:
    assert index.self_test(None) == {"lexical": True}
    assert index.self_test([embed(text) for text in SELF_TEST]) == {"lexical": True, "dense": True}


def test_the_self_test_notices_a_leg_that_finds_the_wrong_thing(index: Index) -> None:
    # An embedder that sees no difference between two sentences is no second leg.
    assert index.self_test([[1.0, 0.0], [1.0, 0.0]]) == {"lexical": True, "dense": False}


def test_a_milvus_that_is_away_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        Index(f"http://127.0.0.1:{free_ports(1)[0]}").exists("any")
