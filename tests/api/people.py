"""Contacts and agents as they come to the api: over HTTP, each with a token."""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx

from tests.api.following import Stream
from tests.conftest import PASSWORD, bearer
from tests.waiting import wait_for

Json = dict[str, Any]


class Person:
    """Somebody with a token; paths are below /v1."""

    def __init__(self, api: httpx.Client, token: str) -> None:
        self.api = api
        self.token = token

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = bearer(self.token) | request.pop("headers", {})
        return self.api.request(method, f"/v1{path}", headers=headers, **request)

    def get(self, path: str, **request: Any) -> Json:
        """What is there; fails the test when it is refused."""
        return self.send("GET", path, **request).raise_for_status().json()

    def post(self, path: str, body: Json | None = None, key: str | None = None) -> httpx.Response:
        return self.send("POST", path, json=body, headers={"Idempotency-Key": key} if key else {})

    @contextmanager
    def _following(self, path: str, last_event_id: str | None) -> Iterator[Stream]:
        headers = bearer(self.token) | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        with self.api.stream("GET", f"/v1{path}/events", headers=headers) as response:
            response.raise_for_status()
            yield Stream(response)


class Contact(Person):
    """Somebody with a question, in one conversation."""

    def __init__(self, api: httpx.Client, token: str | None = None, language: str | None = None) -> None:
        opened = api.post(
            "/v1/conversations", json={"language": language}, headers=bearer(token) if token else {}
        ).raise_for_status()
        super().__init__(api, opened.json()["token"])
        self.conversation_id: str = opened.json()["conversation"]["id"]
        self.path = f"/conversations/{self.conversation_id}"

    def say(self, text: str, key: str | None = None) -> httpx.Response:
        return self.post(f"{self.path}/messages", {"text": text}, key)

    def ask(self, text: str) -> Json:
        """Say something and wait for what the assistant answers to it."""
        asked = self.say(text).raise_for_status().json()["message"]["sequence"]
        return wait_for(
            lambda: next((m for m in self.messages(after=asked) if m["sender"] == "assistant"), None),
            what=f"an answer to {text!r}",
        )

    def messages(self, after: int = 0) -> list[Json]:
        return [m for m in self.get(self.path)["messages"] if m["sequence"] > after]

    def texts(self, sender: str) -> list[str]:
        return [m["text"] for m in self.messages() if m["sender"] == sender]

    def ask_for_person(self) -> httpx.Response:
        return self.post(f"{self.path}/handoff")

    def rate(self, message_id: str, **body: Any) -> httpx.Response:
        return self.send("PUT", f"{self.path}/messages/{message_id}/rating", json=body)

    def following(self, last_event_id: str | None = None) -> AbstractContextManager[Stream]:
        """The stream of the conversation's events."""
        return self._following(self.path, last_event_id)


class Agent(Person):
    """Somebody of the staff, signed in."""

    def __init__(self, api: httpx.Client, email: str, password: str = PASSWORD) -> None:
        signed_in = sign_in(api, email, password).raise_for_status().json()
        super().__init__(api, signed_in["token"])
        self.id: str = signed_in["agent"]["id"]

    def claim(self, conversation_id: str) -> httpx.Response:
        return self.post(f"/desk/conversations/{conversation_id}/claim")

    def reply(self, conversation_id: str, text: str, key: str | None = None) -> httpx.Response:
        return self.post(f"/desk/conversations/{conversation_id}/messages", {"text": text}, key)

    def conversation(self, conversation_id: str) -> Json:
        """The conversation with its messages and decisions."""
        return self.get(f"/desk/conversations/{conversation_id}")

    def listed(self, view: str) -> list[str]:
        """The ids of the conversations in a view of the desk, in its order."""
        return [c["id"] for c in self.get("/desk/conversations", params={"view": view})["conversations"]]

    def upload(self, knowledge_base_id: uuid.UUID, name: str, content: bytes) -> httpx.Response:
        path = f"/knowledge-bases/{knowledge_base_id}/documents"
        return self.send("POST", path, files={"file": (name, content)})

    def search(self, knowledge_base_id: uuid.UUID, query: str) -> Json:
        """What the assistant would do with a question."""
        found = self.post(f"/knowledge-bases/{knowledge_base_id}/search", {"query": query})
        return found.raise_for_status().json()

    def following(self, conversation_id: str, last_event_id: str | None = None) -> AbstractContextManager[Stream]:
        """The stream of a conversation's events."""
        return self._following(f"/desk/conversations/{conversation_id}", last_event_id)


def sign_in(api: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return api.post("/v1/sessions", json={"email": email, "password": password})


def error_of(response: httpx.Response) -> Json:
    """The error of a response, which has the one shape of all errors and nothing else."""
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"kind", "code", "message", "details"}
    assert body["error"]["message"]
    return body["error"]


def refused(response: httpx.Response, *statuses: int) -> str:
    """The code of an error that is the sender's; fails the test when it is anything else."""
    assert response.status_code in (statuses or range(400, 500)), response.text[:500]
    return error_of(response)["code"]
