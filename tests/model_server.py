"""A small OpenAI-compatible server: the model server of somebody else, which can be slow, wrong or gone."""

import json
import math
import re
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

import uvicorn
from fastapi import Body, FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse

DIMENSIONS = 64


@dataclass
class Script:
    """How the server behaves from now on, and what it was asked."""

    reply: list[str] = field(default_factory=lambda: ["Certainly. ", "See here [1]."])
    broken: bool = False
    breaks_off: bool = False
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[dict] = field(default_factory=list)
    streaming: threading.Event = field(default_factory=threading.Event)
    embedding_model: str | None = None
    dimensions: int = DIMENSIONS
    knows_purposes: bool = True
    longest_text: int = 100_000
    embedded: list[dict] = field(default_factory=list)
    embedding: threading.Event = field(default_factory=threading.Event)
    embeds: threading.Event = field(default_factory=threading.Event)
    reranked: list[dict] = field(default_factory=list)
    liked: str = "\0"
    rerank_scores: tuple[float, float] = (0.1, 0.9)

    def __post_init__(self) -> None:
        self.embeds.set()


def make_app(script: Script) -> FastAPI:
    """The server as an application."""
    app = FastAPI()

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> StreamingResponse:
        body = await request.json()
        script.asked.append(body)
        if script.broken:
            raise HTTPException(500, "out of memory")
        return StreamingResponse(_pieces(script), media_type="text/event-stream")

    @app.post("/v1/embeddings")
    def embeddings(body: Annotated[dict, Body()]) -> dict:
        script.embedded.append(body)
        if script.broken:
            raise HTTPException(500, "out of memory")
        if "input_type" in body and not script.knows_purposes:
            raise HTTPException(400, "Unrecognized request argument supplied: input_type")
        texts = body["input"]
        if len(texts) > 1:  # not the small question which model it is
            script.embedding.set()
            script.embeds.wait(60)
        if max(map(len, texts)) > script.longest_text:
            raise HTTPException(413, "too many tokens")
        model = {} if script.embedding_model is None else {"model": script.embedding_model}
        rows = [{"index": i, "embedding": embed(text, script.dimensions)} for i, text in enumerate(texts)]
        return {"data": rows} | model

    @app.post("/v1/rerank")
    def rerank(body: Annotated[dict, Body()]) -> dict:
        script.reranked.append(body)
        if script.broken:
            raise HTTPException(500, "out of memory")
        rows = [
            {"index": number, "relevance_score": script.rerank_scores[script.liked in text]}
            for number, text in enumerate(body["documents"])
        ]
        return {"results": sorted(rows, key=lambda row: -row["relevance_score"])[: body["top_n"]]}

    return app


def _pieces(script: Script) -> Iterator[str]:
    for number, piece in enumerate(script.reply):
        yield f"data: {json.dumps({'choices': [{'delta': {'content': piece}, 'finish_reason': None}]})}\n\n"
        script.streaming.set()
        if number == 0:
            script.gate.wait(60)
    if not script.breaks_off:
        yield f"data: {json.dumps({'choices': [{'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
        yield "data: [DONE]\n\n"


def embed(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """Character trigrams hashed into a unit vector: crude, but near for near texts."""
    vector = [0.0] * dimensions
    text = re.sub(r"\s+", " ", text.lower())
    for start in range(max(1, len(text) - 2)):
        vector[zlib.crc32(text[start : start + 3].encode()) % dimensions] += 1.0
    norm = math.sqrt(sum(x * x for x in vector)) or 1.0
    return [x / norm for x in vector]


class ThreadedServer(uvicorn.Server):
    """An application served from a thread, on a free port."""

    def __init__(self, app: object) -> None:
        super().__init__(
            uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=2)
        )
        self._thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self.started:
            assert self._thread.is_alive(), "the server did not start"
            self._thread.join(0.02)
        port = self.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self.should_exit = True
        self._thread.join(10)
