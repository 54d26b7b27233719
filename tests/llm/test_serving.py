"""The whole server on a real model: OpenAI's shapes, clients that leave, and times that are over."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.llm import completions
from services.llm.app import make_app
from services.llm.models import Models
from services.llm.settings import Settings
from tests.llm.serving import CHAT, HELLO, Serving, events, serve
from tests.loops import run
from tests.model_server import ThreadedServer
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
LONG = 50_000


@contextmanager
def occupied(endless: Serving) -> Iterator[httpx.Response]:
    """Somebody has the only slot and does not give it back."""
    with endless.client.stream("POST", CHAT, json=HELLO | {"max_tokens": LONG, "stream": True}) as response:
        yield response
    endless.wait_until_idle()


def post(serving: Serving, **changes: Any) -> threading.Thread:
    """Ask in a thread; what comes of it is of no interest."""

    def ask() -> None:
        with suppress(httpx.TransportError):
            serving.ask(**changes)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_a_whole_reply_has_openais_shape(endless: Serving) -> None:
    answer = endless.ask().json()
    text = answer["choices"][0]["message"]["content"]
    assert answer.pop("id").startswith("chatcmpl-")
    assert answer.pop("created") > 1_700_000_000
    cached = answer["usage"]["prompt_tokens_details"].pop("cached_tokens")
    prompt = answer["usage"]["prompt_tokens"]
    assert 0 <= cached < prompt
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
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": 12,
            "total_tokens": prompt + 12,
            "prompt_tokens_details": {},
        },
    }


def test_a_stream_says_the_same_in_chunks(endless: Serving) -> None:
    whole = endless.ask().json()
    response = endless.ask(stream=True, stream_options={"include_usage": True})
    assert response.headers["Content-Type"].startswith("text/event-stream")
    *chunks, usage, done = events(response.text)
    assert done == "[DONE]"
    assert usage["choices"] == []
    assert usage["usage"].pop("prompt_tokens_details")["cached_tokens"] > 0
    assert usage["usage"].items() < whole["usage"].items()
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {chunk["usage"] for chunk in chunks} == {None}
    assert len({chunk["id"] for chunk in chunks}) == 1
    choices = [chunk["choices"][0] for chunk in chunks]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert choices[-1]["delta"] == {}
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["length"]
    text = "".join(choice["delta"].get("content", "") for choice in choices)
    assert text == whole["choices"][0]["message"]["content"]
    assert "usage" not in events(endless.ask(stream=True).text)[0]


def test_a_reply_gets_the_usual_length_when_the_request_does_not_say(endless: Serving) -> None:
    assert endless.ask(max_tokens=None).json()["usage"]["completion_tokens"] == 16


def test_a_request_keeps_its_name(endless: Serving) -> None:
    named = endless.client.post(CHAT, json=HELLO, headers={"X-Request-Id": "abc-1"})
    assert named.headers["X-Request-Id"] == "abc-1"
    assert named.headers["X-Queue-Position"] == "0"
    odd = endless.client.post(CHAT, json=HELLO, headers={"X-Request-Id": "<script>"})
    assert len(odd.headers["X-Request-Id"]) == 32


def test_models_and_health_are_told(endless: Serving) -> None:
    listed = endless.client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["tiny", "default"]
    assert endless.client.get("/health").json() == {"status": "ok", "running": 0, "waiting": 0, "slots": 1}
    for path in ("/health/live", "/health/ready"):
        assert endless.client.get(path).json() == {"status": "ok"}


def test_a_single_model_is_told(endless: Serving) -> None:
    listed = endless.client.get("/v1/models").json()["data"]
    assert [endless.client.get(f"/v1/models/{model['id']}").json() for model in listed] == listed
    response = endless.client.get("/v1/models/some/other")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "model_not_found"


def test_messages_that_come_to_nothing_are_refused(endless: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    template = "{% for message in messages %}{{ message.content | trim }}{% endfor %}"
    monkeypatch.setattr(endless.chat._model.tokenizer, "chat_template", template)
    response = endless.ask(messages=[{"role": "user", "content": " "}])
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "These messages come to no token."
    assert endless.ask().status_code == 200


def test_a_line_in_the_log_says_how_it_went_and_not_what_was_said(
    endless: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "services.llm.requests"):
        endless.ask(stream=True, user="somebody")
        endless.ask(max_tokens=-1)
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name.endswith(".requests")]
    told, refused = lines
    assert told["route"] == refused["route"] == CHAT
    assert (told["status"], refused["status"]) == (200, 400)
    assert told["completion_tokens"] == 12
    assert told["finish"] == "length"
    assert 0 <= told["queue_ms"] <= told["ttft_ms"] <= told["total_ms"]
    assert "refund" not in caplog.text
    assert "somebody" not in caplog.text


def test_what_was_said_is_in_the_log_if_that_is_wanted(caplog: pytest.LogCaptureFixture) -> None:
    with serve("qwen", LLM_LOG_PROMPTS="1") as serving, caplog.at_level(logging.INFO, "services.llm.requests"):
        said = serving.content()
        serving.ask(stream=True)
    whole, stream = [json.loads(record.getMessage()) for record in caplog.records if "requests" in record.name]
    assert whole["messages"] == stream["messages"] == HELLO["messages"]
    assert whole["reply"] == stream["reply"] == said


def test_meters_count(endless: Serving) -> None:
    def meters() -> dict[str, float]:
        lines = endless.client.get("/metrics").text.splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    before = meters()
    endless.ask()
    endless.ask(temperature=7)
    endless.client.get("/nowhere/at/all")
    after = meters()
    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert grown['llm_requests_total{route="/v1/chat/completions",status="200"}'] == 1
    assert grown['llm_requests_total{route="/v1/chat/completions",status="400"}'] == 1
    assert grown['llm_requests_total{route="other",status="404"}'] == 1
    assert grown["llm_generation_tokens_total"] == 12
    assert grown["llm_first_token_seconds_count"] == grown["llm_queue_seconds_count"] == 1
    assert after["llm_up"] == after["llm_slots"] == 1
    assert after["llm_cache_tokens"] > 0


@contextmanager
def visitor(serving: Serving, **changes: Any) -> Iterator[socket.socket]:
    """Somebody who asks, and hangs up at the end without having read a word."""
    body = json.dumps(HELLO | changes).encode()
    with socket.create_connection(("127.0.0.1", int(serving.url.rpartition(":")[2]))) as connection:
        head = f"POST {CHAT} HTTP/1.1\r\nHost: llm\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        yield connection


@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_ends_the_reply(endless: Serving, stream: bool) -> None:
    counts = endless.chat.engine.counts
    written, cancelled = counts.completion_tokens, counts.cancelled
    with visitor(endless, max_tokens=LONG, stream=stream):
        wait_for(lambda: counts.completion_tokens > written + 5, what="some tokens")
    endless.wait_until_idle()
    assert counts.cancelled == cancelled + 1
    assert counts.completion_tokens - written < LONG / 2
    steps = counts.steps
    endless.content()
    assert counts.steps <= steps + 13  # nothing else is being written


@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_the_queue_is_never_answered(endless: Serving, stream: bool) -> None:
    counts = endless.chat.engine.counts
    with occupied(endless):
        prompts, cancelled = counts.prompt_tokens, counts.cancelled
        with visitor(endless, stream=stream):
            wait_for(lambda: endless.has(waiting=1), what="a waiting request")
        wait_for(lambda: endless.has(running=1, waiting=0), what="an empty queue")
        assert (counts.prompt_tokens, counts.cancelled) == (prompts, cancelled + 1)


def test_who_leaves_while_the_prompt_is_read_is_never_queued(endless: Serving) -> None:
    counts = endless.chat.engine.counts
    prompts = counts.prompt_tokens
    for _ in range(5):
        with visitor(endless, messages=[{"role": "user", "content": "refund " * 5000}], max_tokens=LONG):
            pass
    endless.wait_until_idle()
    assert endless.ask(max_tokens=1).status_code == 200
    assert counts.prompt_tokens - prompts < 5 * 5000


def test_a_stream_shows_that_it_lives_while_a_long_prompt_is_read(
    endless: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completions, "PING_SECONDS", 0.02)
    messages = [{"role": "user", "content": "refund " * 6000}]
    text = endless.ask(messages=messages, stream=True).text
    assert text.startswith('data: {"id"')
    assert ": still here" in text
    assert events(text)[-1] == "[DONE]"


def test_a_full_queue_is_told_with_a_time_to_come_back(endless: Serving) -> None:
    with occupied(endless) as first:
        assert first.headers["X-Queue-Position"] == "0"
        waiting = [post(endless, max_tokens=1)]
        wait_for(lambda: endless.has(waiting=1), what="a waiting request")
        waiting.append(post(endless, max_tokens=1))
        wait_for(lambda: endless.has(waiting=2), what="two waiting requests")
        for stream in (True, False):
            response = endless.ask(stream=stream)
            assert response.status_code == 429
            assert int(response.headers["Retry-After"]) > 0
            assert response.json()["error"]["code"] == "queue_full"
            assert response.json()["error"]["type"] == "rate_limit_error"
    for one in waiting:
        one.join(20)


def test_the_position_in_the_queue_is_told(endless: Serving) -> None:
    with occupied(endless):
        positions: list[str] = []

        def ask() -> None:
            positions.append(endless.ask(max_tokens=1).headers["X-Queue-Position"])

        asking = []
        for number in (1, 2):
            asking.append(threading.Thread(target=ask))
            asking[-1].start()
            wait_for(lambda number=number: endless.has(waiting=number), what="its place in the queue")
    for one in asking:
        one.join(20)
    assert sorted(positions) == ["1", "2"]


@pytest.fixture(scope="module")
def hasty() -> Iterator[Serving]:
    """A server with one slot that waits for little."""
    limits = {"LLM_QUEUE_SECONDS": "1", "LLM_TOTAL_SECONDS": "2"}
    with serve("qwen", ends=False, slots=1, context_tokens=60_000, **limits) as serving:
        yield serving


def test_a_reply_that_takes_too_long_is_broken_off(hasty: Serving) -> None:
    whole = hasty.ask(max_tokens=LONG)
    assert whole.status_code == 504
    assert whole.json()["error"]["code"] == "timeout"
    hasty.wait_until_idle()
    stream = hasty.ask(max_tokens=LONG, stream=True)
    assert stream.status_code == 200
    *chunks, error = events(stream.text)
    assert len(chunks) > 5
    assert error["error"]["code"] == "timeout"
    hasty.wait_until_idle()


def test_a_body_that_does_not_come_is_not_waited_for(hasty: Serving) -> None:
    with socket.create_connection(("127.0.0.1", int(hasty.url.rpartition(":")[2]))) as connection:
        connection.sendall(f"POST {CHAT} HTTP/1.1\r\nHost: llm\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_comes_slowly_leaves_no_time_for_the_reply(hasty: Serving) -> None:
    body = json.dumps(HELLO | {"max_tokens": LONG}).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nHost: llm\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(hasty.url.rpartition(":")[2]))) as connection:
        connection.sendall(head.encode() + body[:-1])
        began = time.monotonic()
        wait_for(lambda: time.monotonic() - began > 0.8, what="most of the time for the body")
        connection.sendall(body[-1:])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 504 ")
        assert 1.9 < time.monotonic() - began < 2.7
    hasty.wait_until_idle()


@pytest.mark.parametrize("stream", [True, False])
def test_who_waits_too_long_in_the_queue_is_sent_away(hasty: Serving, stream: bool) -> None:
    first = post(hasty, max_tokens=LONG)
    wait_for(lambda: hasty.has(running=1), what="an occupied slot")
    response = hasty.ask(stream=stream)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.json()["error"]["code"] == "queue_timeout"
    first.join(20)
    hasty.wait_until_idle()


def test_a_stopping_server_says_so_and_lets_what_runs_finish() -> None:
    with serve("qwen", ends=False, slots=1, context_tokens=2000, LLM_DRAIN_SECONDS="20") as serving:
        body = HELLO | {"max_tokens": 400, "stream": True}
        with serving.client.stream("POST", CHAT, json=body) as response:
            lines = response.iter_lines()
            next(lines)
            stopping = threading.Thread(target=serving.chat.stop, args=[20])
            stopping.start()
            wait_for(lambda: serving.chat.is_draining, what="the beginning of the end")
            late = serving.ask()
            assert late.status_code == 503
            assert late.json()["error"]["code"] == "stopping"
            assert serving.client.get("/health/ready").status_code == 503
            assert serving.client.get("/health/live").status_code == 200
            assert list(lines)[-2] == "data: [DONE]"
        stopping.join(20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_serves_and_ends_when_asked_to(
    number: signal.Signals, model_folder: Path, tmp_path: Path
) -> None:
    with ThreadedServer(None) as taken:  # a port that was free a moment ago
        port = taken.rpartition(":")[2]
    environment = {**os.environ, "LLM_CHAT_MODEL": str(model_folder), "LLM_PORT": port, "LLM_DEVICE": "cpu"}
    environment |= {"LLM_CONTEXT_TOKENS": "2000", "LLM_SLOTS": "2", "LLM_DTYPE": "float32"}
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen([sys.executable, "-m", "services.llm"], cwd=ROOT, env=environment, stderr=log) as program,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client,
    ):
        try:
            wait_for(lambda: _answers(client), seconds=90, what="an answer of the program")
            assert client.post(CHAT, json=HELLO).json()["usage"]["completion_tokens"] == 12
            # What runs when the program is told to end comes to its own end.
            with client.stream("POST", CHAT, json=HELLO | {"max_tokens": 300, "stream": True}) as response:
                lines = response.iter_lines()
                next(lines)
                program.send_signal(number)
                assert list(lines)[-2] == "data: [DONE]"
        finally:
            program.send_signal(signal.SIGTERM)
            code = program.wait(30)
    told = (tmp_path / "log").read_text()
    assert code in (0, -signal.SIGTERM), told
    assert "Traceback" not in told


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
    assert ended.stderr.splitlines()[-1].startswith("llm: LLM_CHAT_MODEL: ")
    assert "nobody/nothing" in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_an_address_that_is_taken_is_one_line_that_names_its_settings() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {**os.environ, "LLM_CHAT_MODEL": "/nowhere", "LLM_PORT": str(port)}
        ended = subprocess.run(
            [sys.executable, "-m", "services.llm"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(f"llm: LLM_HOST 127.0.0.1 and LLM_PORT {port} cannot be listened on: ")
    assert "in use" in last
    assert "Traceback" not in ended.stderr


def test_all_models_stop_at_the_same_time() -> None:
    stopping = threading.Barrier(2)

    class Slow:
        is_draining = False

        def stop(self, drain_s: float) -> None:
            assert drain_s == 20
            stopping.wait(10)

    models: Any = Models.ready()
    models.chat.model, models.embedder.model = Slow(), Slow()
    settings = Settings.from_environment({"LLM_CHAT_MODEL": "tiny"})
    run(make_app(models, settings).state.drain())


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False
