"""Trying an answer over HTTP."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from frontdesk.agents import Agent as DomainAgent
from frontdesk.answering.rehearsals import AT_ONCE
from tests.api.people import Agent, Json, refused
from tests.model_server import Script
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("entries")

KNOWN = "Do you ship to Hainan?"


@pytest.fixture
def path(knowledge_base_id: uuid.UUID) -> str:
    """Where it is tried."""
    return f"/knowledge-bases/{knowledge_base_id}/rehearsals"


def asking(*texts: str, version: str = "published", **more: object) -> Json:
    """A body in which a contact says all of this."""
    return {"messages": [{"sender": "contact", "text": text} for text in texts], "version": version, **more}


def test_an_agent_gets_the_reply_with_its_sources_and_the_decision(li: Agent, path: str) -> None:
    answer = li.post(path, asking(KNOWN)).raise_for_status().json()
    reply, decision = answer["reply"], answer["decision"]
    assert (reply["form"], reply["handoff_reason"]) == ("quoted", None)
    assert reply["text"] == "Yes, to Hainan it takes 3 to 5 days. [1]"
    (citation,) = reply["citations"]
    assert li.get(f"/passages/{citation['chunk_id']}")["passage"]["current"]
    assert decision["confidence"] >= decision["threshold"]
    assert (decision["rule"], decision["passages"][0]["lexical"]) == ("confident", 1.0)


def test_a_handoff_says_why(li: Agent, path: str) -> None:
    answer = li.post(path, asking("What is your stock ticker?")).raise_for_status().json()
    assert (answer["reply"]["form"], answer["reply"]["citations"]) == ("notice", [])
    assert answer["reply"]["handoff_reason"] == answer["decision"]["reason"] == "low_confidence"


def test_what_waits_in_the_draft_answers_there_alone(boss: Agent, path: str, knowledge_base_id: uuid.UUID) -> None:
    base = f"/knowledge-bases/{knowledge_base_id}"
    boss.send("PUT", f"{base}/draft", json={"drafting": True}).raise_for_status()
    (entry,) = boss.get(f"{base}/entries", params={"query": "invoice"})["entries"]
    boss.send("DELETE", f"/entries/{entry['id']}", params={"at_once": False}).raise_for_status()
    told = {
        version: boss.post(path, asking("How do I get an invoice?", version=version)).json()["reply"]
        for version in ("draft", "published")
    }
    assert "sent by e-mail" in told["published"]["text"]
    assert told["draft"]["handoff_reason"]


def test_what_is_no_conversation_is_refused(li: Agent, path: str) -> None:
    said = asking(KNOWN)["messages"]
    reply = {"sender": "assistant", "text": "Hello"}
    for body in (
        {"messages": [], "version": "draft"},
        {"messages": said},
        {"messages": said, "version": "9"},
        {"messages": [*said, reply], "version": "draft"},
        {"messages": [{"sender": "agent", "text": "Hello"}, *said], "version": "draft"},
        {"messages": said * 41, "version": "draft"},
    ):
        refused(li.post(path, body), 422)


def test_one_too_many_is_told_when_to_come_again(
    serve: Callable[..., httpx.Client], model: tuple[str, Script], agent: DomainAgent, path: str
) -> None:
    url, script = model
    script.gate.clear()
    li = Agent(serve(llm_url=url), agent.email)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(li.post, path, asking(KNOWN)) for _ in range(AT_ONCE)]
        wait_for(lambda: len(script.asked) == AT_ONCE, what="the rehearsals that may run")
        answer = li.post(path, asking(KNOWN))
        assert refused(answer, 503) == "rehearsals_busy"
        assert int(answer.headers["Retry-After"]) > 0
        script.gate.set()
        assert [one.result().json()["reply"]["form"] for one in running] == ["generated"] * AT_ONCE
