"""Three hundred requests that are almost right: none breaks the server, and each is told what is wrong with it."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.llm.protocol import ChatRequest
from tests.llm.serving import CHAT, HELLO, Serving

REQUESTS = 300
ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 1.5, 2**31, 2**63, 2**64, -(2**70), 1e308, "", "x", "auto", "required"),
    *(
        "\u0000",
        "退" * 3000,
        [],
        [[]],
        [None],
        {},
        {"a": None},
        {"type": "function"},
        [{"role": "user"}],
        ["a"] * 9,
    ),
    *({"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "x"}}}),
]
FULL: dict[str, Any] = HELLO | {
    "messages": [
        *HELLO["messages"],
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "nothing"}]},
    ],
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 5,
    "min_p": 0.1,
    "seed": 3,
    "stop": ["END"],
    "max_tokens": 2,
    "max_completion_tokens": 2,
    "presence_penalty": 0.1,
    "frequency_penalty": 0.1,
    "repetition_penalty": 1.1,
    "logprobs": True,
    "top_logprobs": 2,
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
    "tools": [
        {
            "type": "function",
            "function": {"name": "find", "description": "d", "parameters": {"type": "object"}, "strict": False},
        }
    ],
    "tool_choice": "none",
    "parallel_tool_calls": False,
    "n": 1,
    "user": "u",
    "prompt_cache_key": "k",
    "chat_template_kwargs": {"enable_thinking": False},
}


def test_the_request_that_all_others_come_from_is_right_and_has_every_field(
    served: Callable[[str], Serving],
) -> None:
    assert set(FULL) == set(ChatRequest.model_fields)
    assert served("qwen").client.post(CHAT, json=FULL).status_code == 200


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Everywhere in a request."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def mutated(rng: random.Random) -> bytes:
    """The request with something wrong about it."""
    asked = copy.deepcopy(FULL)
    for _ in range(rng.randint(1, 3)):
        path = rng.choice([path for path in places(asked) if path])
        inside = asked
        for key in path[:-1]:
            inside = inside[key]
        match rng.randrange(4):
            case 0 if isinstance(inside, dict):
                del inside[path[-1]]
            case 1 if isinstance(inside, dict):
                inside[rng.choice(["surprise", "content", "type", "function_call", ""])] = rng.choice(ODD)
            case _:
                inside[path[-1]] = rng.choice(ODD)
    body = json.dumps(asked).encode()
    match rng.randrange(10):
        case 0:
            return body[: rng.randrange(len(body))]
        case 1:
            return body.replace(b":", b",", 1)
        case 2:
            return bytes(rng.randrange(256) for _ in range(rng.randrange(200)))
        case 3:
            return body.replace(b'"u"', rng.choice([b"NaN", b'"\\ud800"', b"1e999", b"[" * 5000, b"9" * 5000]))
    return body


def test_no_malformed_request_is_more_than_refused(served: Callable[[str], Serving]) -> None:
    serving = served("qwen")
    rng = random.Random(20261122)
    refused = 0
    while refused < REQUESTS:
        body = mutated(rng)
        response = serving.client.post(CHAT, content=body, headers={"Content-Type": "application/json"})
        if response.status_code == 200:  # nothing is wrong with this one after all
            assert '"error"' not in response.text
            continue
        assert 400 <= response.status_code < 500, (body, response.text)
        error = response.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert error["message"]
        refused += 1
    serving.wait_until_idle()
    assert serving.chat.engine.is_alive
    assert serving.chat.engine.counts.failed == 0
    assert serving.ask().json()["usage"]["completion_tokens"] == 12


@pytest.mark.parametrize("field", ChatRequest.model_fields)
def test_every_field_takes_odd_values_or_refuses_them_by_name(served: Callable[[str], Serving], field: str) -> None:
    serving = served("qwen")
    for odd in ODD:
        response = serving.client.post(CHAT, json=FULL | {field: odd})
        assert response.status_code in (200, 400, 404), response.text
        if response.status_code != 200:
            param = response.json()["error"]["param"]
            assert param, response.text
