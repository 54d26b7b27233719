"""The official client, both ways: every field that is served does what it says."""

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import httpx
import openai
import pytest
from pydantic import BaseModel

from services.llm.prompting import Prompting
from tests.llm import families
from tests.llm.families import FAMILIES
from tests.llm.serving import HELLO, Serving

MESSAGES = HELLO["messages"]
FIND: Any = {
    "type": "function",
    "function": {
        "name": "find",
        "description": "Finds something.",
        "parameters": {
            "type": "object",
            "properties": {"q": {"type": "string", "maxLength": 5}},
            "required": ["q"],
            "additionalProperties": False,
        },
    },
}
BUY: Any = {
    "type": "function",
    "function": {
        "name": "buy",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 9}},
            "required": ["n"],
            "additionalProperties": False,
        },
    },
}


class Client:
    """One client for both ways, so that every test goes both."""

    def __init__(self, url: str, is_async: bool) -> None:
        settings: dict[str, Any] = {"base_url": f"{url}/v1", "api_key": "none", "max_retries": 0, "timeout": 60}
        self._loop = asyncio.new_event_loop() if is_async else None
        # The browser's tests keep a loop running in the main thread.
        self._thread = ThreadPoolExecutor(1)
        if self._loop:
            self._client: Any = openai.AsyncOpenAI(**settings, http_client=httpx.AsyncClient(trust_env=False))
        else:
            self._client = openai.OpenAI(**settings, http_client=httpx.Client(trust_env=False))

    def create(self, **changes: Any) -> Any:
        """A completion, or the chunks of one as a list."""
        asked = {"model": "tiny", "messages": MESSAGES, "temperature": 0, "max_tokens": 12} | changes
        if not self._loop:
            made = self._client.chat.completions.create(**asked)
            return list(made) if asked.get("stream") else made

        async def create() -> Any:
            made = await self._client.chat.completions.create(**asked)
            return [chunk async for chunk in made] if asked.get("stream") else made

        return self._wait(create())

    def parse(self, **asked: Any) -> Any:
        """A completion that the client reads into a model of pydantic's."""
        made = self._client.chat.completions.parse(model="tiny", messages=MESSAGES, temperature=0, **asked)
        return self._wait(made) if self._loop else made

    def models(self) -> list[str]:
        """What is served."""
        if not self._loop:
            return [model.id for model in self._client.models.list()]

        async def models() -> list[str]:
            return [model.id async for model in self._client.models.list()]

        return self._wait(models())

    def say(self, **changes: Any) -> str:
        """The text of a reply."""
        text: str = self.create(**changes).choices[0].message.content
        return text

    def _wait(self, work: Any) -> Any:
        assert self._loop
        return self._thread.submit(self._loop.run_until_complete, work).result()

    def close(self) -> None:
        """Hang up."""
        if self._loop:
            self._wait(self._client.close())
            self._loop.close()
        else:
            self._client.close()


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, endless: Serving) -> Iterator[Client]:
    made = Client(endless.url, request.param == "async")
    yield made
    made.close()


@pytest.fixture(params=["sync", "async"])
def clients(request: pytest.FixtureRequest, served: Callable[[str], Serving]) -> Iterator[Callable[[str], Client]]:
    """Clients for the families, whose replies end by themselves."""
    made: dict[str, Client] = {}

    def connect(name: str) -> Client:
        if name not in made:
            made[name] = Client(served(name).url, request.param == "async")
        return made[name]

    yield connect
    for one in made.values():
        one.close()


def joined(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_models(client: Client) -> None:
    assert client.models() == ["tiny", "default"]
    assert client.create(model="default").model == "tiny"


def test_usage_and_finish_reason(client: Client) -> None:
    made = client.create(max_tokens=5)
    assert made.object == "chat.completion"
    assert made.choices[0].finish_reason == "length"
    assert made.usage.completion_tokens == 5
    assert made.usage.total_tokens == made.usage.prompt_tokens + 5
    assert client.create(max_tokens=5).usage.prompt_tokens_details.cached_tokens > 0
    assert client.create(max_tokens=9, max_completion_tokens=4).usage.completion_tokens == 4


def test_a_stream_says_the_same(client: Client) -> None:
    chunks = client.create(stream=True)
    assert joined(chunks) == client.say()
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "length"
    assert all(chunk.usage is None for chunk in chunks)
    *chunks, last = client.create(stream=True, stream_options={"include_usage": True})
    assert last.choices == []
    assert last.usage.completion_tokens == 12
    assert joined(chunks) == client.say()


def test_roles_and_parts(client: Client) -> None:
    parts = [{"type": "text", "text": "你好，"}, {"type": "text", "text": "I want a refund."}]
    developer = [{"role": "developer", "content": "Be kind."}, {"role": "user", "content": parts}]
    assert client.say(messages=developer) == client.say()
    longer = [*MESSAGES, {"role": "assistant", "content": "Of course."}, {"role": "user", "content": "谢谢"}]
    assert client.create(messages=longer).usage.prompt_tokens > client.create().usage.prompt_tokens


def test_temperature_seed_and_the_cuts(client: Client) -> None:
    assert client.say() == client.say()
    one, same, other = (client.say(temperature=1.5, seed=seed) for seed in (7, 7, 8))
    assert one == same != other
    assert client.say(temperature=2, seed=1, top_p=1e-6) == client.say()
    assert client.say(temperature=2, seed=1, extra_body={"top_k": 1}) == client.say()
    assert client.say(temperature=2, seed=1, extra_body={"min_p": 1.0}) == client.say()


def test_stop(client: Client) -> None:
    whole = client.say(max_tokens=16)
    for stop in (whole[5:8], [whole[9:11], whole[5:8]]):
        made = client.create(max_tokens=16, stop=stop)
        cut = min(whole.index(one) for one in ([stop] if isinstance(stop, str) else stop))
        assert made.choices[0].message.content == whole[:cut]
        assert made.choices[0].finish_reason == "stop"
        assert joined(client.create(max_tokens=16, stop=stop, stream=True)) == whole[:cut]


def test_penalties(client: Client) -> None:
    plain = client.create(logprobs=True, max_tokens=60).choices[0].logprobs.content
    assert len({one.token for one in plain}) < 60  # it repeats itself

    def distinct(**wishes: Any) -> int:
        content = client.create(logprobs=True, max_tokens=60, **wishes).choices[0].logprobs.content
        return len({tuple(one.bytes) for one in content})

    least = distinct()
    assert distinct(presence_penalty=2) >= least
    assert distinct(frequency_penalty=2) > least
    assert distinct(extra_body={"repetition_penalty": 5.0}) > least
    assert (
        client.say(presence_penalty=0, frequency_penalty=0, extra_body={"repetition_penalty": 1.0}) == client.say()
    )


@pytest.mark.parametrize("stream", [False, True])
def test_logprobs(client: Client, stream: bool) -> None:
    made = client.create(logprobs=True, top_logprobs=3, stream=stream)
    if stream:
        content = [one for c in made if c.choices[0].logprobs for one in c.choices[0].logprobs.content]
        text = joined(made)
    else:
        content, text = made.choices[0].logprobs.content, made.choices[0].message.content
    assert len(content) == 12
    assert b"".join(bytes(one.bytes) for one in content).decode(errors="replace") == text
    for one in content:
        assert one.logprob <= 0
        assert len(one.top_logprobs) == 3
        assert one.top_logprobs[0].bytes == one.bytes  # the likeliest was taken
        assert math.isclose(one.top_logprobs[0].logprob, one.logprob)
        assert [top.logprob for top in one.top_logprobs] == sorted(
            (t.logprob for t in one.top_logprobs), reverse=True
        )
    assert client.create(logprobs=True).choices[0].logprobs.content[0].top_logprobs == []
    assert client.create().choices[0].logprobs is None


def test_neutral_fields(client: Client) -> None:
    neutral: dict[str, Any] = {"n": 1, "user": "u1", "stop": None, "tools": [], "parallel_tool_calls": True}
    neutral |= {"response_format": {"type": "text"}, "tool_choice": "none", "prompt_cache_key": "k"}
    assert client.say(**neutral, extra_body={"chat_template_kwargs": {"enable_thinking": False}}) == client.say()
    thinking = client.create(extra_body={"chat_template_kwargs": {"enable_thinking": True}})
    assert thinking.usage.prompt_tokens < client.create().usage.prompt_tokens


def test_what_one_tenant_said_is_not_reused_for_another(
    clients: Callable[[str], Client], request: pytest.FixtureRequest
) -> None:
    client = clients("qwen")
    messages = [MESSAGES[0], {"role": "user", "content": f"{request.node.name}: {'refund ' * 40}"}]
    prompting = Prompting(families.tokenizer("qwen"), 1000)
    prompt = prompting.encode(messages)
    shared = prompting.shared_tokens(prompt, messages)

    def cached(**tenant: str) -> int:
        made: int = client.create(
            messages=messages, max_tokens=1, **tenant
        ).usage.prompt_tokens_details.cached_tokens
        return made

    one, two = (f"{request.node.name}{number}" for number in (1, 2))
    assert cached(user=one) <= shared
    assert cached(user=two) <= shared
    assert cached(user=one) == len(prompt) - 1
    assert cached(prompt_cache_key=one, user=two) == len(prompt) - 1


class Order(BaseModel):
    number: Literal[1, 2, 3]
    is_paid: bool


@pytest.mark.parametrize("family", FAMILIES)
def test_response_format(clients: Callable[[str], Client], family: str) -> None:
    client = clients(family)
    made = client.parse(response_format=Order, max_tokens=200)
    assert made.choices[0].finish_reason == "stop"
    assert made.choices[0].message.parsed.number in (1, 2, 3)
    schema = {"type": "array", "items": {"enum": ["退款", "换货"]}, "minItems": 2, "maxItems": 2}
    asked = {"type": "json_schema", "json_schema": {"name": "wishes", "schema": schema}}
    for seed in range(3):
        chunks = client.create(response_format=asked, stream=True, max_tokens=300, temperature=1.5, seed=seed)
        assert {*json.loads(joined(chunks))} <= {"退款", "换货"}
        assert chunks[-1].choices[0].finish_reason == "stop"
    whole = client.create(response_format={"type": "json_object"}, temperature=1, seed=2, max_tokens=2000)
    if whole.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(whole.choices[0].message.content), dict)
    else:
        assert whole.choices[0].message.content.lstrip().startswith("{")


def check_call(call: Any) -> str:
    arguments = json.loads(call.function.arguments)
    assert len(call.id) == 9
    assert call.type == "function"
    if call.function.name == "find":
        assert len(arguments.pop("q")) <= 5
    else:
        assert 0 <= arguments.pop("n") <= 9
    assert arguments == {}
    name: str = call.function.name
    return name


@pytest.mark.parametrize("family", FAMILIES)
def test_tools_that_have_to_be_called(clients: Callable[[str], Client], family: str) -> None:
    client = clients(family)
    asked: dict[str, Any] = {"tools": [FIND, BUY], "max_tokens": 1500, "parallel_tool_calls": False}
    made = client.create(**asked, tool_choice="required")
    assert made.choices[0].finish_reason == "tool_calls"
    assert made.choices[0].message.content is None
    (call,) = made.choices[0].message.tool_calls
    check_call(call)
    for name in ("find", "buy"):
        named = {"type": "function", "function": {"name": name}}
        *chunks, last = client.create(**asked, tool_choice=named, stream=True)
        deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
        assert [delta.index for delta in deltas] == [0]
        assert check_call(deltas[0]) == name
        assert joined(chunks) == ""
        assert last.choices[0].finish_reason == "tool_calls"
    # And the result goes back in.
    result = {"role": "tool", "tool_call_id": call.id, "content": "nothing found"}
    answered = [*MESSAGES, made.choices[0].message.model_dump(), result]
    assert client.create(messages=answered, tools=[FIND]).choices[0].finish_reason in ("length", "stop")


def test_several_calls_at_once(clients: Callable[[str], Client]) -> None:
    client = clients("qwen")
    several = 0
    for seed in range(4):
        asked: dict[str, Any] = {"tools": [FIND, BUY], "tool_choice": "required", "temperature": 1.5, "seed": seed}
        *chunks, last = client.create(**asked, stream=True, max_tokens=3000)
        assert last.choices[0].finish_reason == "tool_calls"
        deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
        for delta in deltas:
            check_call(delta)
        assert [delta.index for delta in deltas] == list(range(len(deltas)))
        assert len({delta.id for delta in deltas}) == len(deltas)
        several += len(deltas) > 1
    assert several


@pytest.mark.parametrize("family", FAMILIES)
def test_tools_that_may_be_called(clients: Callable[[str], Client], family: str) -> None:
    client = clients(family)
    for choice in ("auto", None, "none"):
        made = client.create(tools=[FIND], tool_choice=choice, max_tokens=30)
        assert made.choices[0].message.content
        assert made.choices[0].message.tool_calls is None
        assert made.choices[0].finish_reason in ("length", "stop")
    if family in ("qwen", "mistral"):
        made = client.create(tools=[BUY], parallel_tool_calls=False, temperature=1, seed=3)
        assert made.choices[0].finish_reason in ("length", "stop", "tool_calls")


def test_refusals_are_the_clients_own_errors(client: Client, endless: Serving) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.create(temperature=3)
    assert refused.value.param == "temperature"
    assert refused.value.type == "invalid_request_error"
    with pytest.raises(openai.BadRequestError) as refused:
        client.create(max_tokens=10**6)
    assert refused.value.code == "context_length_exceeded"
    with pytest.raises(openai.BadRequestError, match="store"):
        client.create(store=True)
    with pytest.raises(openai.NotFoundError) as missing:
        client.create(model="gpt")
    assert missing.value.code == "model_not_found"
    assert endless.has(running=0, waiting=0)
