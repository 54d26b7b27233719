"""The way of an answer to its client: the messages of ASGI, in which the replies' bytes are sent."""

from collections.abc import Sequence

from starlette.types import Send

from services.llm.generation import Finish, Logprob
from services.llm.replies import Reply
from services.llm.tool_calls import Call


class Outlet:
    """Where the answer goes."""

    def __init__(self, send: Send, reply: Reply, position: int) -> None:
        self.reply = reply
        self.has_begun = False
        self.send_message = send
        self._position = (b"x-queue-position", str(position).encode())

    async def begin(self) -> None:
        """Send the headers of a stream."""
        self.has_begun = True
        kind = (b"content-type", b"text/event-stream; charset=utf-8")
        headers = [kind, (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"), self._position]
        await self.send_message({"type": "http.response.start", "status": 200, "headers": headers})

    async def send(self, content: bytes, more: bool) -> None:
        """Send a part of a stream."""
        await self.send_message({"type": "http.response.body", "body": content, "more_body": more})

    async def whole(
        self, text: str, calls: Sequence[Call], logprobs: Sequence[Logprob] | None, reason: str, finish: Finish
    ) -> None:
        """Send an answer in one piece."""
        content = self.reply.whole(text, calls, logprobs, reason, finish)
        length = (b"content-length", str(len(content)).encode())
        headers = [(b"content-type", b"application/json"), length, self._position]
        await self.send_message({"type": "http.response.start", "status": 200, "headers": headers})
        await self.send_message({"type": "http.response.body", "body": content})
