"""Looks whether something was said that nobody heard of, once for all who listen, so that each costs little."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from frontdesk.events import Listeners

log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0

Sequences = Callable[[Sequence[uuid.UUID]], Mapping[uuid.UUID, int]]


class Lookout:
    """Hints may be lost; this wakes the listeners of each conversation that has grown since it looked last.

    `sequences` reads the last sequence number of each of some conversations.
    """

    def __init__(self, listeners: Listeners, sequences: Sequences, seconds: float = LOOK_SECONDS) -> None:
        self._listeners = listeners
        self._sequences = sequences
        self._seconds = seconds
        self._seen: Mapping[uuid.UUID, int] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, on the running event loop."""
        self._task = asyncio.create_task(self._look_forever())

    async def stop(self) -> None:
        """Look no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """Once; a conversation that was not looked at before counts as grown."""
        followed = self._listeners.followed()
        found = await run_in_threadpool(self._sequences, followed) if followed else {}
        for conversation_id, sequence in found.items():
            if self._seen.get(conversation_id) != sequence:
                self._listeners.wake(conversation_id)
        self._seen = found

    async def _look_forever(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self.look()
            except SQLAlchemyError as error:
                log.warning("Whether something was said is not known, the database does not answer: %s", error)
