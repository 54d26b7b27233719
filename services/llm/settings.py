"""What an operator may choose, read from the environment once. Variables carry the prefix LLM_."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class BadSetting(Exception):
    """A setting that makes no sense; the text names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve which models."""

    chat_model: str | None
    """A model's id on the hub, or a folder; so are the other two. `none` and nothing are not served."""
    embedding_model: str | None
    rerank_model: str | None
    host: str
    port: int
    device: str
    """`auto` takes the graphics card when there is one; else a name that torch knows, such as `cpu`."""
    dtype: str
    """How the chat model calculates: `auto` lets the hardware decide."""
    quantize: str
    """`4bit` or `8bit` makes the chat model's weights smaller while they load; `none` leaves them as they are."""
    adapters: Path | None
    """A folder with a folder of each LoRA adapter."""
    trusts_remote_code: bool
    """Whether a model may bring its own program, which then runs here with all rights."""
    context_tokens: int
    """The most that a prompt and its reply may have together; the model's own limit counts if it is smaller."""
    reply_tokens: int
    """How long a reply may get when the request does not say."""
    slots: int
    """How many replies are written at once; 0 leaves it to the memory."""
    waiting: int
    """How many requests may wait for a slot; more are refused."""
    waiting_tokens: int
    """How many prompt tokens these may have together."""
    queue_seconds: int
    """How long a request may wait for a slot."""
    total_seconds: int
    """How long a request may take from its arrival to its last token."""
    stall_seconds: int
    """After how long without a step, with work pending, the server calls itself unhealthy."""
    drain_seconds: int
    """How long what runs may go on after SIGTERM."""
    encoder_batch_tokens: int
    """How many tokens, padding included, embedding and reranking put through the model at once."""
    encoder_window_ms: int
    """How long they wait for company."""
    api_key: str
    """What callers have to send as `Authorization: Bearer`; empty asks for nothing."""
    logs_prompts: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; an empty variable counts as none. Raises BadSetting."""

        def number(name: str, default: int, least: int, most: int | None = None) -> int:
            text = environment.get(name) or str(default)
            limits = f"{least} or more" if most is None else f"{least} to {most}"
            if not (text.isascii() and text.isdigit() and least <= int(text) <= (most or int(text))):
                raise BadSetting(f"{name} has to be a whole number, {limits}; it is {text!r}.")
            return int(text)

        def model(name: str) -> str | None:
            text = environment.get(name, "")
            return None if text.lower() in ("", "none") else text

        def choice(name: str, *options: str) -> str:
            text = environment.get(name) or options[0]
            if text not in options:
                raise BadSetting(f"{name} has to be one of {', '.join(options)}; it is {text!r}.")
            return text

        adapters = environment.get("LLM_ADAPTERS")
        settings = cls(
            chat_model=model("LLM_CHAT_MODEL"),
            embedding_model=model("LLM_EMBEDDING_MODEL"),
            rerank_model=model("LLM_RERANK_MODEL"),
            host=environment.get("LLM_HOST") or "127.0.0.1",
            port=number("LLM_PORT", 9000, 1, 65535),
            device=environment.get("LLM_DEVICE") or "auto",
            dtype=choice("LLM_DTYPE", "auto", "float32", "bfloat16", "float16", "int8"),
            quantize=choice("LLM_QUANTIZE", "none", "4bit", "8bit"),
            adapters=Path(adapters) if adapters else None,
            trusts_remote_code=choice("LLM_TRUST_REMOTE_CODE", "0", "1") == "1",
            context_tokens=number("LLM_CONTEXT_TOKENS", 8192, 64),
            reply_tokens=number("LLM_REPLY_TOKENS", 1024, 1),
            slots=number("LLM_SLOTS", 0, 0),
            waiting=number("LLM_WAITING", 64, 0),
            waiting_tokens=number("LLM_WAITING_TOKENS", 200_000, 1),
            queue_seconds=number("LLM_QUEUE_SECONDS", 30, 1),
            total_seconds=number("LLM_TOTAL_SECONDS", 300, 1),
            stall_seconds=number("LLM_STALL_SECONDS", 30, 1),
            drain_seconds=number("LLM_DRAIN_SECONDS", 20, 0),
            encoder_batch_tokens=number("LLM_ENCODER_BATCH_TOKENS", 16_384, 16),
            encoder_window_ms=number("LLM_ENCODER_WINDOW_MS", 3, 0),
            api_key=environment.get("LLM_API_KEY", ""),
            logs_prompts=choice("LLM_LOG_PROMPTS", "0", "1") == "1",
        )
        if not (settings.chat_model or settings.embedding_model or settings.rerank_model):
            raise BadSetting(
                "No model is set: give LLM_CHAT_MODEL, LLM_EMBEDDING_MODEL or LLM_RERANK_MODEL the id of a model "
                "on the hub, or a folder."
            )
        return settings
