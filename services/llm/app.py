"""The HTTP side: routes and the way of a reply from the inference thread to the client. It knows no torch."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from services.llm import refusals
from services.llm.engine import Engine, Job, Piece
from services.llm.protocol import ChatRequest, Completion, error_body
from services.llm.writing import Failure, Finish, Served

BROKEN = error_body("The reply broke off.", "server_error", code="generation_failed")


def make_app(served: Served, engine: Engine) -> FastAPI:
    """The server for one model; the engine starts and stops with it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        engine.start()
        yield
        await run_in_threadpool(engine.stop)

    app = FastAPI(title="Frontdesk model server", version="1", lifespan=lifespan)
    refusals.install(app)
    # Who does not care which model answers may ask for `default`.
    names = (served.name, "default")

    @app.get("/health")
    async def health() -> Response:
        running, waiting = engine.load()
        state = {"status": "ok" if engine.is_alive else "down", "running": running, "waiting": waiting}
        return JSONResponse(state, 200 if engine.is_alive else 503)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "frontdesk"} for name in names]
        return {"object": "list", "data": listed}

    @app.post("/v1/chat/completions")
    async def chat(body: ChatRequest, request: Request) -> Response:
        if body.model not in names:
            message = f"The model {body.model!r} is not served here; GET /v1/models tells what is."
            raise refusals.Refused(404, message, "model", "model_not_found")
        prompt = await run_in_threadpool(served.encode, [message.plain() for message in body.messages])
        sampling = body.sampling(len(prompt), served)
        pieces: asyncio.Queue[Piece] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        job = engine.submit(prompt, sampling, lambda piece: loop.call_soon_threadsafe(pieces.put_nowait, piece))
        completion = Completion(served.name)
        if body.stream:
            return _Stream(engine, job, _chunks(pieces, completion, body.stream_options.include_usage))
        return await _whole(engine, job, pieces, completion, request)

    return app


async def _whole(
    engine: Engine, job: Job, pieces: asyncio.Queue[Piece], completion: Completion, request: Request
) -> Response:
    collecting = asyncio.create_task(_collect(pieces))
    leaving = asyncio.create_task(_disconnected(request))
    try:
        await asyncio.wait((collecting, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not collecting.done():
            return Response(status_code=499)  # nobody reads it
        text, end = collecting.result()
        return JSONResponse(completion.whole(text, end) if isinstance(end, Finish) else BROKEN, _status(end))
    finally:
        engine.cancel(job)
        for task in (collecting, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


class _Stream(StreamingResponse):
    """Server-sent events that end the job when they end, for whatever reason."""

    def __init__(self, engine: Engine, job: Job, events: AsyncIterator[str]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        self._engine = engine
        self._job = job

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; starlette breaks this off when the client has left."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._engine.cancel(self._job)


async def _chunks(pieces: asyncio.Queue[Piece], completion: Completion, tells_usage: bool) -> AsyncIterator[str]:
    yield _event(completion.chunk({"role": "assistant", "content": ""}))
    while isinstance(piece := await pieces.get(), str):
        yield _event(completion.chunk({"content": piece}))
    if isinstance(piece, Failure):
        yield _event(BROKEN)
        return
    yield _event(completion.chunk({}, piece))
    if tells_usage:
        yield _event(completion.usage_chunk(piece))
    yield "data: [DONE]\n\n"


async def _collect(pieces: asyncio.Queue[Piece]) -> tuple[str, Finish | Failure]:
    texts: list[str] = []
    while isinstance(piece := await pieces.get(), str):
        texts.append(piece)
    return "".join(texts), piece


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _status(end: Finish | Failure) -> int:
    return 200 if isinstance(end, Finish) else 500


def _event(content: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"
