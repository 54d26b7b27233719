"""Five hundred requests at once, many of them rude, on a machine that runs out of memory now and then."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.llm.app import make_app
from services.llm.chat import Chat
from services.llm.generation import Logprob
from services.llm.loading import ChatModel
from services.llm.models import Models
from services.llm.runner import OutOfMemory
from services.llm.scheduler import Step
from services.llm.settings import Settings
from services.llm.slots import SlotRunner
from tests.llm import families
from tests.llm.serving import CHAT, Serving
from tests.loops import run
from tests.model_server import ThreadedServer
from tests.waiting import wait_for

REQUESTS = 500
SLOTS = 8
CONTEXT = 400
QUESTIONS = ["退货要几天？", "Where is my order?", "How do I change my address, please?", "发票怎么开？" * 10]
HEAD = "You answer customers of a shop. " * 5


class ShortOfMemory(SlotRunner):
    """The shipped runner on a device that has no memory for some of its steps."""

    failing_steps = frozenset((40, 90, 91, 150, 230))
    steps: int | None = None
    """Counted from when the test sets it to 0."""

    def run(self, step: Step) -> list[Logprob]:
        if self.steps is not None:
            self.steps += 1
        if self.steps in self.failing_steps:
            raise OutOfMemory("injected")
        return super().run(step)


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    runner = ShortOfMemory(families.model("qwen", ends=False), SLOTS, CONTEXT, chunk_tokens=128)
    patience = {"LLM_WAITING": "1000", "LLM_WAITING_TOKENS": "10000000", "LLM_QUEUE_SECONDS": "300"}
    settings = Settings.from_environment({"LLM_CHAT_MODEL": "tiny", **patience})
    chat = Chat(ChatModel("tiny", families.tokenizer("qwen"), runner, frozenset(), {}, ()), settings)
    with (
        ThreadedServer(make_app(Models.ready(chat), settings)) as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        yield Serving(url, client, chat)


def body(number: int, **changes: Any) -> dict[str, Any]:
    question = QUESTIONS[number % len(QUESTIONS)]
    messages = [{"role": "system", "content": HEAD}, {"role": "user", "content": question}]
    tokens = 5 + number % 30
    return {"model": "tiny", "messages": messages, "temperature": 0, "max_tokens": tokens, **changes}


async def whole(client: httpx.AsyncClient, number: int) -> str:
    response = await client.post(CHAT, json=body(number))
    if response.status_code != 200:
        return f"{response.status_code} {response.json()['error']['code']}"
    return str(response.json()["choices"][0]["message"]["content"])


async def streamed(client: httpx.AsyncClient, number: int, most_lines: int | None = None) -> str:
    text, lines = "", 0
    async with client.stream("POST", CHAT, json=body(number, stream=True)) as response:
        if response.status_code != 200:
            return f"{response.status_code} {json.loads(await response.aread())['error']['code']}"
        async for line in response.aiter_lines():
            lines += 1
            if lines == most_lines:
                return "left"
            if line.startswith("data: {"):
                said = json.loads(line.removeprefix("data: "))
                if "error" in said:
                    return f"503 {said['error']['code']}"
                text += said["choices"][0]["delta"].get("content", "")
    return text


async def impatient(client: httpx.AsyncClient, number: int, seconds: float) -> str:
    try:
        async with asyncio.timeout(seconds):
            return await whole(client, number)
    except TimeoutError:
        return "left"


async def oversized(client: httpx.AsyncClient, number: int) -> str:
    wish = {"max_tokens": CONTEXT} if number % 20 else {"messages": [{"role": "user", "content": "很长 " * 3000}]}
    response = await client.post(CHAT, json=body(number, **wish))
    return f"{response.status_code} {response.json()['error']['code']}"


async def storm(url: str) -> list[tuple[str, int, str]]:
    """What became of each: kind of client, number, outcome."""
    rng = random.Random(11)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits, trust_env=False) as client:

        async def one(number: int) -> tuple[str, int, str]:
            if number % 10 == 0:
                return "oversized", number, await oversized(client, number)
            if number % 3 == 0:
                if rng.random() < 0.5:
                    return "leaving", number, await streamed(client, number, most_lines=rng.randint(1, 12))
                return "leaving", number, await impatient(client, number, rng.uniform(0.01, 3))
            return "staying", number, await (streamed if number % 2 else whole)(client, number)

        return await asyncio.gather(*map(one, range(REQUESTS)))


def test_who_stays_gets_the_right_reply_and_nothing_is_lost(serving: Serving) -> None:
    expected = {
        (number % len(QUESTIONS), 5 + number % 30): serving.content(**body(number))
        for number in range(len(QUESTIONS) * 15)
    }
    runner: Any = serving.chat.engine._runner
    runner.steps = 0
    outcomes = run(storm(serving.url))

    kinds = Counter(kind for kind, _, _ in outcomes)
    assert kinds["oversized"] == REQUESTS // 10
    assert kinds["leaving"] > REQUESTS / 4
    said = {number: outcome for kind, number, outcome in outcomes if kind == "staying"}
    failed = [number for number, outcome in said.items() if outcome == "503 out_of_memory"]
    for number, outcome in said.items():
        if number not in failed:
            assert outcome == expected[number % len(QUESTIONS), 5 + number % 30]
    assert all(outcome == "400 context_length_exceeded" for kind, _, outcome in outcomes if kind == "oversized")

    engine = serving.chat.engine
    wait_for(lambda: serving.has(running=0, waiting=0), what="an idle engine")
    assert runner.steps > max(runner.failing_steps)
    assert engine.counts.out_of_memory == len(runner.failing_steps) == engine.counts.failed
    assert len(failed) <= len(runner.failing_steps)
    assert engine.counts.cancelled > 0
    assert serving.client.get("/health/ready").status_code == 200

    # As many as there are slots run side by side again.
    replies = run(full_house(serving))
    assert replies == [expected[number % len(QUESTIONS), 5 + number % 30] for number in range(SLOTS)]
    assert engine.counts.failed == len(runner.failing_steps)


async def full_house(serving: Serving) -> list[str]:
    async with httpx.AsyncClient(base_url=serving.url, timeout=60, trust_env=False) as client:
        return await asyncio.gather(*(whole(client, number) for number in range(SLOTS)))
