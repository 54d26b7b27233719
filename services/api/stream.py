"""A conversation as server-sent events, resumable from any event.

An event id is `sequence` for what is stored, `sequence:draft:offset` for a piece of a draft: a client that comes
back with it gets the stored entries after that sequence, and of the same draft what it has not seen. Who is looking
or writing is told under the id that the client has already: there is nothing in it to come back to.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from frontdesk.conversations.models import WITH_PEOPLE, Sender
from frontdesk.conversations.models import Message as DomainMessage
from frontdesk.errors import Invalid, Unauthenticated
from frontdesk.events import Delta, Doing, Happening, Listeners, Sign
from services.api.schemas import Message, status_for_contact

KEEP_ALIVE_SECONDS = 15.0
# While Redis is away nobody tells that something happened, so it is looked for.
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class State:
    """What is stored: entries, the names of agents, the draft of the turn under way; and by sequence
    number how entries are shown, to the contact or to the staff."""

    messages: Sequence[DomainMessage]
    names: Mapping[uuid.UUID, str]
    draft: str | None
    shown: Mapping[int, Message]


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
        numbers = sequence + (offset or "0")
        sound = sequence and numbers.isdecimal() and len(numbers) < 18 and (draft or "0").isalnum()
        if not sound or not (numbers + draft).isascii():
            raise Invalid("Last-Event-ID is not one of ours.", code="event_id_invalid")
        return cls(int(sequence), draft, int(offset or 0))

    def __str__(self) -> str:
        return f"{self.sequence}:{self.draft}:{self.offset}" if self.draft else str(self.sequence)


async def follow(
    listeners: Listeners,
    conversation_id: uuid.UUID,
    position: Position,
    load: Callable[[int], State],
    still_allowed: Callable[[], None] | None = None,
    *,
    for_contact: bool = False,
) -> AsyncIterator[str]:
    """The events after `position`, for as long as somebody reads.

    `load(sequence)` reads what is stored, with the entries after that sequence number. In a quiet moment it is read
    again or, with `still_allowed`, only that is asked (it raises Unauthenticated): the lookout looks for all.
    """
    async with listeners.listen(conversation_id) as queue:
        yield "retry: 1000\n\n"
        # Contacts soon hear again of who writes; for them it is not worth asking Redis each time they come back.
        for sign in await listeners.signs(conversation_id) if listeners.connected and not for_contact else ():
            queue.put_nowait(sign)
        item: Happening = None
        over = ""
        heard: dict[str | None, float] = {}
        while True:
            if isinstance(item, Sign):
                # One given just as somebody comes is both kept and told.
                is_news = heard.get(item.agent_id) != item.at
                heard[item.agent_id] = item.at
                if is_news and (told := _sign(position, item, for_contact=for_contact)):
                    yield told
            elif item is None or item.draft not in (position.draft, over):
                try:
                    state = await run_in_threadpool(load, position.sequence)
                except Unauthenticated:
                    return
                for event in _stored(position, state, for_contact=for_contact):
                    yield event
                so_far = await listeners.draft(conversation_id) if state.draft and listeners.connected else None
                if so_far and so_far.draft == state.draft and (piece := _piece(position, so_far)):
                    yield piece
                if item and item.draft != position.draft:
                    # Its turn has ended or lost the conversation: pieces that still come are shown to nobody.
                    over = item.draft
            elif item.draft == position.draft and (piece := _piece(position, item)):
                yield piece
            while True:
                try:
                    quiet = KEEP_ALIVE_SECONDS if listeners.connected else LOOK_SECONDS
                    item = await asyncio.wait_for(queue.get(), quiet)
                    break
                except TimeoutError:
                    yield ": keep-alive\n\n"
                if still_allowed is None or not listeners.connected:
                    item = None
                    break
                try:
                    still_allowed()
                except Unauthenticated:
                    return


def _stored(position: Position, state: State, *, for_contact: bool) -> Iterator[str]:
    for message in state.messages:
        position.sequence = message.sequence
        if message.sender == Sender.ASSISTANT:
            position.draft, position.offset = "", 0
        if message.sender == Sender.ACTIVITY:
            # Else the agent who is noted has just given it away.
            owner = message.agent_id if message.status in WITH_PEOPLE else None
            agent = {"name": state.names[owner]} if owner else None
            status = status_for_contact(message.status) if for_contact and message.status else message.status
            yield _event("status", position, {"status": status, "agent": agent})
        else:
            content = state.shown[message.sequence].model_dump(mode="json")
            yield _event("message", position, {"message": content})


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


def _sign(position: Position, sign: Sign, *, for_contact: bool) -> str | None:
    """Contacts are told that an agent writes to them; agents all signs."""
    if for_contact:
        if sign.agent_id is None or sign.doing != Doing.WRITING:
            return None
        return _event("typing", position, {"agent": {"name": sign.name}, "seconds": sign.seconds})
    agent = {"id": sign.agent_id, "name": sign.name} if sign.agent_id else None
    return _event("presence", position, {"agent": agent, "doing": sign.doing, "seconds": sign.seconds})


def _event(name: str, position: Position, content: Mapping[str, object]) -> str:
    return f"event: {name}\nid: {position}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"
