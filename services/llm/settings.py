"""What an operator may choose, read from the environment once. Variables carry the prefix LLM_."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


class BadSetting(Exception):
    """A setting that makes no sense; the text names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve which model."""

    chat_model: str
    """A model's id on the hub, or a folder."""
    host: str
    port: int
    device: str
    """`auto` takes the graphics card when there is one; else a name that torch knows, such as `cpu`."""
    context_tokens: int
    """The most that a prompt and its reply may have together; the model's own limit counts if it is smaller."""
    reply_tokens: int
    """How long a reply may get when the request does not say."""
    waiting: int
    """How many requests may wait while one is answered; more are refused."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; an empty variable counts as none. Raises BadSetting."""

        def number(name: str, default: int, least: int) -> int:
            text = environment.get(name) or str(default)
            if not (text.isascii() and text.isdigit() and int(text) >= least):
                raise BadSetting(f"{name} has to be a whole number, {least} or more; it is {text!r}.")
            return int(text)

        chat_model = environment.get("LLM_CHAT_MODEL", "")
        if not chat_model:
            raise BadSetting("LLM_CHAT_MODEL is not set: give the id of a chat model on the hub, or a folder.")
        return cls(
            chat_model=chat_model,
            host=environment.get("LLM_HOST") or "127.0.0.1",
            port=number("LLM_PORT", 9000, 1),
            device=environment.get("LLM_DEVICE") or "auto",
            context_tokens=number("LLM_CONTEXT_TOKENS", 8192, 64),
            reply_tokens=number("LLM_REPLY_TOKENS", 1024, 1),
            waiting=number("LLM_WAITING", 16, 0),
        )
