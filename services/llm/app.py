"""The HTTP side: routes, and the door that every request comes through. It knows no torch."""

import asyncio
import hmac
import json
import logging
import random
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.llm import refusals
from services.llm.completions import Completions
from services.llm.metrics import Metrics
from services.llm.models import Arrivals, Models, Place
from services.llm.refusals import Refused
from services.llm.retrieval import router
from services.llm.settings import Settings

log = logging.getLogger(__name__)
requests_log = logging.getLogger("services.llm.requests")
"""A line of JSON for each request, without what anybody wrote unless LLM_LOG_PROMPTS is set."""

GOODBYE_SECONDS = 5
"""How long the last bytes may take to their readers."""
MOST_BYTES = 4 * 1024 * 1024
OPEN_PATHS = frozenset(["/health", "/health/live", "/health/ready"])
"""What may be asked without the key."""
REQUEST_ID = re.compile(rb"[\w.:-]{1,128}")


def make_app(models: Models, settings: Settings) -> FastAPI:
    """The server for these models, which start and stop with it.

    `app.state.arrive(place, model)` brings a model that was not there at first, in the event loop;
    `app.state.drain()` ends all in good order.
    """
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        for place in models.places:
            if place.model is not None:
                arrive(place, place.model)
        yield
        await drain()

    def arrive(place: Place[Any], model: Any) -> None:
        model.start()
        place.model = model
        metrics.watch(model)

    async def drain() -> None:
        """Take nothing more, and return when what runs has ended or LLM_DRAIN_SECONDS are over."""
        app.state.is_draining = True
        stops = (run_in_threadpool(model.stop, float(settings.drain_seconds)) for model in models.there)
        await asyncio.gather(*stops)

    app = FastAPI(title="Frontdesk model server", version="1", lifespan=lifespan, openapi_url=None)
    app.state.is_draining = False
    app.state.arrive = arrive
    app.state.drain = drain
    refusals.install(app)
    retrieval = router(models.embedder, models.reranker, settings)
    app.include_router(retrieval)
    app.router.routes.append(
        Route("/v1/chat/completions", Completions(models.chat, settings, metrics), methods=["POST"])
    )

    def health() -> tuple[str, dict[str, Any]]:
        """In a word how the server is, and how much it has to do."""
        counts: dict[str, Any] = {}
        if models.chat.model:
            load = models.chat.model.engine.load()
            counts = {"running": load.running, "waiting": load.waiting, "slots": load.slots}
        if app.state.is_draining or any(model.is_draining for model in models.there):
            return "draining", counts
        if not all(model.is_alive for model in models.there):
            return "down", counts
        if any(model.stalled_s >= settings.stall_seconds for model in models.there):
            return "stalled", counts
        return "loading" if any(place.is_waiting for place in models.places) else "ok", counts

    @app.get("/health/live")
    async def live() -> Response:
        return JSONResponse({"status": "ok"})

    @app.get("/health/ready")
    async def ready() -> Response:
        status, _ = health()
        return JSONResponse({"status": status}, 200 if status == "ok" else 503)

    @app.get("/health")
    async def whole_health() -> Response:
        status, counts = health()
        return JSONResponse({"status": status, **counts}, 200 if status == "ok" else 503)

    @app.get("/metrics")
    async def meters() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    def served() -> dict[str, dict[str, Any]]:
        names = [*(name for model in models.there for name in model.names), "default"]
        return {name: {"id": name, "object": "model", "created": 0, "owned_by": "frontdesk"} for name in names}

    @app.get("/v1/models")
    async def listing() -> dict[str, Any]:
        return {"object": "list", "data": list(served().values())}

    @app.get("/v1/models/{name:path}")
    async def one(name: str) -> dict[str, Any]:
        if found := served().get(name):
            return found
        raise Refused(
            404, f"The model {name!r} is not served here; GET /v1/models tells what is.", "model", "model_not_found"
        )

    paths = frozenset(getattr(route, "path", "") for route in (*app.router.routes, *retrieval.routes))
    app.add_middleware(Door, settings=settings, metrics=metrics, paths=paths)
    return app


class Server(uvicorn.Server):
    """Serves until it is told to end. Then what runs may finish, and who comes anew is told so."""

    def __init__(self, models: Models, arrivals: Arrivals, settings: Settings) -> None:
        app = make_app(models, settings)
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                loop="uvloop",
                http="httptools",
                access_log=False,
                timeout_graceful_shutdown=GOODBYE_SECONDS,
            )
        )
        self._state = app.state
        self._models = models
        self._arrivals = arrivals
        self.failure: str | None = None
        """Why it has ended by itself."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and have the models come that are not there yet."""
        try:
            await super().startup(sockets)
        except SystemExit as end:
            host, port = self.config.host, self.config.port
            self._give_up(f"LLM_HOST {host} and LLM_PORT {port} cannot be listened on: {end.__context__ or end}")
            return
        loop = asyncio.get_running_loop()

        def arrive(place: Place[Any], model: Any) -> None:
            loop.call_soon_threadsafe(self._state.arrive, place, model)

        self._arrivals.start(arrive, self._give_up)

    async def on_tick(self, counter: int) -> bool:
        """End, too, when a model's thread has: a new program may be luckier."""
        if not all(model.is_alive for model in self._models.there) and not self._state.is_draining:
            self._give_up("a model runs no more")
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in good order."""
        self._arrivals.stop()
        await self._state.drain()
        await super().shutdown(sockets)

    def _give_up(self, failure: str) -> None:
        if not self.should_exit:
            self.failure = failure
            self.should_exit = True


class Door:
    """Gives each request a name and a line in the log, asks for the key, and counts the body while it arrives."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, paths: frozenset[str]) -> None:
        self._app = app
        self._paths = paths
        self._key = settings.api_key.encode()
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless it must not pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        name = given if REQUEST_ID.fullmatch(given) else b"%032x" % random.getrandbits(128)
        route = scope["path"] if scope["path"] in self._paths else "other"
        record: dict[str, Any] = {"id": name.decode(), "route": route, "status": 0}
        scope["record"] = record
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise _too_large()
            return message

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                record["status"] = record["status"] or message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", name)]
            await send(message)

        try:
            refused = self._refusal(scope["path"], headers)
            if refused:
                await JSONResponse(refused.body, refused.status_code, refused.headers)(scope, receive, named)
            else:
                await self._app(scope, counted, named)
        except Exception:
            if record["status"]:
                raise
            log.exception("A request failed")
            failed = Refused(500, "Something went wrong on our side.", None, "failed")
            await JSONResponse(failed.body, failed.status_code)(scope, receive, named)
        finally:
            self._note(record, time.monotonic() - began)

    def _refusal(self, path: str, headers: dict[bytes, bytes]) -> Refused | None:
        if self._key and path not in OPEN_PATHS:
            sent = headers.get(b"authorization", b"")
            if not hmac.compare_digest(sent, b"Bearer " + self._key):
                return Refused(401, "The API key is missing or wrong.", None, "invalid_api_key")
        length = headers.get(b"content-length", b"")
        return _too_large() if length.isdigit() and int(length) > MOST_BYTES else None

    def _note(self, record: dict[str, Any], seconds: float) -> None:
        record["status"] = record["status"] or 500
        record["total_ms"] = round(seconds * 1000, 1)
        self._metrics.requests.labels(record["route"], record["status"]).inc()
        self._metrics.request_seconds.labels(record["route"]).observe(seconds)
        # Who only looks whether the server is well does so all the time.
        level = logging.DEBUG if record["route"] in OPEN_PATHS else logging.INFO
        if requests_log.isEnabledFor(level):
            requests_log.log(level, "%s", json.dumps(record, ensure_ascii=False))


def _too_large() -> Refused:
    return Refused(413, f"The body may have {MOST_BYTES // 1024 // 1024} MB.", None, "too_large")
