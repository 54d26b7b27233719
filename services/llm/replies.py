"""What POST /v1/chat/completions answers, whole or in chunks: bytes as OpenAI's API would send them."""

import json
import random
import string
import time
from collections.abc import Callable, Sequence
from typing import Any

from services.llm.generation import Finish, Logprob
from services.llm.tool_calls import Call

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

DONE = b"data: [DONE]\n\n"
PING = b": still here\n\n"
IMPOSSIBLE = -9999.0
"""The logarithm of nothing, which JSON cannot say."""


def error_body(message: str, kind: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """The body of every refusal; `kind` is such as `invalid_request_error`."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


class Reply:
    """One reply on its way out."""

    def __init__(self, model: str, token_bytes: Callable[[int], bytes], tells_usage: bool = False) -> None:
        """`token_bytes` says what a token stands for."""
        self.id = f"chatcmpl-{random.getrandbits(96):024x}"
        self._head = {"id": self.id, "created": int(time.time()), "model": model}
        self._token_bytes = token_bytes
        self._calls = 0
        # All that changes from one chunk to the next is its delta.
        self._before = f"data: {encode({**self._head, 'object': 'chat.completion.chunk'})[:-1]}"
        self._before += ',"choices":[{"index":0,"delta":'
        self._after = (',"usage":null' if tells_usage else "") + "}\n\n"
        self._text_head = (self._before + '{"content":').encode()
        self._text_tail = ('},"logprobs":null,"finish_reason":null}]' + self._after).encode()

    def beginning(self) -> bytes:
        """The first chunk, which says who speaks."""
        return self._delta('{"role":"assistant","content":""}')

    def text(self, text: str, logprobs: Sequence[Logprob] = ()) -> bytes:
        """A chunk with more text."""
        if logprobs:
            return self._delta(f'{{"content":{encode(text)}}}', encode(self._logprobs(logprobs)))
        return self._text_head + encode(text).encode() + self._text_tail

    def call(self, call: Call) -> bytes:
        """A chunk with a whole call."""
        delta = {"tool_calls": [{"index": self._calls, **_call(call)}]}
        self._calls += 1
        return self._delta(encode(delta))

    def end(self, reason: str, finish: Finish, tells_usage: bool) -> bytes:
        """The last chunks."""
        chunks = self._delta("{}", finish=f'"{reason}"')
        if tells_usage:
            usage = {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": _usage(finish)}
            chunks += f"data: {encode(usage)}\n\n".encode()
        return chunks + DONE

    def whole(
        self, text: str, calls: Sequence[Call], logprobs: Sequence[Logprob] | None, reason: str, finish: Finish
    ) -> bytes:
        """The answer to a request that does not stream."""
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        if calls:
            message |= {"content": text or None, "tool_calls": [_call(call) for call in calls]}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None if logprobs is None else self._logprobs(logprobs),
            "finish_reason": reason,
        }
        content = {**self._head, "object": "chat.completion", "choices": [choice], "usage": _usage(finish)}
        return encode(content).encode()

    def _delta(self, delta: str, logprobs: str = "null", finish: str = "null") -> bytes:
        choice = f'{delta},"logprobs":{logprobs},"finish_reason":{finish}}}]'
        return (self._before + choice + self._after).encode()

    def _logprobs(self, logprobs: Sequence[Logprob]) -> dict[str, Any]:
        content = [
            {
                **self._token(chosen.token, chosen.logprob),
                "top_logprobs": [self._token(token, logprob) for token, logprob in chosen.alternatives],
            }
            for chosen in logprobs
        ]
        return {"content": content, "refusal": None}

    def _token(self, token: int, logprob: float) -> dict[str, Any]:
        spelled = self._token_bytes(token)
        return {
            "token": spelled.decode(errors="replace"),
            "logprob": max(IMPOSSIBLE, float(logprob)),
            "bytes": list(spelled),
        }


def error_event(body: dict[str, Any]) -> bytes:
    """The end of a stream that broke off."""
    return f"data: {encode(body)}\n\n".encode()


def _call(call: Call) -> dict[str, Any]:
    # Nine letters and digits, which is what every chat template takes back.
    name = "".join(random.choices(string.ascii_letters + string.digits, k=9))  # noqa: S311
    return {"id": name, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _usage(finish: Finish) -> dict[str, Any]:
    return {
        "prompt_tokens": finish.prompt_tokens,
        "completion_tokens": finish.completion_tokens,
        "total_tokens": finish.prompt_tokens + finish.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": finish.cached_tokens},
    }
