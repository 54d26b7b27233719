"""kill -9 in the middle of a turn or an ingestion: nothing lost, nothing twice, an end within a minute."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.conftest import bearer, supervised
from tests.model_server import Script, ThreadedServer
from tests.model_server import make_app as make_model_app
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(300)

ADMIN, PASSWORD = "admin@shop.example", "correct horse battery"
PATIENCE_SECONDS = 60.0
ENTRY = {"questions": ["你们的退货政策是怎么样的？", "怎么退货"], "answer": "签收后7天内可以无理由退货。"}


@dataclass
class Platform:
    """A whole Frontdesk under its supervisor, with a model server that can be held in the middle of a reply."""

    ready: Path
    script: Script

    def pid(self, part: str) -> int:
        """The process of a part, as it runs now."""
        return json.loads(self.ready.read_text())["parts"][part]

    def kill(self, part: str) -> Callable[[], bool]:
        """kill -9; gives a look at whether the supervisor has put another process in its place."""
        dead = self.pid(part)
        os.kill(dead, signal.SIGKILL)
        return lambda: self.pid(part) != dead

    @property
    def url(self) -> str:
        """Where the api is."""
        return json.loads(self.ready.read_text())["urls"]["api"]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    script = Script()
    script.gate.set()
    with (
        ThreadedServer(make_model_app(script)) as model,
        supervised(
            tmp_path_factory.mktemp("platform"),
            "postgres,redis,milvus,api,worker",
            FRONTDESK_ADMIN_EMAIL=ADMIN,
            FRONTDESK_ADMIN_PASSWORD=PASSWORD,
            FRONTDESK_LLM_URL=f"{model}/v1",
            FRONTDESK_MESSAGES_PER_MINUTE="1000",
        ) as ready,
    ):
        yield Platform(ready, script)
        script.gate.set()


def patient(call: Callable[[], httpx.Response]) -> dict:
    """The answer of the api, however often it is away; a client with an idempotency key may do this."""

    def once() -> httpx.Response | None:
        try:
            response = call()
        except httpx.TransportError:
            return None
        return response if response.is_success else None

    return wait_for(once, PATIENCE_SECONDS, "an answer of the api").json()


@pytest.fixture(scope="module")
def staff(platform: Platform) -> Iterator[httpx.Client]:
    """The administrator, with one entry in the knowledge base."""
    with httpx.Client(base_url=platform.url, timeout=10, trust_env=False) as client:
        who = {"email": ADMIN, "password": PASSWORD}
        client.headers.update(bearer(client.post("/v1/sessions", json=who).raise_for_status().json()["token"]))
        base = client.get("/v1/knowledge-bases").json()["knowledge_bases"][0]["id"]
        client.base_url = f"{platform.url}/v1/knowledge-bases/{base}/"
        client.post("entries", json=ENTRY).raise_for_status()
        wait_for(lambda: client.get("entries").json()["entries"][0]["status"] == "ready", 60, "indexing")
        yield client


class Contact:
    """Somebody who asks and does not give up."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10, trust_env=False)
        opened = patient(lambda: self._http.post("/v1/conversations"))
        self._path = f"/v1/conversations/{opened['conversation']['id']}"
        self._headers = bearer(opened["token"])

    def ask(self, text: str) -> None:
        """Send, under one key, until it is taken."""
        headers = self._headers | {"Idempotency-Key": "question"}
        patient(lambda: self._http.post(f"{self._path}/messages", json={"text": text}, headers=headers))

    def messages(self) -> list[dict]:
        """What stands in the conversation."""
        return patient(lambda: self._http.get(self._path, headers=self._headers))["messages"]

    def wait_for_the_end(self) -> list[dict]:
        """The conversation once a reply or a handoff is there."""
        return wait_for(
            lambda: m if len(m := self.messages()) > 1 else None, PATIENCE_SECONDS, "the end of the turn"
        )


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("part", ["api", "worker", "redis", "milvus", "postgres"])
def test_a_turn_survives_the_death_of(part: str, platform: Platform) -> None:
    platform.script.streaming.clear()
    platform.script.gate.clear()
    contact = Contact(platform.url)
    contact.ask(ENTRY["questions"][0])
    assert platform.script.streaming.wait(20)
    restarted = platform.kill(part)
    platform.script.gate.set()
    messages = contact.wait_for_the_end()
    wait_for(restarted, PATIENCE_SECONDS, f"the restart of {part}")
    assert [message["sender"] for message in messages] == ["contact", "assistant"]
    # Once more, to see that the part is of use again.
    after = Contact(platform.url)
    after.ask(ENTRY["questions"][0])
    assert len(after.wait_for_the_end()) == 2
    assert contact.messages() == messages


@pytest.mark.parametrize("part", ["worker", "redis", "milvus", "postgres"])
def test_an_ingestion_survives_the_death_of(part: str, platform: Platform, staff: httpx.Client) -> None:
    count = 600
    text = "\n\n".join(
        f"# 第{n}条 {part}\n\n商品{part}{n}号的保修期是{n}天，请妥善保管凭证。" for n in range(count)
    )
    name = f"{part}.md"
    staff.post("documents", files={"file": (name, text.encode())}).raise_for_status()

    def document() -> dict:
        found = patient(lambda: staff.get("documents"))["documents"]
        return next(document for document in found if document["name"] == name)

    wait_for(lambda: (document()["progress"] or 0) > 0 or document()["status"] == "ready", 60, "the beginning")
    restarted = platform.kill(part)
    wait_for(restarted, PATIENCE_SECONDS, f"the restart of {part}")
    done = wait_for(lambda: d if (d := document())["status"] in ("ready", "failed") else None, 120, "the end")
    assert (done["status"], done["passages"]) == ("ready", count), done["error"]
    found = patient(lambda: staff.post("search", json={"query": f"商品{part}{count - 1}号的保修期"}))["passages"]
    texts = [passage["text"] for passage in found]
    assert len(texts) == len(set(texts))
    assert any(f"{count - 1}天" in text for text in texts)


@pytest.mark.usefixtures("staff")
def test_fifty_who_ask_while_the_api_dies_are_all_answered_once(platform: Platform) -> None:
    contacts = [Contact(platform.url) for _ in range(50)]
    with ThreadPoolExecutor(50) as pool:
        asking = [pool.submit(contact.ask, ENTRY["questions"][0]) for contact in contacts]
        platform.kill("api")
        for one in asking:
            one.result()
        ends = list(pool.map(Contact.wait_for_the_end, contacts))
    assert {tuple(message["sender"] for message in messages) for messages in ends} == {("contact", "assistant")}
