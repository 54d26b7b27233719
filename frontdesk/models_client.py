"""The models, over HTTP: any OpenAI-compatible server, be it ours, vLLM or a provider."""

import base64
import json
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from frontdesk.errors import Unavailable
from frontdesk.settings import Settings

EMBED_BATCH = 16
EMBED_AT_ONCE = 2  # so that the server has the next batch when it is done with one
EMBED_SECONDS = 60.0
SPACE_SECONDS = 2.0
SPACE_KNOWN_SECONDS = 60.0
RERANK_SECONDS = 4.0
CONNECT_SECONDS = 3.0
LONGEST_LEFT_ALONE_SECONDS = 60.0
SHORTEST_CUT = 200
TEMPERATURE = 0.2
LONGEST_REPLY_TOKENS = 700
# The name under which a server serves whatever model it has; what it has stands in its replies.
WHATEVER_IS_SERVED = "default"

FLOAT = np.dtype("<f4")

ChatMessage = dict[str, str]
Vector = NDArray[np.float32]


class Purpose(StrEnum):
    """What a text is embedded for: some models read a question in another way than a passage."""

    QUERY = "query"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Space:
    """A vector space: what a model makes of texts. Vectors of two spaces never mix."""

    name: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class Embedded:
    """One vector per text, and the space in which they lie."""

    space: Space
    vectors: Sequence[Vector]


class Embedder:
    """Turns texts into vectors. Which model does it is the server's to say, and may change from reply to reply."""

    def __init__(self, url: str, model: str, api_key: str) -> None:
        self._url = url
        self._model = model
        self._client = _client(url, api_key)
        self._unknown_fields: set[str] = set()
        self._left_alone_until = 0.0
        self._space: Space | None = None
        self._space_known_until = 0.0

    def space(self) -> Space:
        """Where the server's vectors lie, as it said a minute ago or later. Raises Unavailable."""
        if self._space is None or time.monotonic() > self._space_known_until:
            return self.embed(["space"], Purpose.QUERY, SPACE_SECONDS).space
        return self._space

    def embed(self, texts: Sequence[str], purpose: Purpose, seconds: float = EMBED_SECONDS) -> Embedded:
        """The vectors of one text or more; a batch may take `seconds`.

        Raises Unavailable for no answer or a useless one. A server that did not answer is left alone for a while,
        the longer it was waited for: whoever asks meanwhile hears so at once.
        """
        batches = [texts[start : start + EMBED_BATCH] for start in range(0, len(texts), EMBED_BATCH)]
        if len(batches) == 1:
            embedded = self._embed_batch(texts, purpose, seconds)
        else:
            with ThreadPoolExecutor(EMBED_AT_ONCE, thread_name_prefix="embed") as pool:
                embedded = _joined(pool.map(lambda batch: self._embed_batch(batch, purpose, seconds), batches))
        self._space, self._space_known_until = embedded.space, time.monotonic() + SPACE_KNOWN_SECONDS
        return embedded

    def _embed_batch(self, texts: Sequence[str], purpose: Purpose, seconds: float) -> Embedded:
        began = time.monotonic()
        if began < self._left_alone_until:
            raise Unavailable("Embedding server: no answer a moment ago.", code="embedder_unavailable")
        try:
            response = self._post(texts, purpose, seconds)
            if response.status_code in (400, 413, 422) and (smaller := _smaller(texts)):
                return _joined(self._embed_batch(part, purpose, seconds) for part in smaller)
            response.raise_for_status()
            answer = response.json()
            rows = sorted(answer["data"], key=lambda row: row["index"])
            vectors = [_vector(row["embedding"]) for row in rows]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            pause = min(4 * (time.monotonic() - began), LONGEST_LEFT_ALONE_SECONDS)
            self._left_alone_until, self._space_known_until = time.monotonic() + pause, 0.0
            raise Unavailable(f"Embedding server: {error!r}", code="embedder_unavailable") from error
        sound = len(vectors) == len(texts) and len({len(vector) for vector in vectors}) == 1
        if not sound or not len(vectors[0]) or not np.isfinite(vectors).all():
            raise Unavailable("Embedding server: its vectors are not usable.", code="embedder_unavailable")
        return Embedded(self._space_of(answer.get("model"), len(vectors[0])), vectors)

    def _post(self, texts: Sequence[str], purpose: Purpose, seconds: float) -> httpx.Response:
        patience = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        body: dict[str, object] = {"model": self._model, "input": list(texts)}
        # As numbers, vectors take longer to write and to read than everything else about them.
        wishes = {"input_type": purpose, "encoding_format": "base64"}
        while True:
            known = {name: wish for name, wish in wishes.items() if name not in self._unknown_fields}
            response = self._client.post("embeddings", json=body | known, timeout=patience)
            if response.status_code not in (400, 422):
                return response
            refused = {name for name in known if name in response.text}
            if not refused:
                return response
            self._unknown_fields |= refused

    def _space_of(self, said: object, dimensions: int) -> Space:
        # Only the alias leaves open which model it is. Elsewhere a server may call its model by several names.
        model = said if self._model == WHATEVER_IS_SERVED and isinstance(said, str) and said else self._model
        return Space(f"{model[-100:]}/{dimensions}@{self._url}"[:200], dimensions)


def _vector(given: Any) -> Vector:
    """A vector as a server gives it: in base64, or as numbers where it does not know that."""
    if isinstance(given, str):
        return np.frombuffer(base64.b64decode(given, validate=True), FLOAT)
    return np.fromiter(given, FLOAT)


def _joined(batches: Iterable[Embedded]) -> Embedded:
    parts = list(batches)
    if any(part.space != parts[0].space for part in parts):
        raise Unavailable("Embedding server: it changed its model meanwhile.", code="embedder_unavailable")
    return Embedded(parts[0].space, [vector for part in parts for vector in part.vectors])


def _smaller(texts: Sequence[str]) -> list[Sequence[str]]:
    """The same in two requests, or half of a long text: a server may refuse what is more than its model reads."""
    if len(texts) > 1:
        return [texts[: len(texts) // 2], texts[len(texts) // 2 :]]
    return [[texts[0][: len(texts[0]) // 2]]] if len(texts[0]) > SHORTEST_CUT else []


class Reranker:
    """Reads a question together with each passage and says how well that answers it."""

    def __init__(self, url: str, model: str, api_key: str) -> None:
        self._model = model
        self._client = _client(url, api_key)
        self._left_alone_until = 0.0

    def rerank(self, query: str, documents: Sequence[str], seconds: float = RERANK_SECONDS) -> list[float]:
        """A score between 0 and 1 for each of one document or more, in their order.

        Raises Unavailable for no answer within `seconds`, or a useless one; a server that did not answer is left
        alone for a while, as an embedder is.
        """
        began = time.monotonic()
        if began < self._left_alone_until:
            raise Unavailable("Reranking server: no answer a moment ago.", code="reranker_unavailable")
        body = {"model": self._model, "query": query, "documents": list(documents), "top_n": len(documents)}
        patience = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        try:
            response = self._client.post("rerank", json=body, timeout=patience)
            response.raise_for_status()
            found = {int(row["index"]): float(row["relevance_score"]) for row in response.json()["results"]}
            scores = [found[number] for number in range(len(documents))]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            pause = min(4 * (time.monotonic() - began), LONGEST_LEFT_ALONE_SECONDS)
            self._left_alone_until = time.monotonic() + pause
            raise Unavailable(f"Reranking server: {error!r}", code="reranker_unavailable") from error
        if not all(map(math.isfinite, scores)):
            raise Unavailable("Reranking server: its scores are not usable.", code="reranker_unavailable")
        return _between_0_and_1(scores)


def _between_0_and_1(scores: list[float]) -> list[float]:
    """Some servers give logits."""
    if all(0 <= score <= 1 for score in scores):
        return scores
    return [1 / (1 + math.exp(-max(-60.0, min(60.0, score)))) for score in scores]


class ChatModel:
    """Writes replies, piece by piece."""

    def __init__(self, url: str, model: str, api_key: str, first_token: float, total: float) -> None:
        self.name = model
        self._client = _client(url, api_key)
        self._first_token = first_token
        self._total = total

    def stream(self, messages: Sequence[ChatMessage], seconds: float) -> Iterator[str]:
        """The pieces of the reply as they come, empty ones while the model thinks.

        Raises Unavailable when the server refuses, pauses longer than the first token may take, breaks off, or is
        not done after `seconds` (or the configured total, if that is less). Closing the iterator ends the request.
        """
        seconds = min(seconds, self._total)
        deadline = time.monotonic() + seconds
        patience = httpx.Timeout(min(seconds, self._first_token), connect=min(seconds, CONNECT_SECONDS))
        body = {
            "model": self.name,
            "messages": list(messages),
            "temperature": TEMPERATURE,
            "max_tokens": LONGEST_REPLY_TOKENS,
            "stream": True,
        }
        finished = False
        try:
            with self._client.stream("POST", "chat/completions", json=body, timeout=patience) as response:
                response.raise_for_status()
                for line in response.iter_lines():
                    if time.monotonic() > deadline:
                        raise Unavailable("Model server: the reply takes too long.", code="model_unavailable")
                    payload = line.removeprefix("data:").strip()
                    if not line.startswith("data:") or payload == "[DONE]":
                        finished = finished or payload == "[DONE]"
                        yield ""
                        continue
                    for choice in json.loads(payload).get("choices", []):
                        finished = finished or choice.get("finish_reason") is not None
                        yield (choice.get("delta") or {}).get("content") or ""
        except (httpx.HTTPError, ValueError, AttributeError, TypeError) as error:
            raise Unavailable(f"Model server: {error!r}", code="model_unavailable") from error
        if not finished:
            raise Unavailable("Model server: the reply broke off.", code="model_unavailable")


def make_embedder(settings: Settings) -> Embedder | None:
    """The configured embedder, or None."""
    if settings.embedding_url is None:
        return None
    key = settings.embedding_api_key.get_secret_value()
    return Embedder(str(settings.embedding_url), settings.embedding_model, key)


def make_reranker(settings: Settings) -> Reranker | None:
    """The configured reranker, or None."""
    if settings.rerank_url is None:
        return None
    return Reranker(str(settings.rerank_url), settings.rerank_model, settings.rerank_api_key.get_secret_value())


def make_chat_model(settings: Settings) -> ChatModel | None:
    """The configured chat model, or None."""
    if settings.llm_url is None:
        return None
    return ChatModel(
        str(settings.llm_url),
        settings.llm_model,
        settings.llm_api_key.get_secret_value(),
        settings.llm_first_token_seconds,
        settings.llm_total_seconds,
    )


def _client(url: str, api_key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    # Proxies of the environment are for the outside; a configured model server is reached as it is written.
    return httpx.Client(base_url=url.rstrip("/") + "/", headers=headers, trust_env=False)
