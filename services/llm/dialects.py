"""How the families of models call tools, and what forces them to. Which way is whose shows in the chat template."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.llm.tool_calls import Call, Described, Marked, Reader, Tools, Whole, read_call, read_calls

MOST_CALLS = 16
"""So many calls at once may be forced."""

Quote = Callable[[str], str]
"""How a grammar says a text that the tokenizer may know as one token."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of writing tool calls."""

    marks: tuple[str, ...] | None
    """Tokens that belong to a call and have to be part of the text; None if any may."""
    opens: str | None
    """What begins the calls after other text; None if a reply is either text or calls."""
    reader: Callable[[Tools], Reader]
    """A reader for a reply."""
    forced: Callable[[Tools, bool, Quote], str] | None
    """A grammar in Lark for a reply that calls, by schemas of the arguments and whether there may be several."""
    results: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = lambda messages: messages
    """Earlier calls and their results as the chat template wants them."""


def dialect(template: str, response_template: dict[str, Any] | None = None) -> Dialect | None:
    """The dialect of the model with this chat template; None if it has none that is known here."""
    if "<tool_call>" in template and "<function=" not in template and "<arg_key>" not in template:
        return HERMES
    if "[TOOL_CALLS]" in template:
        return MISTRAL_NAMED if "[ARGS]" in template else MISTRAL
    if "<|observation|>" in template and "<tool_call>" not in template:
        return GLM
    if "<|python_tag|>" in template or ('"parameters": ' in template and "ipython" in template):
        return LLAMA
    if response_template:
        return Dialect(None, None, lambda tools: Described(response_template, tools), None)
    return None


def amid_text(calls: str) -> str:
    """The grammar for a reply that may be text and then such calls as this grammar forces."""
    return calls.replace("start:", "forced:", 1) + "start: TEXT (forced TEXT)?\nTEXT: /(.|\\n)*/\n"


def _repeated(calls: Iterable[str], separator: str, several: bool) -> str:
    """A grammar for one of these calls, or for some of them in a row."""
    more = f" ({separator} call){{0,{MOST_CALLS - 1}}}" if several else ""
    return f"start: call{more}\ncall: {' | '.join(calls)}\n"


def _object(name: str, schema: Any, arguments: str) -> str:
    """A call as a JSON object. The schema stands by itself, so that its references stay what they are."""
    before = json.dumps(f'{{"name": "{name}", "{arguments}": ')
    return f'{before} %json {json.dumps(schema)} "}}"'


def _hermes(schemas: Tools, several: bool, quote: Quote) -> str:
    opens, closes = quote("<tool_call>"), quote("</tool_call>")
    calls = (f'{opens} "\\n" {_object(*tool, "arguments")} "\\n" {closes}' for tool in schemas.items())
    return _repeated(calls, '"\\n"', several)


def _mistral(schemas: Tools, several: bool, quote: Quote) -> str:
    calls = _repeated((_object(*tool, "arguments") for tool in schemas.items()), '", "', several)
    return f'start: {quote("[TOOL_CALLS]")} "[" calls "]"\n{calls.replace("start:", "calls:", 1)}'


def _mistral_named(schemas: Tools, several: bool, quote: Quote) -> str:
    opens, goes_on = quote("[TOOL_CALLS]"), quote("[ARGS]")
    calls = (f"{opens} {json.dumps(name)} {goes_on} %json {json.dumps(schema)}" for name, schema in schemas.items())
    return _repeated(calls, "", several)


def _llama(schemas: Tools, several: bool, quote: Quote) -> str:
    return _repeated((_object(*tool, "parameters") for tool in schemas.items()), '"; "', several)


def _glm(schemas: Tools, several: bool, quote: Quote) -> str:
    calls = (f'{json.dumps(name)} "\\n" %json {json.dumps(schema)}' for name, schema in schemas.items())
    return _repeated(calls, "", several=False)  # a reply holds one


def _read_llama(tools: Tools) -> Reader:
    def may_call(text: str) -> bool:
        return text.startswith("{") or text.startswith(PYTHON_TAG) or PYTHON_TAG.startswith(text)

    return Whole(may_call, lambda text: read_calls(text.strip().removeprefix(PYTHON_TAG), tools))


def _read_glm(tools: Tools) -> Reader:
    def may_call(text: str) -> bool:
        return any(text.startswith(f"{name}\n") or f"{name}\n".startswith(text) for name in tools)

    def read(text: str) -> list[Call]:
        name, _, arguments = text.strip().partition("\n")
        call = read_call({"name": name.strip(), "arguments": arguments}, tools)
        return [call] if call else []

    return Whole(may_call, read)


def _glm_messages(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """GLM-4's template knows calls as messages with the tool's name as metadata, and results as observations."""
    said: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "tool":
            said.append({"role": "observation", "content": message["content"]})
            continue
        if message["content"] or not message.get("tool_calls"):
            said.append({key: value for key, value in message.items() if key != "tool_calls"})
        for call in message.get("tool_calls", ()):
            arguments = json.dumps(call["function"]["arguments"], ensure_ascii=False)
            said.append({"role": "assistant", "metadata": call["function"]["name"], "content": arguments})
    return said


PYTHON_TAG = "<|python_tag|>"
HERMES = Dialect(
    ("<tool_call>", "</tool_call>"),
    "<tool_call>",
    lambda tools: Marked(tools, "<tool_call>", "</tool_call>"),
    _hermes,
)
MISTRAL = Dialect(("[TOOL_CALLS]",), "[TOOL_CALLS]", lambda tools: Marked(tools, "[TOOL_CALLS]", None), _mistral)
MISTRAL_NAMED = Dialect(
    ("[TOOL_CALLS]", "[ARGS]", "[CALL_ID]"),
    "[TOOL_CALLS]",
    lambda tools: Marked(tools, "[TOOL_CALLS]", None),
    _mistral_named,
)
LLAMA = Dialect((PYTHON_TAG,), None, _read_llama, _llama)
GLM = Dialect((), None, _read_glm, _glm, _glm_messages)
