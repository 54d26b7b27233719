"""The whole server on a real model: OpenAI's shapes, and clients that leave."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.llm.app import make_app
from services.llm.engine import Engine
from services.llm.settings import Settings
from services.llm.writing import Finish, IsUnwanted, Sampling, Served, Take
from tests.llm.conftest import WITHOUT_TORCH, events
from tests.model_server import ThreadedServer
from tests.waiting import wait_for

pytest.importorskip("torch", reason=WITHOUT_TORCH)

from services.llm.model import ChatModel, load

ROOT = Path(__file__).resolve().parents[2]
CHAT = "/v1/chat/completions"
LONG = 50_000
HELLO: dict[str, Any] = {
    "model": "tiny",
    "messages": [{"role": "system", "content": "word9"}, {"role": "user", "content": "word1 word2"}],
    "temperature": 0,
    "max_tokens": 12,
}


@dataclass
class Serving:
    """A running server and what it has written so far."""

    model: ChatModel
    client: httpx.Client = field(init=False)
    pieces: int = 0

    def write(self, prompt: list[int], sampling: Sampling, take: Take, is_unwanted: IsUnwanted) -> Finish:
        def counted(text: str) -> None:
            self.pieces += 1
            take(text)

        return self.model.write(prompt, sampling, counted, is_unwanted)

    def is_idle(self) -> bool:
        return bool(self.client.get("/health").json() == {"status": "ok", "running": 0, "waiting": 0})


@pytest.fixture(scope="module")
def serving(model_folder: Path) -> Iterator[Serving]:
    environment = {"LLM_CHAT_MODEL": str(model_folder), "LLM_DEVICE": "cpu", "LLM_CONTEXT_TOKENS": str(2 * LONG)}
    serving = Serving(load(Settings.from_environment(environment)))
    served = Served("tiny", serving.model.context_tokens, 16, serving.model.encode)
    with (
        ThreadedServer(make_app(served, Engine(serving.write, waiting=4))) as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        serving.client = client
        yield serving


def test_a_whole_reply_has_openais_shape(serving: Serving) -> None:
    answer = serving.client.post(CHAT, json=HELLO).json()
    text = answer["choices"][0]["message"]["content"]
    assert len(text.split()) == 12
    assert answer.pop("id").startswith("chatcmpl-")
    assert answer.pop("created") > 1_700_000_000
    assert answer == {
        "object": "chat.completion",
        "model": "tiny",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": "length",
            }
        ],
        "usage": {"prompt_tokens": 8, "completion_tokens": 12, "total_tokens": 20},
    }


def test_a_stream_says_the_same_in_chunks(serving: Serving) -> None:
    whole = serving.client.post(CHAT, json=HELLO).json()
    response = serving.client.post(CHAT, json={**HELLO, "stream": True, "stream_options": {"include_usage": True}})
    assert response.headers["Content-Type"].startswith("text/event-stream")
    *chunks, usage, done = events(response.text)
    assert done == "[DONE]"
    assert usage["choices"] == []
    assert usage["usage"] == whole["usage"]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    choices = [chunk["choices"][0] for chunk in chunks]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert choices[-1]["delta"] == {}
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["length"]
    text = "".join(choice["delta"].get("content", "") for choice in choices)
    assert text == whole["choices"][0]["message"]["content"]
    assert len(choices) > 10


def test_a_reply_gets_the_usual_length_when_the_request_does_not_say(serving: Serving) -> None:
    answer = serving.client.post(CHAT, json={k: v for k, v in HELLO.items() if k != "max_tokens"}).json()
    assert answer["usage"]["completion_tokens"] == 16


def test_messages_may_come_in_parts(serving: Serving) -> None:
    parts = [{"type": "text", "text": "word1 "}, {"type": "text", "text": "word2"}]
    messages = [HELLO["messages"][0], {"role": "user", "content": parts}]
    answers = [
        serving.client.post(CHAT, json={**HELLO, **change}).json() for change in ({}, {"messages": messages})
    ]
    assert answers[0]["choices"] == answers[1]["choices"]


def test_the_models_are_listed(serving: Serving) -> None:
    listed = serving.client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["tiny", "default"]


def test_who_leaves_a_stream_ends_its_reply(serving: Serving) -> None:
    before = serving.pieces
    with serving.client.stream("POST", CHAT, json={**HELLO, "max_tokens": LONG, "stream": True}) as response:
        lines = response.iter_lines()
        for _ in range(8):
            next(lines)
    wait_for(serving.is_idle, what="the end of a reply that nobody reads")
    assert 0 < serving.pieces - before < LONG / 2


def test_who_leaves_before_a_whole_reply_ends_it(serving: Serving) -> None:
    before = serving.pieces
    with pytest.raises(httpx.ReadTimeout):
        serving.client.post(CHAT, json={**HELLO, "max_tokens": LONG}, timeout=0.5)
    wait_for(serving.is_idle, what="the end of a reply that nobody reads")
    assert 0 < serving.pieces - before < LONG / 2


def test_the_program_serves_and_ends_when_asked_to(model_folder: Path, tmp_path: Path) -> None:
    with ThreadedServer(None) as taken:  # a port that was free a moment ago
        port = taken.rpartition(":")[2]
    environment = {**os.environ, "LLM_CHAT_MODEL": str(model_folder), "LLM_PORT": port, "LLM_DEVICE": "cpu"}
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen([sys.executable, "-m", "services.llm"], cwd=ROOT, env=environment, stderr=log) as program,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client,
    ):
        try:
            wait_for(lambda: _answers(client), seconds=90, what="an answer of the program")
            assert client.post(CHAT, json=HELLO).json()["usage"]["completion_tokens"] == 12
        finally:
            program.send_signal(signal.SIGTERM)
            code = program.wait(30)
    assert code in (0, -signal.SIGTERM), (tmp_path / "log").read_text()


def test_a_missing_model_is_one_line_and_the_end() -> None:
    environment = {**os.environ, "LLM_CHAT_MODEL": "nobody/nothing", "HF_HUB_OFFLINE": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", "services.llm"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("llm: LLM_CHAT_MODEL: nobody/nothing cannot be loaded: ")
    assert "Traceback" not in ended.stderr


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False
