"""POST /v1/chat/completions: one request from its body to the last byte of its answer."""

import asyncio
import time
from typing import Any

from starlette.types import Receive, Scope, Send

from services.llm.chat import Chat, Prepared
from services.llm.generation import Failure, Finish, Job, Logprob, Started, Stopped, Text
from services.llm.inbox import Event, Inbox, Signal
from services.llm.metrics import Metrics
from services.llm.models import Place
from services.llm.outlet import Outlet
from services.llm.protocol import ChatRequest, Invalid
from services.llm.refusals import Refused, body_too_late, refusal, request_of
from services.llm.replies import PING, Reply, error_event
from services.llm.settings import Settings
from services.llm.tool_calls import Call, Part

SHORT_BYTES = 16_384
"""A body that is parsed sooner than a thread could be asked to."""
PING_SECONDS = 10
GRACE_SECONDS = 5
"""How long a client may take to read the end of a reply that took too long."""


class ClientLeft(Exception):
    """There is nobody to answer."""


class Completions:
    """The route, as an ASGI application of its own."""

    def __init__(self, chat: Place[Chat], settings: Settings, metrics: Metrics) -> None:
        self._chat = chat
        self._settings = settings
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; raises what `refusals` knows as long as nothing was sent."""
        exchange = _Exchange(self._chat.get(), self._settings, self._metrics, scope["record"])
        try:
            async with asyncio.timeout(self._settings.total_seconds + GRACE_SECONDS):
                await exchange.run(receive, send)
        except ClientLeft:
            scope["record"]["status"] = 499
        except TimeoutError as error:
            if not scope["record"]["status"]:
                raise _too_late() from error
            scope["record"]["finish"] = "timeout"  # the client does not read


class _Exchange:
    """One request under way. `record` gets what the log will say of it."""

    def __init__(self, chat: Chat, settings: Settings, metrics: Metrics, record: dict[str, Any]) -> None:
        self._chat = chat
        self._settings = settings
        self._metrics = metrics
        self._record = record
        self._inbox = Inbox()
        self._loop = asyncio.get_running_loop()
        self._arrived = time.monotonic()
        self._timers: dict[Signal, asyncio.TimerHandle] = {}

    async def run(self, receive: Receive, send: Send) -> None:
        """From the body to the end of the answer."""
        self._signal_in(self._settings.total_seconds, Signal.TOO_LATE)
        leaving: asyncio.Task[None] | None = None
        job: Job | None = None
        try:
            body = await _read(receive, self._settings.queue_seconds)
            self._signal_in(self._settings.queue_seconds, Signal.QUEUED_TOO_LONG)
            leaving = self._loop.create_task(self._watch(receive))
            request = await self._request(body)
            prepared = await self._prepared(request)
            job = prepared.job(request.tenant, self._inbox.put)
            position = self._chat.engine.submit(job)
            self._record |= {"prompt_tokens": len(prepared.prompt), "queue_position": position}
            tells_usage = bool(request.stream_options and request.stream_options.include_usage)
            reply = Reply(prepared.model, self._chat.token_bytes, tells_usage)
            outlet = Outlet(send, reply, position)
            if request.stream:
                await self._stream(prepared, outlet, tells_usage)
            else:
                await self._whole(prepared, outlet, request.logprobs)
        finally:
            if job:
                self._chat.engine.cancel(job)
            if leaving:
                leaving.cancel()
            for timer in self._timers.values():
                timer.cancel()

    async def _request(self, body: bytes) -> ChatRequest:
        if len(body) <= SHORT_BYTES:
            return request_of(ChatRequest, body)
        return await asyncio.to_thread(request_of, ChatRequest, body)

    async def _prepared(self, request: ChatRequest) -> Prepared:
        found = self._chat.names.get(request.model)
        if not found:
            message = f"The model {request.model!r} is not served here; GET /v1/models tells what is."
            raise Refused(404, message, "model", "model_not_found")
        self._record["model"] = found[0]
        if self._settings.logs_prompts:
            self._record["messages"] = [message.model_dump(exclude_unset=True) for message in request.messages]
        try:
            threads = self._chat.threads(request)
            preparing = self._loop.run_in_executor(threads, self._chat.prepare, request, *found)
        except RuntimeError as error:  # the threads have ended
            raise Stopped from error
        preparing.add_done_callback(lambda _: self._inbox.put(Signal.PREPARED))
        try:
            while True:
                for event in await self._inbox.take():
                    if event is Signal.PREPARED:
                        return preparing.result()
                    self._check(event)
        finally:
            preparing.cancel()

    async def _whole(self, prepared: Prepared, outlet: Outlet, with_logprobs: bool) -> None:
        texts: list[str] = []
        logprobs: list[Logprob] = []
        finish: Finish | None = None
        while finish is None:
            for event in await self._inbox.take():
                if isinstance(event, Text):
                    self._note_first(event)
                    texts.append(event.text)
                    logprobs += event.logprobs
                elif isinstance(event, Finish):
                    finish = event
                    break
                else:
                    self._check(event)
        _check_grammar(prepared)
        parts = _parts(prepared, "".join(texts), ends=True)
        calls = [part for part in parts if isinstance(part, Call)]
        text = "".join(part for part in parts if isinstance(part, str))
        reason = self._note_finish(finish, calls, text)
        await outlet.whole(text, calls, logprobs if with_logprobs else None, reason, finish)

    async def _stream(self, prepared: Prepared, outlet: Outlet, tells_usage: bool) -> None:
        try:
            await self._send_events(prepared, outlet, tells_usage)
        except (Refused, Invalid) as error:
            if not outlet.has_begun:
                raise
            refused = refusal(error)
            self._record["finish"] = refused.code
            await outlet.send(error_event(refused.body), more=False)

    async def _send_events(self, prepared: Prepared, outlet: Outlet, tells_usage: bool) -> None:
        reply, called, said = outlet.reply, False, ""
        finish: Finish | None = None
        broken: Refused | None = None
        spoke = True
        while finish is None and broken is None:
            chunks: list[bytes] = []
            texts: list[str] = []
            logprobs: list[Logprob] = []
            for event in await self._inbox.take():
                if isinstance(event, Text):
                    self._note_first(event)
                    texts.append(event.text)
                    logprobs += event.logprobs
                elif isinstance(event, Finish):
                    finish = event
                    break
                elif isinstance(event, Started):
                    self._check(event)
                    self._signal_in(PING_SECONDS, Signal.SILENCE)
                    await outlet.begin()
                    chunks.append(reply.beginning())
                elif event is Signal.SILENCE:
                    self._signal_in(PING_SECONDS, Signal.SILENCE)
                    if not spoke:
                        chunks.append(PING)
                    spoke = False
                else:
                    try:
                        self._check(event)
                    except Refused as error:  # but not before what came until then
                        broken = error
                        break
            if texts or finish:
                spoke = True
                for part in _parts(prepared, "".join(texts), ends=finish is not None):
                    if isinstance(part, Call):
                        chunks.append(reply.call(part))
                        called = True
                    else:
                        chunks.append(reply.text(part, logprobs))
                        logprobs = []
                        if self._settings.logs_prompts:
                            said += part
                if logprobs:
                    chunks.append(reply.text("", logprobs))
            if finish:
                _check_grammar(prepared)
                reason = self._note_finish(finish, called, said)
                chunks.append(reply.end(reason, finish, tells_usage))
            if chunks:
                await outlet.send(b"".join(chunks), more=finish is None)
        if broken:
            raise broken

    def _check(self, event: Event) -> None:
        """Take note of an event that is no text; raises Refused or ClientLeft where it ends the request."""
        if isinstance(event, Started):
            self._timers[Signal.QUEUED_TOO_LONG].cancel()
            waited = time.monotonic() - self._arrived
            self._record["queue_ms"] = round(waited * 1000, 1)
            self._metrics.queue_seconds.observe(waited)
        elif isinstance(event, Failure):
            status = 500 if event.code == "generation_failed" else 503
            raise Refused(status, event.message, None, event.code)
        elif event is Signal.LEFT:
            raise ClientLeft
        elif event is Signal.QUEUED_TOO_LONG and "queue_ms" not in self._record:
            raise Refused(503, "The queue is too long. Try again soon.", None, "queue_timeout")
        elif event is Signal.TOO_LATE:
            raise _too_late()

    def _note_first(self, event: Text) -> None:
        if "ttft_ms" not in self._record:
            passed = time.monotonic() - self._arrived
            self._record["ttft_ms"] = round(passed * 1000, 1)
            self._metrics.first_token_seconds.observe(passed)

    def _note_finish(self, finish: Finish, calls: object, text: str) -> str:
        reason = "tool_calls" if calls and finish.reason == "stop" else finish.reason
        self._record |= {
            "completion_tokens": finish.completion_tokens,
            "cached_tokens": finish.cached_tokens,
            "finish": reason,
        }
        if self._settings.logs_prompts:
            self._record["reply"] = text
        return reason

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._inbox.put(Signal.LEFT)

    def _signal_in(self, seconds: float, signal: Signal) -> None:
        self._timers[signal] = self._loop.call_later(seconds, self._inbox.put, signal)


def _parts(prepared: Prepared, text: str, ends: bool) -> list[Part]:
    """What a piece of the reply says: text without control tokens, and calls."""
    if prepared.reader is None:
        return [text] if text else []
    return prepared.reader.feed(prepared.clean(text)) + (prepared.reader.end() if ends else [])


def _check_grammar(prepared: Prepared) -> None:
    if any(grammar.broke_off for grammar in prepared.grammars):
        raise Invalid("The schema is too complex to be followed.", "response_format", "invalid_schema")


def _too_late() -> Refused:
    return Refused(504, "This took too long.", None, "timeout")


async def _read(receive: Receive, seconds: float) -> bytes:
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError as error:
        raise body_too_late() from error
