"""What is not served is refused by name, in OpenAI's shape."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import pytest

from services.llm.app import make_app
from services.llm.engine import Engine
from services.llm.settings import BadSetting, Settings
from services.llm.writing import Finish, IsUnwanted, PromptRefused, Sampling, Served, Take
from tests.model_server import ThreadedServer
from tests.waiting import wait_for

CHAT = "/v1/chat/completions"
HELLO = {"model": "echo", "messages": [{"role": "user", "content": "hello"}]}


class Echo:
    """Repeats the last message, once it may."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.said = ""

    def encode(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        self.said = messages[-1]["content"]
        if self.said == "refuse me":
            raise PromptRefused("The template refuses this.", "messages_refused")
        return [0] * len(self.said.split())

    def write(self, prompt: list[int], sampling: Sampling, take: Take, is_unwanted: IsUnwanted) -> Finish:
        if self.said == "break":
            raise RuntimeError("out of memory")
        while not self.free.wait(0.01) and not is_unwanted():
            pass
        take(self.said)
        return Finish("stop", len(prompt), len(prompt))


@pytest.fixture(scope="module")
def echo() -> Echo:
    return Echo()


@pytest.fixture(scope="module")
def client(echo: Echo) -> Iterator[httpx.Client]:
    app = make_app(Served("echo", 20, 8, echo.encode), Engine(echo.write, waiting=1))
    with ThreadedServer(app) as url, httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
        yield client
        echo.free.set()


def refusal(response: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


@pytest.mark.parametrize(
    ("changes", "param", "words"),
    [
        ({"tools": []}, "tools", "Not supported by this server: tools."),
        ({"logprobs": True, "top_k": 3}, "logprobs", "logprobs, top_k"),
        ({"response_format": {"type": "json_object"}}, "response_format", "response_format"),
        ({"n": 2}, "n", "n: "),
        ({"temperature": 3}, "temperature", "temperature: "),
        ({"temperature": "1"}, "temperature", "temperature: "),
        ({"top_p": 0}, "top_p", "top_p: "),
        ({"max_tokens": 0}, "max_tokens", "max_tokens: "),
        ({"stop": ["a"] * 5}, "stop", "stop: "),
        ({"messages": []}, "messages", "messages: "),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role", "messages[0].role: "),
        ({"messages": [{"role": "user", "content": "x", "name": "y"}]}, "messages[0].name", "messages[0].name"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages[0].content[0].image_url",
            "Not supported",
        ),
        ({"messages": [{"role": "user", "content": "refuse me"}]}, "messages", "template"),
        ({"max_tokens": 20}, "messages", "context holds 20 tokens"),
        ({"messages": [{"role": "user", "content": "so " * 20}]}, "messages", "context holds 20 tokens"),
    ],
)
def test_what_is_not_served_is_named(client: httpx.Client, changes: dict[str, Any], param: str, words: str) -> None:
    response = client.post(CHAT, json=HELLO | changes)
    assert response.status_code == 400
    error = refusal(response)
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert words in error["message"]


def test_a_body_that_is_no_json_and_an_unknown_route_have_the_same_shape(client: httpx.Client) -> None:
    response = client.post(CHAT, content="{", headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert refusal(response)["code"] == "invalid_json"
    response = client.get("/v1/nothing")
    assert response.status_code == 404
    assert refusal(response)["message"] == "Not Found"


def test_another_model_is_not_found(client: httpx.Client) -> None:
    response = client.post(CHAT, json=HELLO | {"model": "gpt"})
    assert response.status_code == 404
    assert refusal(response)["code"] == "model_not_found"


def test_fields_that_change_nothing_are_taken(client: httpx.Client) -> None:
    neutral = {"tools": None, "n": 1, "user": "u1", "stop": None, "logprobs": None}
    response = client.post(CHAT, json=HELLO | {"model": "default"} | neutral)
    assert response.json()["choices"][0]["message"]["content"] == "hello"


def test_a_full_queue_is_told_with_a_time_to_come_back(client: httpx.Client, echo: Echo) -> None:
    echo.free.clear()
    asking = [threading.Thread(target=client.post, args=[CHAT], kwargs={"json": HELLO}) for _ in range(2)]
    asking[0].start()
    wait_for(lambda: client.get("/health").json()["running"] == 1, what="a running request")
    asking[1].start()
    wait_for(lambda: client.get("/health").json()["waiting"] == 1, what="a waiting request")
    response = client.post(CHAT, json=HELLO)
    echo.free.set()
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    assert refusal(response)["code"] == "queue_full"
    for one in asking:
        one.join(20)


@pytest.mark.parametrize("stream", [False, True])
def test_a_reply_that_breaks_off_is_an_error_and_the_server_goes_on(client: httpx.Client, stream: bool) -> None:
    response = client.post(
        CHAT, json={**HELLO, "messages": [{"role": "user", "content": "break"}], "stream": stream}
    )
    assert response.status_code == (200 if stream else 500)
    assert '"generation_failed"' in response.text
    assert "[DONE]" not in response.text
    assert client.post(CHAT, json=HELLO).status_code == 200


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "LLM_CHAT_MODEL is not set"),
        ({"LLM_CHAT_MODEL": ""}, "LLM_CHAT_MODEL is not set"),
        ({"LLM_CHAT_MODEL": "m", "LLM_PORT": "many"}, "LLM_PORT has to be a whole number"),
        ({"LLM_CHAT_MODEL": "m", "LLM_WAITING": "-1"}, "LLM_WAITING has to be a whole number"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(environment: dict[str, str], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        Settings.from_environment(environment)
