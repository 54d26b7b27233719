"""The models, over HTTP: any OpenAI-compatible server, be it ours, vLLM or a provider."""

import json
import math
import time
from collections.abc import Iterator, Sequence

import httpx

from frontdesk.errors import Unavailable
from frontdesk.settings import Settings

EMBED_BATCH = 32
EMBED_SECONDS = 30.0
CONNECT_SECONDS = 3.0
TEMPERATURE = 0.2
LONGEST_REPLY_TOKENS = 700

ChatMessage = dict[str, str]


class Embedder:
    """Turns texts into vectors. `name` identifies the vector space: vectors of two names never mix."""

    def __init__(self, url: str, model: str, api_key: str) -> None:
        self.name = f"{model}@{url}"[:200]
        self._model = model
        self._client = _client(url, api_key)

    def embed(self, texts: Sequence[str], seconds: float = EMBED_SECONDS) -> list[list[float]]:
        """One vector per text, all of one dimension; a batch may take `seconds`.

        Raises Unavailable for no answer or a useless one.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), EMBED_BATCH):
            vectors += self._embed_batch(texts[start : start + EMBED_BATCH], seconds)
        return vectors

    def _embed_batch(self, texts: Sequence[str], seconds: float) -> list[list[float]]:
        patience = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        body = {"model": self._model, "input": list(texts)}
        try:
            response = self._client.post("embeddings", json=body, timeout=patience)
            response.raise_for_status()
            rows = sorted(response.json()["data"], key=lambda row: row["index"])
            vectors = [[float(number) for number in row["embedding"]] for row in rows]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"Embedding server: {error!r}", code="embedder_unavailable") from error
        sound = len(vectors) == len(texts) and len({len(vector) for vector in vectors}) == 1
        if not sound or not vectors[0] or not all(math.isfinite(n) for vector in vectors for n in vector):
            raise Unavailable("Embedding server: its vectors are not usable.", code="embedder_unavailable")
        return vectors


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
