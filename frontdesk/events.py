"""What reaches the people who follow a conversation while it happens.

Messages are durable and live in PostgreSQL under gapless sequence numbers. Redis carries three hints only: "look
again", the pieces of a reply while it is being written, and who is looking or writing at this moment. Losing any
loses nothing: listeners look again on their own now and then, the stored message replaces its draft, and a sign of
life is soon repeated or over.
"""

import asyncio
import json
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import redis
import redis.asyncio

log = logging.getLogger(__name__)

CHANNEL = "frontdesk:conversation:"
SIGN_CHANNEL = "frontdesk:sign:"
SIGNS = "frontdesk:signs:"
DRAFT_SECONDS = 120
SIGNS_SECONDS = 60
RETRY_SECONDS = 5.0
CONNECTION_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the draft of a reply; `offset` counts the characters before it."""

    draft: str
    offset: int
    text: str


class Doing(StrEnum):
    """What somebody does with a conversation that is open before them."""

    LOOKING = "looking"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Sign:
    """Somebody is there: an agent, or the contact (`agent_id` None). It holds for so many `seconds`.

    When it was given, `at` (Unix time), tells it from others.
    """

    agent_id: str | None
    name: str
    doing: Doing
    seconds: float
    at: float = 0.0


Happening = Delta | Sign | None
"""What a listener is told: a piece of a draft, a sign of life, or None for "look again"."""


class Events:
    """Tells listeners that something happened. Never raises: a lost hint is no reason to fail a turn."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(
            redis_url, socket_timeout=CONNECTION_SECONDS, socket_connect_timeout=CONNECTION_SECONDS
        )
        self._silent_until = 0.0

    def wake(self, conversation_id: uuid.UUID) -> None:
        """Something was committed: whoever follows this conversation should look."""
        self._try(lambda: self._redis.publish(f"{CHANNEL}{conversation_id}", "{}"))

    def finish(self, conversation_id: uuid.UUID) -> None:
        """A turn has ended: its draft goes, and whoever follows should look."""
        self._try(lambda: self._redis.delete(f"frontdesk:draft-of:{conversation_id}"))
        self.wake(conversation_id)

    def draft(self, conversation_id: uuid.UUID, turn_id: uuid.UUID) -> "Draft":
        """Begin to show the reply of a turn while it is written."""
        return Draft(self, conversation_id, turn_id)

    def sign(self, conversation_id: uuid.UUID, sign: Sign) -> None:
        """Somebody is there; whoever comes while the sign holds is told, too."""
        key, told = f"{SIGNS}{conversation_id}", json.dumps(asdict(replace(sign, at=time.time())))

        def send() -> None:
            with self._redis.pipeline() as pipe:
                pipe.hset(key, sign.agent_id or "contact", told)
                pipe.expire(key, SIGNS_SECONDS)
                pipe.publish(f"{SIGN_CHANNEL}{conversation_id}", told)
                pipe.execute()

        self._try(send)

    def close(self) -> None:
        """Give the connections back."""
        self._redis.close()

    def _send_delta(self, conversation_id: uuid.UUID, delta: Delta) -> bool:
        def send() -> None:
            with self._redis.pipeline() as pipe:
                pipe.set(f"frontdesk:draft-of:{conversation_id}", delta.draft, ex=DRAFT_SECONDS)
                pipe.append(f"frontdesk:draft:{delta.draft}", delta.text)
                pipe.expire(f"frontdesk:draft:{delta.draft}", DRAFT_SECONDS)
                pipe.publish(f"{CHANNEL}{conversation_id}", json.dumps([delta.draft, delta.offset, delta.text]))
                pipe.execute()

        return self._try(send)

    def _try(self, send: Callable[[], object]) -> bool:
        # A Redis that hangs would cost every piece its timeout, so after a failure it is left alone for a while.
        if time.monotonic() < self._silent_until:
            return False
        try:
            send()
        except redis.RedisError as error:
            self._silent_until = time.monotonic() + RETRY_SECONDS
            log.warning("Redis does not take hints: %s", error)
            return False
        return True


class Draft:
    """A reply on its way, named after its turn, so that it can be told whether that has come to nothing.

    The first piece that can not be shown ends the showing, so that no gap appears.
    """

    def __init__(self, events: Events, conversation_id: uuid.UUID, turn_id: uuid.UUID) -> None:
        self._events = events
        self._conversation_id = conversation_id
        self._id = turn_id.hex
        self._length = 0
        self._shown = True

    def append(self, text: str) -> None:
        """Show the next piece."""
        if self._shown and text:
            delta = Delta(self._id, self._length, text)
            self._shown = self._events._send_delta(self._conversation_id, delta)
            self._length += len(text)


class Listeners:
    """The listening side, one per api process: one Redis connection feeds any number of listeners."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.asyncio.Redis.from_url(
            redis_url, socket_connect_timeout=CONNECTION_SECONDS, decode_responses=True
        )
        self._queues: dict[str, set[asyncio.Queue[Happening]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.connected = False

    def start(self) -> None:
        """Begin to read, on the running event loop."""
        self._task = asyncio.create_task(self._read_forever())

    async def stop(self) -> None:
        """Stop reading and give the connection back."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._redis.aclose()

    @asynccontextmanager
    async def listen(self, conversation_id: uuid.UUID) -> AsyncIterator[asyncio.Queue[Happening]]:
        """A queue of what happens from now on."""
        queue: asyncio.Queue[Happening] = asyncio.Queue(maxsize=1000)
        queues = self._queues[str(conversation_id)]
        queues.add(queue)
        try:
            yield queue
        finally:
            queues.discard(queue)
            if not queues:
                self._queues.pop(str(conversation_id), None)

    def followed(self) -> list[uuid.UUID]:
        """The conversations that somebody listens to."""
        return [uuid.UUID(conversation_id) for conversation_id in self._queues]

    def wake(self, conversation_id: uuid.UUID) -> None:
        """Have those who listen here look again."""
        for queue in self._queues.get(str(conversation_id), ()):
            _put(queue, None)

    async def draft(self, conversation_id: uuid.UUID) -> Delta | None:
        """What has been written so far of the reply on its way, if any."""
        try:
            async with asyncio.timeout(CONNECTION_SECONDS):
                draft = str(await self._redis.get(f"frontdesk:draft-of:{conversation_id}") or "")
                text = await self._redis.get(f"frontdesk:draft:{draft}") if draft else None
        except (redis.RedisError, TimeoutError, OSError):
            return None
        return Delta(draft, 0, str(text)) if text else None

    async def signs(self, conversation_id: uuid.UUID) -> list[Sign]:
        """The signs of life that still hold, for so many seconds more. One given just now may be told as well."""
        try:
            async with asyncio.timeout(CONNECTION_SECONDS):
                stored = await self._redis.hvals(f"{SIGNS}{conversation_id}")
        except (redis.RedisError, TimeoutError, OSError):
            return []
        moment = time.time()
        left = [replace(sign, seconds=sign.at + sign.seconds - moment) for sign in map(_sign, stored)]
        return [sign for sign in left if sign.seconds > 0]

    async def _read_forever(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.psubscribe(f"{CHANNEL}*", f"{SIGN_CHANNEL}*")
                    self.connected = True
                    self._wake_everybody()
                    async for message in pubsub.listen():
                        if message["type"] == "pmessage":
                            self._dispatch(message["channel"], message["data"])
            except (redis.RedisError, OSError) as error:
                log.warning("Redis can not be listened to: %s", error)
            self.connected = False
            await asyncio.sleep(CONNECTION_SECONDS)

    def _dispatch(self, channel: str, payload: str) -> None:
        item: Happening = None
        if channel.startswith(SIGN_CHANNEL):
            item = _sign(payload)
        elif told := json.loads(payload):
            item = Delta(*told)
        for queue in self._queues.get(channel.rpartition(":")[2], ()):
            _put(queue, item)

    def _wake_everybody(self) -> None:
        for queues in self._queues.values():
            for queue in queues:
                _put(queue, None)


def _sign(told: str | bytes) -> Sign:
    sign = json.loads(told)
    return Sign(**sign | {"doing": Doing(sign["doing"])})


def _put(queue: asyncio.Queue[Happening], item: Happening) -> None:
    # A reader that is a thousand pieces behind loses pieces of the draft, never a message.
    if not queue.full():
        queue.put_nowait(item)
