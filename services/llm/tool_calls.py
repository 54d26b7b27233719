"""Tool calls read out of a reply's text, in the ways in which the families of models write them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic_core import from_json
from transformers.utils.chat_parsing import ResponseParser


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the model wants called; the arguments are a JSON object, as text."""

    name: str
    arguments: str


Part = str | Call
Tools = Mapping[str, Any]
"""The schemas of the tools' arguments, by name."""


class Reader(Protocol):
    """Reads one reply piece by piece; text that is no valid call of a known tool stays text."""

    def feed(self, text: str) -> list[Part]:
        """What is certain after this text and was not given out yet."""

    def end(self) -> list[Part]:
        """What is left when no text follows."""


class Marked:
    """Calls in marks, such as `<tool_call>{...}</tool_call>`, or from one mark to the next or to the end."""

    def __init__(self, tools: Tools, opens: str, closes: str | None) -> None:
        self._tools = tools
        self._opens = opens
        self._closes = closes or opens
        self._reopens = closes is None
        self._held = ""
        self._is_inside = False
        self._has_called = False

    def feed(self, text: str) -> list[Part]:
        """See Reader."""
        self._held += text
        parts: list[Part] = []
        while True:
            mark = self._closes if self._is_inside else self._opens
            before, found, after = self._held.partition(mark)
            if not found:
                break
            if self._is_inside:
                parts += self._called(before, self._opens + before + ("" if self._reopens else mark))
            else:
                parts += self._said(before.rstrip())
            self._held = after
            self._is_inside = not self._is_inside or self._reopens
        if not self._is_inside:
            certain = len(self._held) - _begun(self._held, self._opens)
            certain = len(self._held[:certain].rstrip())
            parts += self._said(self._held[:certain])
            self._held = self._held[certain:]
        return parts

    def end(self) -> list[Part]:
        """See Reader."""
        held, self._held = self._held, ""
        if self._is_inside:
            return self._called(held, self._opens + held)
        return self._said(held)

    def _called(self, body: str, literally: str) -> list[Part]:
        calls = read_calls(body, self._tools)
        self._has_called = self._has_called or bool(calls)
        return [*calls] if calls else [literally]

    def _said(self, text: str) -> list[Part]:
        # The lines between two calls are no content.
        if self._has_called and not text.strip():
            return []
        return [text] if text else []


class Whole:
    """A reply that is a call from its first character on, or is none."""

    def __init__(self, may_call: Callable[[str], bool], read: Callable[[str], list[Call]]) -> None:
        self._may_call = may_call
        self._read = read
        self._held: str | None = ""

    def feed(self, text: str) -> list[Part]:
        """See Reader."""
        if self._held is None:
            return [text]
        self._held += text
        if self._may_call(self._held.lstrip()):
            return []
        held, self._held = self._held, None
        return [held]

    def end(self) -> list[Part]:
        """See Reader."""
        held, self._held = self._held or "", None
        calls = self._read(held)
        return [*calls] if calls else [held] if held else []


class First:
    """Passes on the first call that another reader finds, and none of the others."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._has_called = False

    def feed(self, text: str) -> list[Part]:
        """See Reader."""
        return [part for part in self._reader.feed(text) if self._passes(part)]

    def end(self) -> list[Part]:
        """See Reader."""
        return [part for part in self._reader.end() if self._passes(part)]

    def _passes(self, part: Part) -> bool:
        if isinstance(part, str):
            return True
        is_first, self._has_called = not self._has_called, True
        return is_first


class Described:
    """What the tokenizer's own `response_template` describes, read by transformers."""

    def __init__(self, template: dict[str, Any], tools: Tools) -> None:
        self._tools = tools
        self._parser = ResponseParser(
            template,
            prefix="",
            tools=[{"function": {"name": name, "parameters": schema}} for name, schema in tools.items()],
        )
        self._is_broken = False
        self._raw = ""

    def feed(self, text: str) -> list[Part]:
        """See Reader."""
        if self._is_broken:
            return [text]
        self._raw += text
        return self._parts(lambda: self._parser.feed(text))

    def end(self) -> list[Part]:
        """See Reader."""
        return [] if self._is_broken else self._parts(lambda: self._parser.finalize()[1])

    def _parts(self, read: Callable[[], list[dict[str, Any]]]) -> list[Part]:
        try:
            events = read()
        except (ValueError, KeyError):  # no valid call after all
            self._is_broken = True
            return [self._raw] if self._raw else []
        parts: list[Part] = []
        for event in events:
            if event["type"] == "region_chunk" and event["field"] == "content":
                parts.append(event["text"])
            if event["type"] == "region_close":
                self._raw = ""
                if event["field"] == "tool_calls":
                    found = event["value"] if isinstance(event["value"], list) else [event["value"]]
                    calls = [call for one in found if (call := read_call(one.get("function", one), self._tools))]
                    parts += calls or [json.dumps(event["value"], ensure_ascii=False)]
        if any(event["type"] == "region_chunk" and event["field"] != "tool_calls" for event in events):
            self._raw = ""
        return parts


def read_calls(body: str, tools: Tools) -> list[Call]:
    """The calls in a text that has nothing else in it: JSON objects or lists of them, or `name[ARGS]{...}`."""
    name, is_named, arguments = body.partition("[ARGS]")
    if is_named:
        name = name.partition("[CALL_ID]")[0].strip()
        call = read_call({"name": name, "arguments": arguments}, tools)
        return [call] if call else []
    calls = []
    for value in _values(body):
        for one in value if isinstance(value, list) else [value]:
            if not (call := read_call(one, tools)):
                return []
            calls.append(call)
    return calls


def _values(body: str) -> Iterator[Any]:
    """JSON values, one after another; a single None for a text that is something else."""
    at, body = 0, body.strip()
    while at < len(body):
        try:
            value, at = _decoder.raw_decode(body, at)
        except (ValueError, RecursionError):
            yield None
            return
        yield value
        while at < len(body) and body[at] in "; \n,":
            at += 1


def read_call(value: Any, tools: Tools) -> Call | None:
    """A call of one of these tools, from JSON; None if it is none."""
    if not isinstance(value, Mapping) or value.get("name") not in tools:
        return None
    arguments = value.get("arguments", value.get("parameters", {}))
    try:
        text = arguments if isinstance(arguments, str) else json.dumps(arguments, allow_nan=False)
        parsed = from_json(text.encode(), allow_inf_nan=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict):
        return None
    return Call(value["name"], json.dumps(parsed, ensure_ascii=False))


def _begun(text: str, mark: str) -> int:
    """Length of the longest end of the text that begins the mark."""
    return next((n for n in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:n])), 0)


_decoder = json.JSONDecoder()
