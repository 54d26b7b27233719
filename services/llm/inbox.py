"""Everything that can happen to one request, in one place: the pieces of its reply, and what ends it before."""

import asyncio
from enum import Enum, auto

from services.llm.generation import Piece


class Signal(Enum):
    """What can happen to a request besides the pieces of its reply."""

    PREPARED = auto()
    SILENCE = auto()
    LEFT = auto()
    QUEUED_TOO_LONG = auto()
    TOO_LATE = auto()


Event = Piece | Signal


class Inbox:
    """Everything that happens to one request, in order. For one event loop and one reader."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: list[Event] = []
        self._waiter: asyncio.Future[None] | None = None

    def put(self, event: Event) -> None:
        """Something has happened."""
        self._events.append(event)
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def take(self) -> list[Event]:
        """All that has happened since the last time, at least one event."""
        if not self._events:
            self._waiter = self._loop.create_future()
            await self._waiter
        events, self._events = self._events, []
        return events
