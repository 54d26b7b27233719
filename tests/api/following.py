"""Reading a conversation's events as a chat window does."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    name: str
    id: str
    body: dict[str, Any]


LONGEST_WAIT_SECONDS = 10.0


class Stream:
    """The events of a running response; the test fails when the next one takes too long."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._events = self._read()

    def __iter__(self) -> Iterator[Event]:
        return self._events

    def next(self, name: str | None = None) -> Event:
        """The next event, or the next of that name."""
        return next(event for event in self._events if name in (None, event.name))

    def _read(self) -> Iterator[Event]:
        fields: dict[str, str] = {}
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        for line in self.response.iter_lines():
            assert time.monotonic() < deadline, "no event came"
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            else:
                if "data" in fields:
                    yield Event(fields["event"], fields["id"], json.loads(fields["data"]))
                    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
                fields = {}


@dataclass
class Window:
    """What a chat window shows after some events. It takes no event that is missing a piece or comes twice."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    status: str = "pending"
    draft_id: str = ""
    draft: str = ""
    last_event_id: str = "0"

    def show(self, event: Event) -> None:
        """Take in the next event; fails the test when it does not follow on what is shown."""
        sequence = int(self.last_event_id.partition(":")[0])
        self.last_event_id = event.id
        if event.name == "delta":
            if event.body["draft"] != self.draft_id:
                self.draft_id, self.draft = event.body["draft"], ""
            assert event.body["offset"] == len(self.draft), "a piece of the draft is missing or came twice"
            assert event.body["text"]
            self.draft += event.body["text"]
            return
        assert int(event.id.partition(":")[0]) == sequence + 1, "an event is missing or came twice"
        if event.name == "status":
            self.status = event.body["status"]
        else:
            assert event.name == "message"
            self.messages.append(event.body["message"])
            if event.body["message"]["sender"] == "assistant":
                self.draft_id = self.draft = ""

    @property
    def texts(self) -> list[str]:
        """What was said, in order."""
        return [message["text"] for message in self.messages]
