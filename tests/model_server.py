"""A small OpenAI-compatible server: the model server of somebody else, which can be slow, wrong or gone."""

import base64
import json
import math
import re
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
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
    obeys: bool = False  # whoever gives it an order in ⟦⟧, instead of replying as above
    broken: bool = False
    breaks_off: bool = False
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[dict] = field(default_factory=list)
    streaming: threading.Event = field(default_factory=threading.Event)
    embedding_model: str | None = None
    dimensions: int = DIMENSIONS
    unknown_field: str | None = None
    writes_numbers: bool = False
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
        reply = obeyed(body["messages"]) if script.obeys else None
        return StreamingResponse(_pieces(script, reply or script.reply), media_type="text/event-stream")

    @app.post("/v1/embeddings")
    def embeddings(body: Annotated[dict, Body()]) -> dict:
        script.embedded.append(body)
        if script.broken:
            raise HTTPException(500, "out of memory")
        if script.unknown_field in body:
            raise HTTPException(400, f"Unrecognized request argument supplied: {script.unknown_field}")
        texts = body["input"]
        if len(texts) > 1:  # not the small question which model it is
            script.embedding.set()
            script.embeds.wait(60)
        if max(map(len, texts)) > script.longest_text:
            raise HTTPException(413, "too many tokens")
        model = {} if script.embedding_model is None else {"model": script.embedding_model}
        write = _base64 if body.get("encoding_format") == "base64" and not script.writes_numbers else list
        rows = [{"index": i, "embedding": write(embed(text, script.dimensions))} for i, text in enumerate(texts)]
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


def obeyed(messages: list[dict]) -> list[str] | None:
    """What an order in the messages has it write, piece by piece; None without one. It keeps no secret."""
    system, told = messages[0]["content"], messages[-1]["content"]
    order = re.search("⟦(.*?)⟧", told, re.DOTALL)
    if order is None:
        return None
    mark = re.search(r'mark="(\w+)"', told)
    words = system.split()
    secrets = {
        "{PROMPT}": system,
        "{PROMPT:reversed}": system[::-1],
        "{PROMPT:spaced}": " ".join(system),
        "{PROMPT:dashed}": "-".join(words),
        "{PROMPT:upper}": system.upper(),
        "{PROMPT:base64}": base64.b64encode(system.encode()).decode(),
        "{PROMPT:hex}": system.encode().hex(),
        "{PROMPT:cited}": " [1] ".join(" ".join(words[start : start + 3]) for start in range(0, len(words), 3)),
        "{MARK}": mark[1] if mark else "mark",
        "{ALL}": told,
    }
    text = order[1]
    for name, secret in secrets.items():
        text = text.replace(name, secret)
    return [text[start : start + 7] for start in range(0, len(text), 7)]


def _pieces(script: Script, reply: Iterable[str]) -> Iterator[str]:
    for number, piece in enumerate(reply):
        yield f"data: {json.dumps({'choices': [{'delta': {'content': piece}, 'finish_reason': None}]})}\n\n"
        script.streaming.set()
        if number == 0:
            script.gate.wait(60)
    if not script.breaks_off:
        yield f"data: {json.dumps({'choices': [{'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
        yield "data: [DONE]\n\n"


def _base64(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


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
