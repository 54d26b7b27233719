"""What a request may say, and what it means to the engine."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.llm.generation import Sampling
from services.llm.protocol import ChatRequest, Invalid, parse

ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def request(**changes: Any) -> ChatRequest:
    asked = ChatRequest.model_validate(ASKED | changes)
    asked.check()
    return asked


def sampling(asked: ChatRequest, **defaults: float) -> Sampling:
    return asked.sampling(defaults, 5, None, shows_control_tokens=False)


def test_what_the_request_leaves_open_is_the_models_own_wish_or_nothing() -> None:
    assert sampling(request()) == Sampling(5)
    wishes = {"temperature": 0.6, "top_p": 0.9, "top_k": 20, "min_p": 0.1, "repetition_penalty": 1.1}
    assert sampling(request(), **wishes) == Sampling(5, **wishes)
    given = {"temperature": 0.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}
    assert sampling(request(**given), **wishes) == Sampling(5, **given)


def test_every_wish_arrives() -> None:
    wishes = {
        **{"temperature": 1.5, "top_p": 0.5, "top_k": 7, "min_p": 0.2, "seed": -3},
        **{"presence_penalty": -2.0, "frequency_penalty": 2.0, "repetition_penalty": 1.3},
    }
    asked = request(**wishes, stop=["a", "b"], logprobs=True, top_logprobs=3)
    assert sampling(asked) == Sampling(5, **wishes, stop=("a", "b"), alternatives=3)
    assert sampling(request(stop="x", logprobs=True)) == Sampling(5, stop=("x",), alternatives=0)


def test_null_counts_as_not_given() -> None:
    nothing = dict.fromkeys(set(ChatRequest.model_fields) - set(ASKED))
    assert request(**nothing) == request()
    assert request(messages=[ASKED["messages"][0] | {"name": None, "tool_calls": None}]) == request()


def test_messages_become_what_templates_take() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": "退款"}'}}
    messages = [
        {"role": "developer", "content": [{"type": "text", "text": "be "}, {"type": "text", "text": "kind"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
    ]
    asked = request(messages=messages)
    assert [message.plain(number) for number, message in enumerate(asked.messages)] == [
        {"role": "system", "content": "be kind"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "find", "arguments": {"q": "退款"}}}
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
    ]


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ({"role": "user"}, "messages[0].content"),
        ({"role": "assistant"}, "messages[0].content"),
        ({"role": "tool", "content": "x"}, "messages[0].tool_call_id"),
        ({"role": "user", "content": "x", "tool_call_id": "y"}, "messages[0].tool_call_id"),
        (
            {
                "role": "user",
                "content": "x",
                "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": ""}}],
            },
            "messages[0].tool_calls",
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "[1]"}}]},
            "messages[0].tool_calls[0].function.arguments",
        ),
    ],
)
def test_a_message_that_makes_no_sense_is_named(message: dict[str, Any], param: str) -> None:
    with pytest.raises(Invalid) as refused:
        request(messages=[message]).messages[0].plain(0)
    assert refused.value.param == param


TOOL = {"type": "function", "function": {"name": "find"}}


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"stream_options": {}}, "stream_options"),
        ({"top_logprobs": 1}, "top_logprobs"),
        ({"tools": [TOOL, TOOL]}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "x"}}}, "tool_choice"),
        ({"tools": [TOOL], "response_format": {"type": "json_object"}}, "response_format"),
    ],
)
def test_fields_that_contradict_each_other_are_named(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(Invalid) as refused:
        request(**changes)
    assert refused.value.param == param


def test_tools_that_are_not_to_be_called_are_not_offered() -> None:
    assert request(tools=[TOOL], tool_choice="none", response_format={"type": "json_object"}).offered_tools == []
    assert request(tools=[TOOL]).forced_tools == []
    assert len(request(tools=[TOOL], tool_choice="required").forced_tools) == 1
    other = {"type": "function", "function": {"name": "buy"}}
    named = request(tools=[TOOL, other], tool_choice={"type": "function", "function": {"name": "buy"}})
    assert [tool.function.name for tool in named.forced_tools] == ["buy"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}', b'"\\ud800"', b"[" * 100_000, b"1" * 100_000])
def test_what_is_no_json_is_said_so(body: bytes) -> None:
    with pytest.raises(Invalid, match="not valid JSON"):
        parse(ChatRequest, body)


def test_json_of_another_shape_is_malformed() -> None:
    for body in (b"[]", b"null", b"3", b"{}"):
        with pytest.raises(ValidationError):
            parse(ChatRequest, body)


def test_the_tenant_is_the_cache_key_or_else_the_user() -> None:
    assert request().tenant == ""
    assert request(user="u").tenant == "u"
    assert request(user="u", prompt_cache_key="k").tenant == "k"
