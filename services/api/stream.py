"""A conversation as server-sent events, resumable from any event.

An event id is `sequence` for what is stored, `sequence:draft:offset` for a piece of a draft: a client that comes
back with it gets the stored entries after that sequence, and of the same draft what it has not seen.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from frontdesk.conversations.models import Message as DomainMessage
from frontdesk.conversations.models import Sender
from frontdesk.errors import Invalid
from frontdesk.events import Delta, Listeners
from services.api.schemas import Message

KEEP_ALIVE_SECONDS = 15.0
# While Redis is away nobody tells that something happened, so it is looked for.
LOOK_SECONDS = 1.0

Queue = asyncio.Queue[Delta | None]
Load = Callable[[int], tuple[Sequence[DomainMessage], Mapping[uuid.UUID, str]]]


@dataclass(slots=True)
class Position:
    """How far a client has read."""

    sequence: int = 0
    draft: str = ""
    offset: int = 0

    @classmethod
    def parse(cls, last_event_id: str | None) -> "Position":
        """From the id of the last event; raises Invalid for a text that is none."""
        sequence, _, rest = (last_event_id or "0").strip().partition(":")
        draft, _, offset = rest.partition(":")
        if not (sequence.isdecimal() and (offset or "0").isdecimal() and len(sequence + offset) < 18):
            raise Invalid("Last-Event-ID is not one of ours.", code="event_id_invalid")
        return cls(int(sequence), draft, int(offset or 0))

    def __str__(self) -> str:
        return f"{self.sequence}:{self.draft}:{self.offset}" if self.draft else str(self.sequence)


async def follow(
    listeners: Listeners, conversation_id: uuid.UUID, position: Position, load: Load
) -> AsyncIterator[str]:
    """The events after `position`, for as long as somebody reads.

    `load(sequence)` reads the stored entries after a sequence number, and the names of agents.
    """
    async with listeners.listen(conversation_id) as queue:
        yield "retry: 1000\n\n"
        async for event in _stored(position, load, queue):
            yield event
        if (draft := await listeners.draft(conversation_id)) and (event := _piece(position, draft)):
            yield event
        while True:
            quiet = KEEP_ALIVE_SECONDS if listeners.connected else LOOK_SECONDS
            try:
                item = await asyncio.wait_for(queue.get(), quiet)
            except TimeoutError:
                item = None
                yield ": keep-alive\n\n"
            if item is None:
                async for event in _stored(position, load, queue):
                    yield event
            elif event := _piece(position, item):
                yield event


async def _stored(position: Position, load: Load, queue: Queue) -> AsyncIterator[str]:
    messages, names = await run_in_threadpool(load, position.sequence)
    if any(message.sender == Sender.ASSISTANT for message in messages):
        _forget_pieces(queue)
    for message in messages:
        position.sequence = message.sequence
        if message.sender == Sender.ASSISTANT:
            position.draft, position.offset = "", 0
        if message.sender == Sender.ACTIVITY:
            agent = {"name": names[message.agent_id]} if message.agent_id else None
            yield _event("status", position, {"status": message.status, "agent": agent})
        else:
            content = Message.of(message, names).model_dump(mode="json")
            yield _event("message", position, {"message": content})


def _forget_pieces(queue: Queue) -> None:
    """Pieces that wait here belong to a draft whose message is about to be sent."""
    waiting = [queue.get_nowait() for _ in range(queue.qsize())]
    if None in waiting:
        queue.put_nowait(None)


def _piece(position: Position, delta: Delta) -> str | None:
    """The part of a draft's piece that the client has not seen; pieces may come twice, never out of order."""
    if delta.draft != position.draft:
        position.draft, position.offset = delta.draft, 0
    if delta.offset > position.offset:
        return None
    text = delta.text[position.offset - delta.offset :]
    if not text:
        return None
    offset = position.offset
    position.offset += len(text)
    return _event("delta", position, {"draft": delta.draft, "offset": offset, "text": text})


def _event(name: str, position: Position, content: Mapping[str, object]) -> str:
    return f"event: {name}\nid: {position}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"
