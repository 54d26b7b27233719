"""A conversation as a tab sees it: what has been said, what is being written, and what may still arrive."""

import time
from dataclasses import dataclass, field

from services.ui.caller import Json
from services.ui.client import Contact, events_path
from services.ui.events import Event, Feed


@dataclass(frozen=True)
class Draft:
    """The reply being written; `start` is where in the reply our part begins (a tab may join in the middle)."""

    id: str
    start: int
    text: str

    def extended(self, offset: int, text: str) -> "Draft":
        """With one more piece: a repeated piece changes nothing, a gap starts our part anew."""
        end = self.start + len(self.text)
        if self.start <= offset and offset + len(text) <= end:
            return self
        if not self.start <= offset <= end:
            return Draft(self.id, offset, text)
        return Draft(self.id, self.start, self.text[: offset - self.start] + text)


@dataclass
class Conversation:
    """One conversation of the contact, followed by its feed. `state` is the api's own shape of it."""

    state: Json
    feed: Feed
    messages: dict[str, Json] = field(default_factory=dict)
    draft: Draft | None = None
    survey: Json | None = None
    _writer: tuple[str, float] = ("", 0.0)

    @classmethod
    def follow(cls, contact: Contact, answer: Json, last_event_id: str) -> "Conversation":
        """From the api's answer, following the events after `last_event_id`."""
        path = events_path(answer["conversation"]["id"], desk=False)
        conversation = cls(answer["conversation"], Feed(lambda last: contact.stream(path, last), last_event_id))
        conversation.update(answer)
        return conversation

    @property
    def id(self) -> str:
        """The api's id."""
        return str(self.state["id"])

    @property
    def being_answered(self) -> bool:
        """Whether the assistant owes a reply or is writing one."""
        return bool(self.state["awaiting_reply"]) or self.draft is not None

    @property
    def agent_writing(self) -> str | None:
        """The name of the agent who is writing at this moment."""
        name, until = self._writer
        return name if until > time.monotonic() else None

    def in_order(self) -> list[Json]:
        """The messages, oldest first."""
        return sorted(self.messages.values(), key=lambda message: int(message["sequence"]))

    def update(self, answer: Json) -> None:
        """Take the api's word for the state, and for the messages it names."""
        self.state = answer["conversation"]
        self.survey = answer.get("survey", self.survey)
        for message in answer["messages"]:
            self.keep(message)

    def keep(self, message: Json) -> bool:
        """Know a message; whether it is new or has changed."""
        news = self.messages.get(message["id"]) != message
        self.messages[message["id"]] = message
        return news

    def absorb(self, events: list[Event]) -> bool:
        """Take in what has arrived; whether anything to be seen has changed."""
        changes = [self._take(event) for event in events]
        return any(changes)

    def _take(self, event: Event) -> bool:
        match event.name:
            case "message":
                return self._take_message(event.body["message"])
            case "status":
                self.state.update(status=event.body["status"], agent=event.body["agent"])
                if event.body["status"] != "pending":
                    self._settle()
                return True
            case "delta":
                self._take_delta(event.body["draft"], event.body["offset"], event.body["text"])
                return True
            case "typing":
                self._writer = (event.body["agent"]["name"], time.monotonic() + event.body["seconds"])
        return False

    def _take_message(self, message: Json) -> bool:
        if message["sender"] != "contact":
            self._writer = ("", 0.0)
            self.draft = None
            if message["id"] not in self.messages:
                self._settle()
        return self.keep(message)

    def _take_delta(self, draft: str, offset: int, text: str) -> None:
        if self.draft is None or self.draft.id != draft:
            self.draft = Draft(draft, offset, "")
        self.draft = self.draft.extended(offset, text)

    def _settle(self) -> None:
        self.state["awaiting_reply"] = False
        self.draft = None
