"""A running model server, and what its streams say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from services.llm.app import make_app
from services.llm.chat import Chat
from services.llm.loading import ChatModel, make_runner
from services.llm.models import Models
from services.llm.settings import Settings
from tests.llm import families
from tests.model_server import ThreadedServer
from tests.waiting import wait_for

CHAT = "/v1/chat/completions"
HELLO: dict[str, Any] = {
    "model": "tiny",
    "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "你好，I want a refund."}],
    "temperature": 0,
    "max_tokens": 12,
}


@dataclass
class Serving:
    """A server and its parts."""

    url: str
    client: httpx.Client
    chat: Chat

    def ask(self, **changes: Any) -> httpx.Response:
        """Ask for a chat completion."""
        return self.client.post(CHAT, json=HELLO | changes)

    def content(self, **changes: Any) -> str:
        """What the reply says."""
        response = self.ask(**changes)
        assert response.status_code == 200, response.text
        text: str = response.json()["choices"][0]["message"]["content"]
        return text

    def wait_until_idle(self) -> None:
        """Return when nothing runs and nothing waits."""
        wait_for(lambda: self.has(running=0, waiting=0), what="an idle engine")

    def has(self, **expected: int) -> bool:
        """Whether the engine's load is this."""
        load = self.chat.engine.load()
        return all(getattr(load, name) == value for name, value in expected.items())


@contextmanager
def serve(
    family: str,
    *,
    ends: bool = True,
    slots: int = 8,
    context_tokens: int = 4000,
    defaults: dict[str, float] | None = None,
    **environment: str,
) -> Iterator[Serving]:
    """A server for a random model of this family, under the name `tiny`."""
    tokenizer = families.tokenizer(family)
    runner = make_runner(families.model(family, ends), context_tokens, slots)
    eos = frozenset([tokenizer.eos_token_id]) if ends else frozenset()
    settings = Settings.from_environment({"LLM_CHAT_MODEL": "tiny", "LLM_REPLY_TOKENS": "16"} | environment)
    chat = Chat(ChatModel("tiny", tokenizer, runner, eos, defaults or {}, ()), settings)
    with (
        ThreadedServer(make_app(Models.ready(chat), settings)) as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        yield Serving(url, client, chat)


def events(body: str) -> list[Any]:
    """What the data lines of a stream say, the mark of its end as the text that it is."""
    lines = [line.removeprefix("data: ") for line in body.split("\n\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]
