"""The shapes of OpenAI's chat API, as far as they are served here."""

import time
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.llm.writing import Finish, PromptRefused, Sampling, Served


class Shape(BaseModel):
    """A field that is not served is refused and never ignored; null counts as not given."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        return {k: v for k, v in given.items() if v is not None} if isinstance(given, dict) else given


class TextPart(Shape):
    """A part of a message; pictures and sounds are not served."""

    type: Literal["text"]
    text: str


class Message(Shape):
    """Something that was said."""

    role: Literal["system", "user", "assistant"]
    content: str | list[TextPart]

    def plain(self) -> dict[str, str]:
        """As chat templates want it."""
        text = self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)
        return {"role": self.role, "content": text}


class StreamOptions(Shape):
    """`include_usage`: the token counts come in a chunk of their own before the end."""

    include_usage: bool = False


StopSequence = Annotated[str, Field(min_length=1, max_length=200)]


class ChatRequest(Shape):
    """The body of POST /v1/chat/completions."""

    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    stop: StopSequence | Annotated[list[StopSequence], Field(max_length=4)] = []
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    n: Literal[1] = 1
    user: str | None = None

    def sampling(self, prompt_tokens: int, served: Served) -> Sampling:
        """How to write; raises PromptRefused when prompt and reply do not fit the model's context."""
        room = served.context_tokens - prompt_tokens
        wanted = self.max_completion_tokens or self.max_tokens
        if room < (wanted or 1):
            message = f"The model's context holds {served.context_tokens} tokens; the messages have {prompt_tokens}"
            message += f" and the reply may have {wanted}." if wanted else "."
            raise PromptRefused(message, "context_length_exceeded")
        return Sampling(
            max_tokens=wanted or min(room, served.reply_tokens),
            temperature=self.temperature,
            top_p=self.top_p,
            stop=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop),
            seed=self.seed,
        )


class Completion:
    """One reply on its way out, whole or in chunks."""

    def __init__(self, model: str) -> None:
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}

    def whole(self, text: str, finish: Finish) -> dict[str, Any]:
        """The answer to a request that does not stream."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": None},
            "logprobs": None,
            "finish_reason": finish.reason,
        }
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": _usage(finish)}

    def chunk(self, delta: Mapping[str, str], finish: Finish | None = None) -> dict[str, Any]:
        """A piece of a streamed answer."""
        choice = {
            "index": 0,
            "delta": dict(delta),
            "logprobs": None,
            "finish_reason": finish.reason if finish else None,
        }
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}

    def usage_chunk(self, finish: Finish) -> dict[str, Any]:
        """The last chunk of a stream that was asked to tell its usage."""
        return {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": _usage(finish)}


def error_body(message: str, kind: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """The body of every refusal; `kind` is such as `invalid_request_error`."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _usage(finish: Finish) -> dict[str, int]:
    return {
        "prompt_tokens": finish.prompt_tokens,
        "completion_tokens": finish.completion_tokens,
        "total_tokens": finish.prompt_tokens + finish.completion_tokens,
    }
