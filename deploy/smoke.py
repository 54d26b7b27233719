"""Tries a running Frontdesk with the sample shop from outside: answers, a handoff, a document in and out.

    python deploy/smoke.py http://127.0.0.1:8000 --admin-email admin@example.com

The password comes from FRONTDESK_ADMIN_PASSWORD or --admin-password. Needs httpx, and nothing else of Frontdesk.
What it opens at the desk it resolves, what it uploads it deletes; its conversations stay in the history.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

Json = dict[str, Any]
Found = TypeVar("Found")

START_SECONDS = 180.0
INDEX_SECONDS = 90.0
REPLY_SECONDS = 60.0
AGENT_SECONDS = 5.0

FACT = "The lantern Zibbelwick 9 glows for exactly 47 hours on one charge."
QUESTION_OF_FACT = "How many hours does the lantern Zibbelwick 9 glow on one charge?"


class Failed(Exception):
    """Something is not as it should be; the text says what."""


@dataclass
class Caller:
    """Somebody who talks to the api."""

    http: httpx.Client
    token: str | None = None

    def call(self, method: str, path: str, status: int, **request: Any) -> Json:
        """One request; raises Failed unless it has this status."""
        response = self.http.request(method, path, headers=self.headers() | request.pop("headers", {}), **request)
        expect(response.status_code == status, f"{method} {path}: {response.status_code} {response.text[:300]}")
        answer: Json = response.json() if response.content else {}
        return answer

    def headers(self) -> dict[str, str]:
        """Who is asking."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def wait_for_event(
        self, path: str, after: str, seconds: float, what: str, wanted: Callable[[str, Json], bool]
    ) -> Json:
        """What the first wanted event says; raises Failed after `seconds`."""
        deadline = time.monotonic() + seconds
        headers = self.headers() | {"Last-Event-ID": after}
        try:
            with self.http.stream("GET", path, headers=headers, timeout=seconds) as response:
                name = ""
                for line in response.iter_lines():
                    kind, _, value = line.partition(": ")
                    if kind == "event":
                        name = value
                    elif kind == "data" and wanted(name, content := json.loads(value)):
                        found: Json = content
                        return found
                    if time.monotonic() > deadline:
                        break
        except httpx.TimeoutException:
            pass
        raise Failed(f"{what} did not come within {seconds:.0f} s.")


@dataclass
class Contact(Caller):
    """Somebody who asks, in one conversation."""

    path: str = ""
    position: str = field(default="0")

    @classmethod
    def open(cls, http: httpx.Client) -> Contact:
        """Begin a conversation."""
        opened = Caller(http).call("POST", "/v1/conversations", 201, json={})
        return cls(http, opened["token"], f"/v1/conversations/{opened['conversation']['id']}")

    @property
    def conversation_id(self) -> str:
        """The conversation's id."""
        return self.path.rpartition("/")[2]

    def ask(self, text: str) -> Json:
        """Say something, twice with one key as after a lost connection; gives what the assistant says to it."""
        key = {"Idempotency-Key": uuid.uuid4().hex}
        posted = self.call("POST", f"{self.path}/messages", 202, json={"text": text}, headers=key)
        again = self.call("POST", f"{self.path}/messages", 200, json={"text": text}, headers=key)
        expect(again["message"]["id"] == posted["message"]["id"], "the same key stored a message twice")
        self.position = posted["last_event_id"]
        return self.wait_for_message("assistant", REPLY_SECONDS, f"a reply to {text!r}")

    def wait_for_message(self, sender: str, seconds: float, what: str) -> Json:
        """The next message of a sender."""
        found = self.wait_for_event(
            f"{self.path}/events",
            self.position,
            seconds,
            what,
            lambda name, content: name == "message" and content["message"]["sender"] == sender,
        )
        message: Json = found["message"]
        self.position = str(message["sequence"])
        return message

    def wait_for_status(self, status: str) -> None:
        """Until the conversation has this status."""
        self.wait_for_event(
            f"{self.path}/events",
            self.position,
            AGENT_SECONDS,
            f"the status {status}",
            lambda name, content: name == "status" and content["status"] == status,
        )


class Smoke:
    """The test, step by step."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.staff = Caller(http)
        self.base = ""

    def is_healthy(self) -> str:
        """Every part works."""

        def look() -> Json | None:
            try:
                report: Json = self.http.get("/health").json()
            except (httpx.TransportError, ValueError):
                return None
            return report if report["status"] == "ok" else None

        parts = wait_for(look, START_SECONDS, "a healthy api")["parts"]
        return f"search {parts['retrieval']['mode']}, answers {parts['answers']}"

    def sign_in(self, email: str, password: str) -> str:
        """The administrator can sign in, a wrong password cannot."""
        self.staff.call("POST", "/v1/sessions", 401, json={"email": email, "password": password + "x"})
        signed_in = self.staff.call("POST", "/v1/sessions", 201, json={"email": email, "password": password})
        self.staff.token = signed_in["token"]
        return str(signed_in["agent"]["role"])

    def has_knowledge(self) -> str:
        """The sample shop is there and can be searched."""
        self.base = self.staff.call("GET", "/v1/knowledge-bases", 200)["knowledge_bases"][0]["id"]
        path = f"/v1/knowledge-bases/{self.base}"

        def look() -> str | None:
            documents: list[Json] = self.staff.call("GET", f"{path}/documents", 200)["documents"]
            entries: list[Json] = []
            while page := self.staff.call("GET", f"{path}/entries?limit=200&offset={len(entries)}", 200)["entries"]:
                entries += page
            statuses = [source["status"] for source in documents + entries]
            expect("failed" not in statuses, f"{statuses.count('failed')} documents and entries failed.")
            complete = documents and entries and set(statuses) == {"ready"}
            return f"{len(documents)} documents, {len(entries)} entries" if complete else None

        return wait_for(look, START_SECONDS, "a knowledge base that is ready (is the sample shop loaded?)")

    def answers(self, question: str, word: str) -> str:
        """A question gets a reply with its source."""
        reply = Contact.open(self.http).ask(question)
        expect(reply["form"] in ("quoted", "generated"), f"no answer but {reply['form']}: {reply['text']}")
        expect(bool(reply["citations"]), f"an answer without a source: {reply['text']}")
        for citation in reply["citations"]:
            expect(f"[{citation['number']}]" in reply["text"], f"the mark of a source is missing: {reply['text']}")
        expect(word in reply["text"], f"{word!r} is not in the answer: {reply['text']}")
        return f"{reply['form']}, from {reply['citations'][0]['title']!r}"

    def hands_over(self, question: str, *reasons: str) -> str:
        """A question that only a person can answer reaches one, whose answer reaches the contact."""
        contact = Contact.open(self.http)
        notice = contact.ask(question)
        reason = notice["handoff_reason"]
        expect(reason in reasons, f"handed over for {reason!r}: {notice['text']}")
        queue = self.staff.call("GET", "/v1/desk/conversations?view=queue&limit=200", 200)["conversations"]
        expect(contact.conversation_id in [waiting["id"] for waiting in queue], "it is not in the queue")
        desk = f"/v1/desk/conversations/{contact.conversation_id}"
        self.staff.call("POST", f"{desk}/claim", 200)
        contact.wait_for_status("open")
        started = time.monotonic()
        self.staff.call("POST", f"{desk}/messages", 202, json={"text": "Hello, a person here."})
        written = contact.wait_for_message("agent", AGENT_SECONDS, "the agent's message")
        seconds = time.monotonic() - started
        expect(written["text"] == "Hello, a person here.", f"the agent's message arrived as {written['text']!r}")
        self.staff.call("POST", f"{desk}/resolve", 200)
        contact.wait_for_status("resolved")
        return f"{reason}; the agent's message took {seconds:.2f} s"

    def learns_and_forgets(self) -> str:
        """A document can be asked about once it is uploaded, and no more once it is deleted."""
        name = f"smoke-{uuid.uuid4().hex[:8]}.txt"
        path = f"/v1/knowledge-bases/{self.base}"
        file = {"file": (name, FACT.encode(), "text/plain")}
        document = self.staff.call("POST", f"{path}/documents", 202, files=file)["document"]
        own = f"/v1/documents/{document['id']}"
        try:

            def look() -> bool:
                now: Json = self.staff.call("GET", own, 200)["document"]
                expect(now["status"] != "failed", f"the document failed: {now['error']}")
                return bool(now["status"] == "ready")

            wait_for(look, INDEX_SECONDS, "the document's indexing")
            reply = Contact.open(self.http).ask(QUESTION_OF_FACT)
            sources = [citation["document_id"] for citation in reply["citations"]]
            expect(document["id"] in sources and "47" in reply["text"], f"it was not used: {reply['text']}")
        finally:
            self.staff.call("DELETE", own, 204)
        considered = self.staff.call("POST", f"{path}/search", 200, json={"query": QUESTION_OF_FACT})
        found = [passage["document_id"] for passage in considered["passages"]]
        expect(document["id"] not in found, "it is still found after it was deleted")
        return name

    def sign_out(self) -> str:
        """The session ends."""
        self.staff.call("DELETE", "/v1/sessions/current", 204)
        self.staff.call("GET", "/v1/me", 401)
        return "done"


def expect(holds: bool, problem: str) -> None:
    """Raise Failed unless it holds."""
    if not holds:
        raise Failed(problem)


def wait_for(look: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """What `look` gives once that is true; raises Failed after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        expect(time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s.")
        time.sleep(0.2)
    return found


def main() -> None:
    """Run all steps, one line each; the first that fails ends it with exit code 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="the api's address")
    parser.add_argument("--admin-email", required=True)
    parser.add_argument("--admin-password", default=os.environ.get("FRONTDESK_ADMIN_PASSWORD"))
    arguments = parser.parse_args()
    if not arguments.admin_password:
        parser.error("give the password in FRONTDESK_ADMIN_PASSWORD or with --admin-password")
    with httpx.Client(base_url=arguments.url, timeout=30, trust_env=False) as http:
        smoke = Smoke(http)
        steps: list[tuple[str, Callable[[], str]]] = [
            ("health", smoke.is_healthy),
            ("sign-in", lambda: smoke.sign_in(arguments.admin_email, arguments.admin_password)),
            ("knowledge", smoke.has_knowledge),
            ("returns, zh", lambda: smoke.answers("你们的退货政策是怎么样的？", "退货")),
            ("returns, en", lambda: smoke.answers("What is your return policy?", "return")),
            ("Hainan, zh", lambda: smoke.answers("请问你们海南能发货吗？", "海南")),
            ("Hainan, en", lambda: smoke.answers("Do you ship to Hainan?", "Hainan")),
            ("unknown", lambda: smoke.hands_over("你们公司的股票代码是多少？", "not_found", "low_confidence")),
            ("a person", lambda: smoke.hands_over("我要找人工", "asked")),
            ("document", smoke.learns_and_forgets),
            ("sign-out", smoke.sign_out),
        ]
        for title, step in steps:
            started = time.monotonic()
            try:
                seen = step()
            except (Failed, httpx.HTTPError) as error:
                sys.exit(f"FAILED {title}: {error}")
            print(f"ok {time.monotonic() - started:6.2f} s  {title:12} {seen}", flush=True)


if __name__ == "__main__":
    main()
