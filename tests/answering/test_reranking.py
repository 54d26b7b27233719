"""A reranker puts what was found in its order; without its answer the order stays."""

import uuid
from collections.abc import Callable

import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Unavailable
from frontdesk.models_client import Reranker
from tests.conftest import free_ports
from tests.model_server import Script

pytestmark = pytest.mark.usefixtures("entries")

QUESTION = "可以退货吗，海南能发货吗"
Server = tuple[str, Script]


def test_what_the_reranker_likes_comes_first(
    build: Callable[..., Frontdesk], frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, model: Server
) -> None:
    url, script = model
    plain = frontdesk.retrieval.retrieve(knowledge_base_id, QUESTION).passages
    assert len(plain) > 1
    assert {passage.rerank for passage in plain} == {None}
    script.liked = plain[1].text
    retrieved = build(rerank_url=url).retrieval.retrieve(knowledge_base_id, QUESTION)
    assert [passage.text for passage in retrieved.passages[:2]] == [plain[1].text, plain[0].text]
    assert [passage.rerank for passage in retrieved.passages[:2]] == [0.9, 0.1]
    assert retrieved.passages[0].score == plain[1].score
    assert "rerank" in retrieved.timings_ms
    (asked,) = script.reranked
    assert (asked["query"], asked["model"], asked["top_n"]) == (QUESTION, "default", len(asked["documents"]))
    assert asked["documents"][0] == f"{plain[0].title}\n{plain[0].text}"


def test_the_record_has_its_scores_and_the_lead_is_theirs(
    build: Callable[..., Frontdesk], knowledge_base_id: uuid.UUID, model: Server
) -> None:
    url, script = model
    script.liked = "海南"
    record = build(rerank_url=url).assistant.consider(knowledge_base_id, QUESTION)
    assert record.as_json()["passages"][0]["rerank"] == 0.9
    sure = record.as_json()["confidence"]
    script.liked = "\0"
    undecided = build(rerank_url=url).assistant.consider(knowledge_base_id, QUESTION)
    assert undecided.as_json()["confidence"] < sure


def test_a_reranker_that_fails_leaves_the_order(
    build: Callable[..., Frontdesk], frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, model: Server
) -> None:
    url, script = model
    script.broken = True
    retrieved = build(rerank_url=url).retrieval.retrieve(knowledge_base_id, QUESTION)
    assert retrieved.passages == frontdesk.retrieval.retrieve(knowledge_base_id, QUESTION).passages
    assert retrieved.notes == ["reranker_unavailable"]


def test_nothing_found_is_not_asked_about(
    build: Callable[..., Frontdesk], knowledge_base_id: uuid.UUID, model: Server
) -> None:
    url, script = model
    assert not build(rerank_url=url).retrieval.retrieve(knowledge_base_id, "zzzz").passages
    assert script.reranked == []


def test_logits_become_scores(model: Server) -> None:
    url, script = model
    script.liked, script.rerank_scores = "good", (-4.0, 4.0)
    good, bad = Reranker(url, "default", "").rerank("which?", ["a good one", "a bad one"])
    assert good == pytest.approx(0.982, abs=1e-3)
    assert good + bad == pytest.approx(1.0)


@pytest.mark.parametrize("scores", [(0.1, float("nan")), (0.1, None)])
def test_scores_that_are_none_are_no_answer(model: Server, scores: tuple[float, float]) -> None:
    url, script = model
    script.liked, script.rerank_scores = "good", scores
    with pytest.raises(Unavailable):
        Reranker(url, "default", "").rerank("which?", ["a good one", "a bad one"])


def test_a_server_that_is_away_is_left_alone_for_a_while() -> None:
    (port,) = free_ports(1)
    reranker = Reranker(f"http://127.0.0.1:{port}/v1", "default", "")
    with pytest.raises(Unavailable, match="ConnectError"):
        reranker.rerank("which?", ["one"])
    with pytest.raises(Unavailable, match="a moment ago"):
        reranker.rerank("which?", ["one"])
