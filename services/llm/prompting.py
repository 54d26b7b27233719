"""Conversations to prompts: the model's chat template, with every text in it kept from posing as the template."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import TemplateError

from services.llm.dialects import Dialect, dialect
from services.llm.protocol import Invalid

PLAIN_TEMPLATE = "{% for message in messages %}{{ message.content }}\n{% endfor %}"
"""For encoder-decoders, which are asked in plain words."""
HEADS = 64
"""So many operators' heads are kept."""
Message = Mapping[str, Any]


class Prompting:
    """Makes the prompts for one model. Every method may be called from any thread."""

    def __init__(self, tokenizer: Any, context_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._context_tokens = context_tokens
        self._most_characters = context_tokens * max(map(len, tokenizer.get_vocab()))
        """A longer text cannot be as few tokens as that."""
        self._backend = tokenizer.backend_tokenizer
        self._backend.no_truncation()
        self._backend.no_padding()
        self._guard = Guard(tokenizer)
        self._head = lru_cache(HEADS)(self._read_head)
        template = tokenizer.chat_template
        sources = template.values() if isinstance(template, dict) else [template]
        self._can_think = any("enable_thinking" in source for source in sources)
        found = [dialect(source, getattr(tokenizer, "response_template", None)) for source in sources]
        self.dialect: Dialect | None = next((one for one in found if one), None)
        """How this model calls tools; None if it cannot."""
        if self.dialect and not self._shows_tools():
            self.dialect = None

    def encode(self, messages: Sequence[Message], tools: Sequence[Any] = (), thinking: bool = False) -> list[int]:
        """The prompt's tokens; raises Invalid for a conversation that the model's template does not take."""
        if thinking and not self._can_think:
            raise Invalid("This model cannot be told to think.", "chat_template_kwargs.enable_thinking")
        if self.dialect is None and (tools or any("tool_calls" in m or m["role"] == "tool" for m in messages)):
            raise Invalid("This model has no template for tools.", "tools" if tools else "messages")
        named = [number for number, message in enumerate(messages) if "name" in message]
        if named:
            self._check_names(messages, named, tools, thinking)
        return self._tokens(self._render(messages, tools, thinking))

    def shared_tokens(
        self, prompt: Sequence[int], messages: Sequence[Message], tools: Sequence[Any] = (), thinking: bool = False
    ) -> int:
        """How many tokens at the prompt's beginning are the operator's: the first system messages and the tools."""
        system = []
        for message in messages:
            if message["role"] != "system":
                break
            system.append(message)
        if not system:
            return 0
        return _common(prompt, self._head(json.dumps([system, tools, thinking])))

    def _read_head(self, key: str) -> list[int]:
        system, tools, thinking = json.loads(key)
        try:
            one, other = (
                self._tokens(self._render([*system, _said(text)], tools, thinking)) for text in ("a", "1")
            )
        except Invalid:  # the template wants something else to follow
            return []
        return one[: _common(one, other)]

    def _tokens(self, text: str) -> list[int]:
        if len(text) > self._most_characters:
            message = f"The model's context holds {self._context_tokens} tokens; the messages have many more."
            raise Invalid(message, "messages", "context_length_exceeded")
        # A template writes its model's marks itself; who is asked in plain words wants the mark of their end.
        is_plain = self._tokenizer.chat_template == PLAIN_TEMPLATE
        tokens: list[int] = self._backend.encode_batch_fast([text], add_special_tokens=is_plain)[0].ids
        return tokens

    def _render(self, messages: Sequence[Message], tools: Sequence[Any], thinking: bool) -> str:
        plain = self._guard.plain(list(messages))
        try:
            text: str = self._tokenizer.apply_chat_template(
                self.dialect.results(plain) if self.dialect else plain,
                tools=self._guard.plain(list(tools)) or None,
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=thinking,
            )
        except (TemplateError, TypeError, ValueError) as error:
            message = f"This model's template refuses this: {error}"
            raise Invalid(message[:500], "messages", "messages_refused") from error
        return text

    def _check_names(
        self, messages: Sequence[Message], named: Sequence[int], tools: Sequence[Any], thinking: bool
    ) -> None:
        """Names are taken where the template tells them to the model, and only there."""
        marked: list[dict[str, Any]] = [dict(message) for message in messages]
        for number in named:
            marked[number]["name"] = f"name{number}of{len(messages)}"
        text = self._render(marked, tools, thinking)
        for number in named:
            if marked[number]["name"] not in text:
                raise Invalid("This model's template has no place for this name.", f"messages[{number}].name")

    def _shows_tools(self) -> bool:
        """Whether tools, calls and results come through the template."""
        function = {"name": "probedtool", "description": "", "parameters": {"type": "object", "properties": {}}}
        called = {"id": "probed123", "type": "function", "function": {"name": "probedcall", "arguments": {}}}
        messages: list[Message] = [
            {"role": "user", "content": "probedquestion"},
            {"role": "assistant", "content": "", "tool_calls": [called]},
            {"role": "tool", "content": "probedresult", "tool_call_id": "probed123"},
        ]
        try:
            text = self._render(messages, [{"type": "function", "function": function}], thinking=False)
        except Invalid:
            return False
        return all(word in text for word in ("probedtool", "probedcall", "probedresult"))


class Guard:
    """Keeps what people wrote from being read as the marks that tell the model who speaks or what is a call.

    These are the tokenizer's special tokens, and of its other added ones those that are no ordinary words.
    """

    def __init__(self, tokenizer: Any) -> None:
        marks = [
            str(token)
            for token in tokenizer.added_tokens_decoder.values()
            if token.special or not all(letter.isalnum() or letter.isspace() for letter in str(token))
        ]
        marks = [mark for mark in marks if mark.strip()]
        self._marks = re.compile("|".join(map(re.escape, sorted(marks, key=len, reverse=True))) or r"(?!)")
        self._normalizer = tokenizer.backend_tokenizer.normalizer

    def plain(self, value: Any) -> Any:
        """The same text, list or object with a blank in each mark; raises Invalid where that is not enough."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.plain(one) for one in value]
        if isinstance(value, dict):
            return {self._text(key): self.plain(one) for key, one in value.items()}
        return value

    def _text(self, text: str) -> str:
        for _ in range(4):
            if self._marks.search(text):
                text = self._marks.sub(_broken, text)
                continue
            # Some tokenizers look for marks in the text as they have normalised it.
            normal = self._normalizer.normalize_str(text) if self._normalizer else text
            if normal == text or not self._marks.search(normal):
                return text
            text = normal
        raise Invalid("A text has too many control tokens in it.", "messages", "messages_refused")


def _said(text: str) -> Message:
    return {"role": "user", "content": text}


def _broken(mark: re.Match[str]) -> str:
    text = mark.group()
    return f"{text[0]} {text[1:]}"


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    return next(place for place in range(length) if one[place] != other[place])
