"""Models arrive one after the other while the server answers, and a hub that is down is asked again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.llm.app import Server
from services.llm.chat import Chat
from services.llm.loading import ChatModel, make_runner
from services.llm.models import Arrivals, Models
from services.llm.settings import Settings
from services.llm.unloadable import Unloadable, Unreachable
from tests.llm import families
from tests.llm.serving import CHAT, HELLO
from tests.model_server import ThreadedServer
from tests.waiting import wait_for

SETTINGS = Settings.from_environment({"LLM_CHAT_MODEL": "tiny", "LLM_DRAIN_SECONDS": "5"})


def load(_: str = "tiny") -> Chat:
    runner = make_runner(families.model("qwen", ends=True), 2000, 2)
    tokenizer = families.tokenizer("qwen")
    return Chat(ChatModel("tiny", tokenizer, runner, frozenset([tokenizer.eos_token_id]), {}, ()), SETTINGS)


@contextmanager
def serving(*loads: Any) -> Iterator[tuple[httpx.Client, Server]]:
    """The program's own server; the last of the loads is repeated."""
    with ThreadedServer(None) as taken:  # a port that was free a moment ago
        port = int(taken.rpartition(":")[2])
    models = Models.expected("tiny", None, None)
    attempts = iter(loads)
    last = loads[-1]
    arrivals = Arrivals([(models.chat, lambda: next(attempts, last)())], pause_s=0.05)
    server = Server(models, arrivals, replace(SETTINGS, port=port))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
            yield client, server
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def status(client: httpx.Client) -> str:
    try:
        return str(client.get("/health").json()["status"])
    except httpx.TransportError:
        return "away"


def test_who_comes_before_the_model_is_told_to_come_again() -> None:
    may_load = threading.Event()

    def slowly() -> Chat:
        assert may_load.wait(60)
        return load()

    with serving(slowly) as (client, _):
        wait_for(lambda: status(client) == "loading", what="the server listens")
        early = client.post(CHAT, json=HELLO)
        assert early.status_code == 503
        assert early.headers["Retry-After"]
        assert early.json()["error"]["code"] == "model_loading"
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
        assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["default"]
        assert client.post("/v1/embeddings", json={"model": "default", "input": "x"}).status_code == 404
        may_load.set()
        wait_for(lambda: status(client) == "ok", seconds=30, what="the model arrives")
        assert client.post(CHAT, json=HELLO).status_code == 200
        assert b"llm_slots 2.0" in client.get("/metrics").content


def test_a_hub_that_does_not_answer_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    def in_vain() -> Chat:
        raise Unreachable("LLM_CHAT_MODEL: tiny is not on this machine and cannot be downloaded: nobody answers")

    with serving(in_vain, in_vain, load) as (client, _):
        wait_for(lambda: status(client) == "ok", seconds=30, what="the model arrives")
    told = [record.message for record in caplog.records if "Trying again in" in record.message]
    assert len(told) == 2
    assert told[0].startswith("LLM_CHAT_MODEL: tiny is not on this machine")


def test_a_model_that_can_never_be_had_ends_the_program_with_its_reason() -> None:
    def never() -> Chat:
        raise Unloadable("LLM_CHAT_MODEL: there is no folder /nowhere.")

    with serving(never) as (client, server):
        wait_for(lambda: server.failure is not None, what="the server gives up")
        wait_for(lambda: status(client) == "away", what="the server ends")
    assert server.failure == "LLM_CHAT_MODEL: there is no folder /nowhere."


def test_an_error_that_nobody_thought_of_ends_the_program_too() -> None:
    def broken() -> Chat:
        raise LookupError("what is this?")

    with serving(broken) as (_, server):
        wait_for(lambda: server.failure is not None, what="the server gives up")
    assert server.failure == "a model cannot be loaded: LookupError('what is this?')"


def test_a_model_whose_thread_has_ended_ends_the_program(caplog: pytest.LogCaptureFixture) -> None:
    with serving(load) as (client, server):
        wait_for(lambda: status(client) == "ok", seconds=30, what="the model arrives")
        (chat,) = server._models.there
        chat.engine.stop()
        wait_for(lambda: server.failure is not None, what="the server gives up")
    assert server.failure == "a model runs no more"
