"""What is not served is refused by name, in OpenAI's shape."""

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from services.llm.app import make_app
from services.llm.models import Models
from services.llm.runner import OutOfMemory
from services.llm.settings import BadSetting, Settings
from tests.llm.serving import CHAT, HELLO, Serving, events, serve
from tests.model_server import ThreadedServer
from tests.waiting import wait_for

TOOL = {"type": "function", "function": {"name": "find"}}


def refusal(response: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


@pytest.mark.parametrize(
    ("changes", "param", "words"),
    [
        ({"logit_bias": {}}, "logit_bias", "Not supported by this server: logit_bias."),
        ({"metadata": {"a": "b"}, "store": True}, "metadata", "metadata, store"),
        ({"functions": []}, "functions", "functions"),
        ({"n": 2}, "n", "n: "),
        ({"temperature": 3}, "temperature", "temperature: "),
        ({"temperature": "1"}, "temperature", "temperature: "),
        ({"top_p": 0}, "top_p", "top_p: "),
        ({"top_k": -1}, "top_k", "top_k: "),
        ({"min_p": 1.1}, "min_p", "min_p: "),
        ({"presence_penalty": -2.1}, "presence_penalty", "presence_penalty: "),
        ({"repetition_penalty": 0}, "repetition_penalty", "repetition_penalty: "),
        ({"max_tokens": 0}, "max_tokens", "max_tokens: "),
        ({"max_tokens": True}, "max_tokens", "max_tokens: "),
        ({"seed": 2**63}, "seed", "seed: "),
        ({"stop": ["a"] * 5}, "stop", "stop: "),
        ({"stop": ""}, "stop", "stop: "),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs", "top_logprobs: "),
        ({"top_logprobs": 2}, "top_logprobs", "logprobs"),
        ({"stream": False, "stream_options": {"include_usage": True}}, "stream_options", "stream"),
        ({"stream": True, "stream_options": {"x": 1}}, "stream_options.x", "Not supported"),
        ({"messages": []}, "messages", "messages: "),
        ({"messages": [HELLO["messages"][1]] * 1001}, "messages", "messages: "),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role", "messages[0].role: "),
        ({"messages": [{"role": "user", "content": "x", "name": "y"}]}, "messages[0].name", "name"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", "content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages[0].content[0].image_url",
            "Not supported",
        ),
        ({"response_format": {"type": "xml"}}, "response_format.type", "response_format.type: "),
        ({"response_format": {"type": "json_schema"}}, "response_format", "json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "odd"}}}},
            "response_format",
            "odd",
        ),
        ({"tools": [{"type": "retrieval"}]}, "tools[0].type", "tools[0]"),
        ({"tools": [TOOL] * 129}, "tools", "tools: "),
        ({"tool_choice": "required"}, "tool_choice", "tools"),
        ({"tools": [TOOL], "tool_choice": "find"}, "tool_choice", "tool_choice"),
        (
            {
                "tools": [{"type": "function", "function": {"name": "find", "parameters": {"uniqueItems": True}}}],
                "tool_choice": "required",
            },
            "tools",
            "uniqueItems",
        ),
        ({"chat_template_kwargs": {"x": 1}}, "chat_template_kwargs.x", "Not supported"),
        ({"max_tokens": 4000}, "messages", "context holds 4000 tokens"),
        ({"messages": [{"role": "user", "content": "so " * 4000}]}, "messages", "context holds 4000 tokens"),
    ],
)
def test_what_is_not_served_is_named(
    served: Callable[[str], Serving], changes: dict[str, Any], param: str, words: str
) -> None:
    for stream in (False, True):
        response = served("qwen").ask(**{"stream": stream} | changes)
        assert response.status_code == 400
        error = refusal(response)
        assert error["type"] == "invalid_request_error"
        assert error["param"] == param
        assert words in error["message"]
        assert len(error["message"]) < 700


def test_a_strict_tool_needs_a_model_that_can_be_held_to_it(served: Callable[[str], Serving]) -> None:
    strict = {"type": "function", "function": {"name": "find", "strict": True}}
    assert served("qwen").ask(tools=[strict]).status_code == 200
    response = served("llama").ask(tools=[strict])
    assert refusal(response)["param"] == "tools"


def test_a_body_that_is_no_json_and_an_unknown_route_have_the_same_shape(served: Callable[[str], Serving]) -> None:
    client = served("qwen").client
    for content in (b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": ' * 100_000, b""):
        response = client.post(CHAT, content=content)
        assert response.status_code == 400
        assert refusal(response)["code"] == "invalid_json"
    response = client.get("/v1/nothing")
    assert response.status_code == 404
    assert refusal(response)["message"] == "Not Found"
    response = client.get(CHAT)
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert refusal(response)


def test_another_model_is_not_found(served: Callable[[str], Serving]) -> None:
    response = served("qwen").ask(model="gpt")
    assert response.status_code == 404
    assert refusal(response)["code"] == "model_not_found"


def test_a_body_that_is_too_large_is_not_read_to_its_end(served: Callable[[str], Serving]) -> None:
    client = served("qwen").client
    megabyte = b"x" * 1024 * 1024
    for content in (
        megabyte * 5,
        itertools.repeat(megabyte, 5),
    ):  # of a length that is told, and of one that is not
        response = client.post(CHAT, content=content)
        assert response.status_code == 413
        assert refusal(response)["code"] == "too_large"
    fits = HELLO | {"messages": [{"role": "user", "content": "x" * 3_900_000}]}
    assert refusal(client.post(CHAT, json=fits))["code"] == "context_length_exceeded"


def test_the_key_is_asked_for() -> None:
    with serve("qwen", LLM_API_KEY="schlüssel") as serving:
        client = serving.client
        for path in ("/health", "/health/live", "/health/ready"):
            assert client.get(path).status_code == 200
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "schlüssel".encode()}):
            for response in (
                client.post(CHAT, json=HELLO, headers=headers),
                client.get("/metrics", headers=headers),
            ):
                assert response.status_code == 401
                assert response.headers["WWW-Authenticate"] == "Bearer"
                assert refusal(response)["code"] == "invalid_api_key"
        right = {"Authorization": "Bearer schlüssel".encode()}
        assert client.post(CHAT, json=HELLO, headers=right).status_code == 200
        assert client.get("/metrics", headers=right).status_code == 200


def test_a_model_that_is_not_set_is_named() -> None:
    settings = Settings.from_environment({"LLM_EMBEDDING_MODEL": "m"})
    with (
        ThreadedServer(make_app(Models.ready(), settings)) as url,
        httpx.Client(base_url=url, timeout=20, trust_env=False) as client,
    ):
        for path, setting in (
            (CHAT, "LLM_CHAT_MODEL"),
            ("/v1/embeddings", "LLM_EMBEDDING_MODEL"),
            ("/v1/rerank", "LLM_RERANK_MODEL"),
        ):
            response = client.post(path, json=HELLO)
            assert response.status_code == 404
            assert setting in refusal(response)["message"]
        assert client.get("/health").json() == {"status": "ok"}


@pytest.fixture(scope="module")
def failing() -> Iterator[Serving]:
    """A server whose device can be made to fail."""
    with serve("qwen", ends=False, slots=2) as serving:
        yield serving


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(OutOfMemory("the cause"), 503, "out_of_memory"), (RuntimeError("the cause"), 500, "generation_failed")],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_that_breaks_off_is_an_error_and_the_server_goes_on(
    failing: Serving, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str, stream: bool
) -> None:
    runner = failing.chat._model.runner
    run, steps = runner.run, itertools.count()

    def breaking(step: Any) -> Any:
        if next(steps) == 5:
            raise error
        return run(step)

    monkeypatch.setattr(runner, "run", breaking)
    response = failing.ask(stream=stream)
    if stream:
        assert response.status_code == 200
        *chunks, last = events(response.text)
        assert any(chunk["choices"][0]["delta"]["content"] for chunk in chunks)
    else:
        assert response.status_code == status
        last = response.json()
    assert last["error"]["code"] == code
    assert last["error"]["type"] == "server_error"
    assert "the cause" not in response.text
    assert failing.ask().status_code == 200


def test_a_server_that_is_stuck_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve("qwen", ends=False, slots=1, LLM_STALL_SECONDS="1") as serving:
        runner = serving.chat._model.runner
        run, goes_on = runner.run, threading.Event()

        def stuck(step: Any) -> Any:
            goes_on.wait(60)
            return run(step)

        monkeypatch.setattr(runner, "run", stuck)
        asking = threading.Thread(target=serving.ask)
        asking.start()
        wait_for(lambda: serving.client.get("/health/ready").status_code == 503, what="a red light")
        assert serving.client.get("/health").json()["status"] == "stalled"
        assert serving.client.get("/health/live").status_code == 200
        goes_on.set()
        asking.join(20)
        assert serving.client.get("/health/ready").status_code == 200


def test_a_server_that_is_dead_says_so() -> None:
    with serve("qwen", ends=False, slots=1, LLM_STALL_SECONDS="1") as serving:
        assert serving.client.get("/health/ready").status_code == 200
        serving.chat.engine.stop()
        for path in ("/health", "/health/ready"):
            response = serving.client.get(path)
            assert response.status_code == 503
            assert response.json()["status"] == "down"
        assert serving.client.get("/health/live").status_code == 200
        assert refusal(serving.ask())["code"] == "stopping"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "No model is set"),
        ({"LLM_CHAT_MODEL": ""}, "No model is set"),
        ({"LLM_CHAT_MODEL": "m", "LLM_PORT": "many"}, "LLM_PORT has to be a whole number"),
        ({"LLM_CHAT_MODEL": "m", "LLM_WAITING": "-1"}, "LLM_WAITING has to be a whole number"),
        ({"LLM_CHAT_MODEL": "m", "LLM_DTYPE": "float8"}, "LLM_DTYPE has to be one of"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(environment: dict[str, str], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        Settings.from_environment(environment)
