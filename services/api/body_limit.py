"""Bodies that are too large are refused without being kept."""

import json
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.errors import body

JSON_LIMIT = 2 * 1024 * 1024
UPLOAD_PATH = re.compile(r"/v1/knowledge-bases/[^/]+/(?:documents|entries/import-file|preview)")
FILES_PATH = re.compile(r"/v1/(?:desk/)?conversations/[^/]+/files")
# A client that is still sending does not read; it is let finish this far, so that it sees the answer.
DRAIN_LIMIT = 256 * 1024 * 1024


class _TooLarge(Exception):
    pass


class BodyLimit:
    """Counts the bytes that a request sends: uploads of the staff may have `upload_limit`, the files of a message
    `files_limit`, everything else JSON_LIMIT.
    """

    def __init__(self, app: ASGIApp, upload_limit: int, files_limit: int) -> None:
        self._app = app
        self._limits = ((UPLOAD_PATH, upload_limit), (FILES_PATH, files_limit))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = JSON_LIMIT
        if b"authorization" in headers:
            # A form has some lines around the file.
            of_path = (most + 64 * 1024 for path, most in self._limits if path.fullmatch(scope["path"]))
            limit = next(of_path, JSON_LIMIT)
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await _refuse(scope, receive, send, limit)
            return
        taken, started, exceeded = 0, False, False

        async def counted_receive() -> Message:
            nonlocal taken, exceeded
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                exceeded = True
                raise _TooLarge
            return message

        async def guarded_send(message: Message) -> None:
            nonlocal started
            # What the application makes of a body that breaks off is not the answer.
            if not exceeded or started:
                started = True
                await send(message)

        try:
            await self._app(scope, counted_receive, guarded_send)
        except _TooLarge:
            if started:
                raise
        if exceeded and not started:
            await _refuse(scope, receive, send, limit)


async def _refuse(scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    headers = dict(scope["headers"])
    drained, more = 0, headers.get(b"expect", b"").lower() != b"100-continue"
    while more and drained < DRAIN_LIMIT:
        message = await receive()
        drained += len(message.get("body", b""))
        more = message.get("more_body", False)
    megabytes = limit / 1024 / 1024
    text = f"This is too large; the limit is {megabytes:.0f} MB." if megabytes >= 1 else "This is too large."
    content = json.dumps(body("too_large", "too_large", text)).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 413,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(content)).encode()),
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": content})
