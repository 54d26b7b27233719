"""Following a conversation: server-sent events parsed, and read by a thread that outlives a script run.

Streamlit has no push: a page that waits for news must look again and again. Looking is made cheap here. One
thread per open conversation holds the stream and keeps what arrives in memory; the page looks into that memory,
so a chat where nothing happens costs the api one idle connection and no request.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Lock, Thread

from services.ui.caller import ApiError, Json, Unreachable

OpenStream = Callable[[str], AbstractContextManager[Iterator[str]]]

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0
# A page that has not looked for this long is closed or asleep; it reopens the stream when it looks again.
FORGOTTEN_SECONDS = 60.0


@dataclass(frozen=True)
class Event:
    """One server-sent event; `id` is what resumes the stream after it."""

    id: str
    name: str
    body: Json


def parse(lines: Iterable[str]) -> Iterator[Event | None]:
    """Events from the lines of a stream; None for a comment (the keep-alive) and for an event without data."""
    id_, name = "", "message"
    pieces: list[str] = []
    for line in lines:
        if not line:
            yield Event(id_, name, json.loads("\n".join(pieces))) if pieces else None
            name, pieces = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "":
            yield None
        elif field == "id":
            id_ = value
        elif field == "event":
            name = value
        elif field == "data":
            pieces.append(value)


class Feed:
    """What has arrived on one conversation's stream since somebody last looked.

    Reconnects by itself from the last event seen. `lost` is true while there is no connection; `refused` keeps
    the api's error when it will not let us follow, and the feed stays stopped then.
    """

    def __init__(self, open_stream: OpenStream, last_event_id: str) -> None:
        self.lost = False
        self.refused: ApiError | None = None
        self._open_stream = open_stream
        self._last_event_id = last_event_id
        self._arrived: SimpleQueue[Event] = SimpleQueue()
        self._closed = Flag()
        self._looked_at = time.monotonic()
        self._starting = Lock()
        self._reader: Thread | None = None

    def look(self, wait_seconds: float = 0.0) -> list[Event]:
        """Everything that has arrived; waits up to `wait_seconds` for the first event when there is none."""
        self._looked_at = time.monotonic()
        self._keep_reading()
        events: list[Event] = []
        try:
            events.append(self._arrived.get(timeout=wait_seconds) if wait_seconds else self._arrived.get_nowait())
            while True:
                events.append(self._arrived.get_nowait())
        except Empty:
            return events

    def close(self) -> None:
        """Stop following; the reader ends at the latest with the next keep-alive."""
        self._closed.set()

    def _keep_reading(self) -> None:
        with self._starting:
            running = self._reader is not None and self._reader.is_alive()
            if running or self._closed.is_set() or self.refused:
                return
            self._reader = Thread(target=self._read, name="conversation-feed", daemon=True)
            self._reader.start()

    def _wanted(self) -> bool:
        forgotten = time.monotonic() - self._looked_at > FORGOTTEN_SECONDS
        return not (self._closed.is_set() or forgotten)

    def _read(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while self._wanted():
            try:
                with self._open_stream(self._last_event_id) as lines:
                    self.lost = False
                    for event in parse(lines):
                        pause = FIRST_PAUSE_SECONDS
                        if event is not None:
                            self._last_event_id = event.id or self._last_event_id
                            self._arrived.put(event)
                        if not self._wanted():
                            return
            except ApiError as error:
                if error.status < 500 and error.kind != "rate_limited":
                    self.refused = error
                    return
            except (Unreachable, ValueError):
                pass
            self.lost = True
            self._closed.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
