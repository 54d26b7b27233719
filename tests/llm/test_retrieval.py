"""The two routes over HTTP: their shapes, the official client, refusals, and clients that leave."""

import json
import socket
import threading
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
import torch
from transformers import AutoTokenizer

from services.llm.app import make_app
from services.llm.embedding import Embedder, load_embedder
from services.llm.models import Models
from services.llm.reranking import Reranker, load_reranker
from services.llm.settings import Settings
from tests.llm.tiny_encoders import LINES, MINILM, save_bert, save_qwen, settings
from tests.model_server import ThreadedServer
from tests.waiting import wait_for

EMBED = "/v1/embeddings"
RERANK = "/v1/rerank"
CPU = torch.device("cpu")


@dataclass
class Serving:
    """A running server and its parts."""

    url: str
    client: httpx.Client
    embedder: Embedder
    reranker: Reranker


class Held:
    """Holds a model up for as long as it is closed."""

    def __init__(self, model: Embedder) -> None:
        self._open = threading.Event()
        self.has_begun = threading.Event()
        self._hook = model._pass._model.register_forward_pre_hook(self._wait)

    def _wait(self, *_: Any) -> None:
        self.has_begun.set()
        assert self._open.wait(30)

    def let_go(self) -> None:
        self._open.set()
        self._hook.remove()


@contextmanager
def held(model: Embedder) -> Iterator[Held]:
    hold = Held(model)
    try:
        yield hold
    finally:
        hold.let_go()


@contextmanager
def running(embedder: Embedder | None, reranker: Reranker | None, chosen: Settings) -> Iterator[httpx.Client]:
    with (
        ThreadedServer(make_app(Models.ready(None, embedder, reranker), chosen)) as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    embedder = load_embedder(settings(), str(MINILM), CPU)
    folder = save_qwen(tmp_path_factory.mktemp("models") / "ranker", speaks=True)
    reranker = load_reranker(settings(), str(folder), CPU)
    with running(embedder, reranker, settings()) as client:
        yield Serving(str(client.base_url), client, embedder, reranker)


def refused(response: httpx.Response, status: int, param: str | None) -> dict[str, Any]:
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["param"] == param, error
    return error


def test_an_embedding_has_openais_shape(serving: Serving) -> None:
    answer = serving.client.post(EMBED, json={"model": "model", "input": LINES[:2]}).json()
    expected = serving.embedder.encode(serving.embedder.read(LINES[:2], "document"))
    vectors = [row.pop("embedding") for row in answer["data"]]
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    tokens = sum(map(len, serving.embedder.read(LINES[:2], "document")))
    assert answer == {
        "object": "list",
        "data": [{"object": "embedding", "index": 0}, {"object": "embedding", "index": 1}],
        "model": "model",
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def test_both_encodings_say_the_same(serving: Serving) -> None:
    ask = {"model": "default", "input": LINES[3]}
    numbers = serving.client.post(EMBED, json=ask).json()["data"][0]["embedding"]
    coded = serving.client.post(EMBED, json={**ask, "encoding_format": "base64"}).json()["data"][0]["embedding"]
    assert np.array_equal(np.frombuffer(b64decode(coded), "<f4"), np.array(numbers, dtype=np.float32))


def test_tokens_are_texts_too(serving: Serving) -> None:
    ids = AutoTokenizer.from_pretrained(MINILM)(LINES[:2]).input_ids
    plain = serving.client.post(EMBED, json={"model": "default", "input": LINES[:2]}).json()
    for given, rows in ((ids, 2), (ids[0], 1)):
        answer = serving.client.post(EMBED, json={"model": "default", "input": given}).json()
        assert len(answer["data"]) == rows
        np.testing.assert_allclose(answer["data"][0]["embedding"], plain["data"][0]["embedding"], atol=1e-6)


def test_a_text_that_is_too_long_counts_as_much_as_was_read(serving: Serving) -> None:
    answer = serving.client.post(EMBED, json={"model": "default", "input": "refund " * 5000}).json()
    assert answer["usage"]["prompt_tokens"] == 256


def test_the_official_client(serving: Serving) -> None:
    with openai.OpenAI(base_url=f"{serving.url}/v1", api_key="x", max_retries=0) as client:
        plain = client.embeddings.create(model="model", input=LINES)
        assert [row.index for row in plain.data] == list(range(len(LINES)))
        assert plain.usage.prompt_tokens == plain.usage.total_tokens > 50
        expected = serving.embedder.encode(serving.embedder.read(LINES, "document"))
        np.testing.assert_allclose([row.embedding for row in plain.data], expected, atol=1e-6)
        numbers = client.embeddings.create(
            model="default",
            input=LINES[0],
            encoding_format="float",
            dimensions=384,
            user="somebody",
            extra_body={"input_type": "query"},
        )
        np.testing.assert_allclose(numbers.data[0].embedding, expected[0], atol=1e-6)
        with pytest.raises(openai.BadRequestError, match="cannot have 100 dimensions"):
            client.embeddings.create(model="model", input="x", dimensions=100)
        with pytest.raises(openai.NotFoundError, match="'gpt' is not served here"):
            client.embeddings.create(model="gpt", input="x")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["x", ""]}, "input"),
        ({"input": [[1], []]}, "input"),
        ({"input": [1, "x"]}, "input"),
        ({"input": [True]}, "input"),
        ({"input": {"text": "x"}}, "input"),
        ({"input": ["x"] * 2049}, "input"),
        ({"input": [10**6]}, "input"),
        ({"input": None}, "input"),
        ({"model": 5}, "model"),
        ({"dimensions": 0}, "dimensions"),
        ({"dimensions": 12}, "dimensions"),
        ({"dimensions": "12"}, "dimensions"),
        ({"encoding_format": "int8"}, "encoding_format"),
        ({"input_type": "passage"}, "input_type"),
        ({"instruction": "Find."}, "instruction"),
        ({"instruction": "x" * 2001}, "instruction"),
        ({"input": [5], "instruction": "Find."}, "instruction"),
        ({"input": [5], "input_type": "query"}, "input_type"),
        ({"late_chunking": True}, "late_chunking"),
    ],
)
def test_what_cannot_be_embedded_is_refused_by_name(serving: Serving, change: dict[str, Any], param: str) -> None:
    error = refused(serving.client.post(EMBED, json={"model": "model", "input": "x", **change}), 400, param)
    assert "Traceback" not in error["message"]


def test_nonsense_is_refused(serving: Serving) -> None:
    for body in (b"", b"{", b"[]", b'"x"', b'{"model":"model","input":"\\ud800"}', b"\xff\xfe"):
        assert serving.client.post(EMBED, content=body).status_code == 400, body
        assert serving.client.post(RERANK, content=body).status_code == 400, body


def test_rerank_says_which_documents_answer_best(serving: Serving) -> None:
    ask = {"model": "ranker", "query": "怎么退货?", "documents": [*LINES[:3], {"text": LINES[3]}]}
    answer = serving.client.post(RERANK, json=ask).json()
    assert answer.keys() == {"id", "model", "results", "usage"}
    assert answer["model"] == "ranker"
    assert sorted(result["index"] for result in answer["results"]) == [0, 1, 2, 3]
    scores = [result["relevance_score"] for result in answer["results"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    tokens = sum(map(len, serving.reranker.read("怎么退货?", LINES[:4], None)))
    assert answer["usage"] == {"prompt_tokens": tokens, "total_tokens": tokens}
    short = serving.client.post(RERANK, json={**ask, "top_n": 2, "return_documents": True}).json()
    assert [result["index"] for result in short["results"]] == [result["index"] for result in answer["results"][:2]]
    assert short["results"][0]["document"] == {"text": LINES[short["results"][0]["index"]]}


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"query": ""}, "query"),
        ({"query": "long " * 600}, "query"),
        ({"documents": []}, "documents"),
        ({"documents": ["x"] * 2049}, "documents"),
        ({"documents": [5]}, "documents[0]"),
        ({"documents": [{"text": "x", "title": "y"}]}, "documents[0].title"),
        ({"top_n": 0}, "top_n"),
        ({"max_tokens_per_doc": 5}, "max_tokens_per_doc"),
    ],
)
def test_what_cannot_be_reranked_is_refused_by_name(serving: Serving, change: dict[str, Any], param: str) -> None:
    body = {"model": "ranker", "query": "x", "documents": ["y"], **change}
    refused(serving.client.post(RERANK, json=body), 400, param)


def test_another_model_is_not_served(serving: Serving) -> None:
    for path, body in ((EMBED, {"input": "x"}), (RERANK, {"query": "x", "documents": ["y"]})):
        assert (
            refused(serving.client.post(path, json={"model": "gpt", **body}), 404, "model")["code"]
            == "model_not_found"
        )


def test_a_model_that_is_not_set_is_named(tmp_path: Path) -> None:
    with running(None, None, settings()) as client:
        for path, setting in ((EMBED, "LLM_EMBEDDING_MODEL"), (RERANK, "LLM_RERANK_MODEL")):
            assert setting in refused(client.post(path, json={}), 404, "model")["message"]


def test_many_callers_get_their_own_vectors(serving: Serving) -> None:
    texts = [f"{LINES[number % len(LINES)]} {number}" for number in range(64)]
    expected = serving.embedder.encode(serving.embedder.read(texts, "document"))

    def ask(text: str) -> list[float]:
        return serving.client.post(EMBED, json={"model": "default", "input": text}).json()["data"][0]["embedding"]

    with ThreadPoolExecutor(64) as callers:
        np.testing.assert_allclose(list(callers.map(ask, texts)), expected, atol=1e-5)


def test_many_texts_at_once(serving: Serving) -> None:
    texts = [f"text {number % 90}" for number in range(2048)]
    answer = serving.client.post(
        EMBED, json={"model": "default", "input": texts, "encoding_format": "base64"}
    ).json()
    rows = [row["embedding"] for row in answer["data"]]
    assert len(rows) == 2048
    vectors = np.frombuffer(b64decode("".join(rows)), "<f4").reshape(2048, -1)
    np.testing.assert_allclose(vectors[:90], vectors[90:180], atol=1e-5)


def test_who_leaves_has_nothing_encoded(serving: Serving) -> None:
    texts = ["word " * 30] * 1000  # more than a batch may hold
    body = json.dumps({"model": "default", "input": texts}).encode()
    host, _, port = serving.url.removeprefix("http://").rstrip("/").partition(":")
    before = serving.embedder.batches.counts.texts
    with held(serving.embedder) as hold, socket.create_connection((host, int(port))) as leaving:
        leaving.sendall(
            b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (EMBED.encode(), len(body)) + body
        )
        assert hold.has_begun.wait(30)
        assert serving.embedder.batches.backlog().texts > 0
        leaving.close()
        wait_for(lambda: serving.embedder.batches.backlog().texts == 0, what="an empty queue")
    wait_for(lambda: serving.embedder.batches.backlog().stalled_s == 0, what="an idle model")
    assert serving.embedder.batches.counts.texts - before < len(texts)


def test_a_full_queue_is_told(tmp_path: Path) -> None:
    chosen = settings(LLM_CHAT_MODEL="chat", LLM_QUEUE_SECONDS="60", LLM_TOTAL_SECONDS="60")
    embedder = load_embedder(chosen, str(save_bert(tmp_path / "tiny")), CPU)
    ask = {"model": "default", "input": "x"}
    with running(embedder, None, chosen) as client, ThreadPoolExecutor(12) as callers:
        with held(embedder) as hold:
            begun = callers.submit(client.post, EMBED, json=ask)
            assert hold.has_begun.wait(30)
            many = [callers.submit(client.post, EMBED, json={**ask, "input": ["x"] * 2048}) for _ in range(8)]
            wait_for(lambda: embedder.batches.backlog().texts == 16_384, what="a full queue")
            full = client.post(EMBED, json=ask)
            assert refused(full, 429, None)["code"] == "queue_full"
            assert full.headers["Retry-After"]
        assert all(response.result().status_code == 200 for response in [begun, *many])


def test_a_long_wait_is_told(tmp_path: Path) -> None:
    # Beside a chat model there is one pass at a time, on any number of cores.
    chosen = settings(LLM_CHAT_MODEL="chat", LLM_QUEUE_SECONDS="1", LLM_TOTAL_SECONDS="2", LLM_DRAIN_SECONDS="0")
    embedder = load_embedder(chosen, str(save_bert(tmp_path / "tiny")), CPU)
    ask = {"model": "default", "input": "x"}
    with running(embedder, None, chosen) as client, ThreadPoolExecutor(2) as callers:
        with held(embedder) as hold:
            begun = callers.submit(client.post, EMBED, json=ask)
            assert hold.has_begun.wait(30)
            waits = callers.submit(client.post, EMBED, json=ask)
            assert refused(waits.result(), 503, None)["code"] == "queue_timeout"
            assert waits.result().headers["Retry-After"]
            assert refused(begun.result(), 504, None)["code"] == "timeout"
        assert client.post(EMBED, json=ask).status_code == 200


def test_the_whole_time_counts_when_it_is_shorter_than_that_in_the_queue(tmp_path: Path) -> None:
    chosen = settings(LLM_QUEUE_SECONDS="60", LLM_TOTAL_SECONDS="1")
    embedder = load_embedder(chosen, str(save_bert(tmp_path / "tiny")), CPU)
    with running(embedder, None, chosen) as client, held(embedder):
        response = client.post(EMBED, json={"model": "default", "input": "x"}, timeout=20)
        assert refused(response, 504, None)["code"] == "timeout"


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    chosen = settings(LLM_QUEUE_SECONDS="1")
    embedder = load_embedder(chosen, str(save_bert(tmp_path / "tiny")), CPU)
    with (
        running(embedder, None, chosen) as client,
        socket.create_connection(("127.0.0.1", client.base_url.port)) as connection,
    ):
        connection.sendall(f"POST {EMBED} HTTP/1.1\r\nHost: llm\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_a_vector_of_no_numbers_is_an_error(tmp_path: Path) -> None:
    embedder = load_embedder(settings(), str(save_bert(tmp_path / "tiny")), CPU)
    with torch.no_grad():
        embedder._pass._model.embeddings.LayerNorm.weight[0] = torch.nan
    with running(embedder, None, settings()) as client:
        response = client.post(EMBED, json={"model": "default", "input": ["x", "y"]})
        assert refused(response, 500, None)["code"] == "encoding_failed"


def test_memory_that_does_not_suffice_is_told(tmp_path: Path) -> None:
    embedder = load_embedder(settings(), str(save_bert(tmp_path / "tiny")), CPU)
    with running(embedder, None, settings()) as client:
        for raised, status, code in ((2**46, 503, "out_of_memory"), (-1, 500, "encoding_failed")):
            hook = embedder._pass._model.register_forward_pre_hook(
                lambda *_, size=raised: torch.empty(size) and None
            )
            response = client.post(EMBED, json={"model": "default", "input": ["x", "y"]})
            assert refused(response, status, None)["code"] == code
            hook.remove()
        assert client.post(EMBED, json={"model": "default", "input": ["x", "y"]}).status_code == 200
