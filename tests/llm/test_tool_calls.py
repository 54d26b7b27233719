"""Calls are found in what models write, however it is cut into pieces; everything else stays text."""

import json
import random
from typing import Any

import numpy as np
import pytest

from services.llm.dialects import GLM, HERMES, LLAMA, MISTRAL, MISTRAL_NAMED, Dialect, amid_text, dialect
from services.llm.grammar import Grammars, laid_out
from services.llm.tool_calls import Call, First, Part, Reader
from tests.llm.families import FAMILIES, VOCABULARY, tokenizer

TOOLS: dict[str, Any] = {"find": {}, "buy": {"type": "object", "properties": {"n": {"type": "integer"}}}}
SHOES = Call("find", '{"q": "鞋"}')
ONE = Call("buy", '{"n": 1}')
HERMES_SHOES = '<tool_call>\n{"name": "find", "arguments": {"q": "鞋"}}\n</tool_call>'
HERMES_ONE = '<tool_call>{"arguments": "{\\"n\\":1}", "name": "buy"}</tool_call>'

CASES: list[tuple[Dialect, str, list[Part]]] = [
    (HERMES, "", []),
    (HERMES, "Good day. ", ["Good day. "]),
    (HERMES, HERMES_SHOES, [SHOES]),
    (HERMES, f"Let me see.\n\n{HERMES_SHOES}\n{HERMES_ONE}\n", ["Let me see.", SHOES, ONE]),
    (HERMES, f"{HERMES_SHOES} That was it.", [SHOES, " That was it."]),
    (HERMES, '<tool_call>\n{"name": "find", "arguments": {"q": "鞋"}}', [SHOES]),
    (HERMES, '<tool_call>{"name": "sell", "arguments": {}}</tool_call>', ...),
    (HERMES, '<tool_call>{"name": "find", "arguments": [1]}</tool_call>', ...),
    (HERMES, '<tool_call>{"name": "find", "arguments": {"q": NaN}}</tool_call>', ...),
    (HERMES, '<tool_call>{"name": "find", "arguments": "\\ud800"}</tool_call>', ...),
    (HERMES, "<tool_call>" + "[" * 5000, ...),
    (HERMES, "<tool_call>nonsense</tool_call> and <tool", ...),
    (HERMES, "a <tool b </tool_call> <", ...),
    (MISTRAL, "Good day.", ["Good day."]),
    (MISTRAL, '[TOOL_CALLS] [{"name": "find", "arguments": {"q": "鞋"}, "id": "a"}]', [SHOES]),
    (
        MISTRAL,
        '[TOOL_CALLS][{"name": "find", "arguments": {"q": "鞋"}},{"name":"buy","arguments":{"n":1}}]',
        [SHOES, ONE],
    ),
    (MISTRAL, "[TOOL_CALLS] I do not know", ...),
    (MISTRAL, "[TOOL_CALLS][]", ...),
    (MISTRAL_NAMED, '[TOOL_CALLS]find[ARGS]{"q": "鞋"}[TOOL_CALLS]buy[ARGS]{"n":1}', [SHOES, ONE]),
    (MISTRAL_NAMED, 'Yes. [TOOL_CALLS]find[CALL_ID]abcdefghi[ARGS]{"q": "鞋"}', ["Yes.", SHOES]),
    (MISTRAL_NAMED, "[TOOL_CALLS]sell[ARGS]{}", ...),
    (LLAMA, "Good day.", ["Good day."]),
    (LLAMA, '{"name": "find", "parameters": {"q": "鞋"}}', [SHOES]),
    (
        LLAMA,
        '\n<|python_tag|>{"name": "find", "parameters": {"q": "鞋"}}; {"name": "buy", "parameters": {"n": 1}}',
        [SHOES, ONE],
    ),
    (LLAMA, '{"name": "sell", "parameters": {}}', ...),
    (LLAMA, '{"some": "json"} and more', ...),
    (LLAMA, "<|python", ...),
    (GLM, "Good day.", ["Good day."]),
    (GLM, 'find\n{"q": "鞋"}', [SHOES]),
    (GLM, "\nfind\n{}", [Call("find", "{}")]),
    (GLM, "find out for yourself", ...),
    (GLM, "find", ...),
    (GLM, "find\nit", ...),
]


def joined(parts: list[Part]) -> list[Part]:
    """Neighbouring texts as one."""
    whole: list[Part] = []
    for part in parts:
        if whole and isinstance(part, str) and isinstance(whole[-1], str):
            whole[-1] += part
        else:
            whole.append(part)
    return whole


def read(reader: Reader, pieces: list[str]) -> list[Part]:
    parts = [part for piece in pieces for part in reader.feed(piece)]
    return joined(parts + reader.end())


def cuts(text: str) -> list[list[str]]:
    """The text in one piece, in letters, and cut in some places."""
    rng = random.Random(text)
    some = [[text], list(text)]
    for _ in range(20):
        places = sorted(rng.sample(range(len(text) + 1), min(3, len(text))))
        some.append([text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)])
    return some


@pytest.mark.parametrize(("style", "text", "expected"), CASES)
def test_calls_are_found_and_the_rest_stays(style: Dialect, text: str, expected: Any) -> None:
    for pieces in cuts(text):
        parts = read(style.reader(TOOLS), pieces)
        assert parts == ([text] if expected is ... else expected), pieces


def test_only_the_first_call_may_be_wanted() -> None:
    for pieces in cuts(f"Yes. {HERMES_SHOES}\n{HERMES_ONE} And so on."):
        assert read(First(HERMES.reader(TOOLS)), pieces) == ["Yes.", SHOES, " And so on."]


def test_text_goes_out_as_soon_as_it_is_certain() -> None:
    reader = HERMES.reader(TOOLS)
    assert reader.feed("Good day") == ["Good day"]
    assert reader.feed(". <to") == ["."]
    assert reader.feed("p>") == [" <top>"]
    assert reader.feed("\n<tool_call>") == []
    assert reader.feed(HERMES_SHOES.removeprefix("<tool_call>")) == [SHOES]
    reader = GLM.reader(TOOLS)
    assert reader.feed("fi") == []
    assert reader.feed("ne") == ["fine"]
    assert reader.feed(" day") == [" day"]


@pytest.mark.parametrize(
    ("family", "expected"), [("qwen", HERMES), ("mistral", MISTRAL), ("llama", LLAMA), ("glm", GLM)]
)
def test_the_dialect_shows_in_the_template(family: str, expected: Dialect) -> None:
    assert dialect(FAMILIES[family][-1]) is expected


def test_a_dialect_that_is_not_known_is_none() -> None:
    assert dialect("{{ messages }}") is None
    assert dialect("<tool_call>\n<function=x>") is None  # Qwen3-Coder's
    assert dialect("<tool_call>{{ name }}\n<arg_key> <|observation|>") is None  # GLM-4.5's
    assert dialect("[TOOL_CALLS]{{ name }}[ARGS]") is MISTRAL_NAMED


XML = {
    "start_anchor": "<|im_start|>assistant\n",
    "fields": {
        "tool_calls": {
            "open_pattern": r"\s*<tool_call>\s*<function=(?P<name>[^>\n]+)>",
            "close_pattern": r"</function>\s*</tool_call>",
            "repeats": True,
            "content": "xml-inline",
            "content_args": {"tag_pattern": r"<parameter=(?P<key>[^>\n]+)>\s*(?P<value>.*?)\s*</parameter>"},
            "transform": {"type": "function", "function": {"name": "{name}", "arguments": "{content}"}},
        },
        "content": {"close_pattern": r"\s*<\|im_end\|>", "content": "text"},
    },
}


def test_what_the_tokenizer_describes_is_read_by_transformers() -> None:
    style = dialect("<tool_call>\n<function=x>", XML)
    assert style is not None
    call = "<tool_call>\n<function=find>\n<parameter=q>\n鞋\n</parameter>\n</function>\n</tool_call>"
    other = "<tool_call><function=buy><parameter=n>1</parameter></function></tool_call>"
    for pieces in cuts(f"Let me see.\n{call}\n{other}<|im_end|>"):
        assert read(style.reader(TOOLS), pieces) == ["Let me see.", SHOES, ONE]
    for pieces in cuts("Good day.<|im_end|>"):
        assert read(style.reader(TOOLS), pieces) == ["Good day."]


SCHEMAS: dict[str, Any] = {
    "find": {
        "$defs": {"text": {"type": "string", "maxLength": 4}},
        "type": "object",
        "properties": {"q": {"$ref": "#/$defs/text"}},
        "required": ["q"],
        "additionalProperties": False,
    },
    "buy": {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 99}},
        "required": ["n"],
        "additionalProperties": False,
    },
}


def walk(grammars: Grammars, grammar: str, made: Any, seed: int) -> str:
    """A reply that chance writes under this grammar; it ends where it may."""
    following = grammars.of_calls(grammar, "tools")()
    rng = np.random.default_rng(seed)
    written: list[int] = []
    while len(written) < 2000:
        allowed = np.flatnonzero(np.unpackbits(following.mask().view(np.uint8), bitorder="little"))
        if made.eos_token_id in allowed and rng.random() < 0.5:
            break
        token = int(rng.choice(allowed[allowed != made.eos_token_id] if len(allowed) > 1 else allowed))
        if token == made.eos_token_id:
            break
        following.accept(token)
        written.append(token)
    assert not following.broke_off
    text: str = made.decode(written)
    return text


def check(call: Part) -> None:
    assert isinstance(call, Call)
    arguments = json.loads(call.arguments)
    if call.name == "find":
        assert len(arguments.pop("q")) <= 4
    else:
        assert 0 <= arguments.pop("n") <= 99
    assert arguments == {}


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    ("family", "style"),
    [("qwen", HERMES), ("mistral", MISTRAL), ("mistral", MISTRAL_NAMED), ("llama", LLAMA), ("glm", GLM)],
)
def test_a_forced_reply_is_calls_and_nothing_else(family: str, style: Dialect, several: bool) -> None:
    made = tokenizer(family)
    grammars = Grammars(made, VOCABULARY, frozenset([made.eos_token_id]))
    assert style.forced
    schemas = {name: laid_out(schema, "tools") for name, schema in SCHEMAS.items()}
    grammar = style.forced(schemas, several, grammars.quote)
    lengths = set()
    for seed in range(12):
        calls = read(style.reader(TOOLS), [walk(grammars, grammar, made, seed)])
        for call in calls:
            check(call)
        lengths.add(len(calls))
    assert (max(lengths) > 1) == (several and style is not GLM)
    assert min(lengths) == 1


def test_calls_amid_text_follow_their_schemas() -> None:
    made = tokenizer("qwen")
    grammars = Grammars(made, VOCABULARY, frozenset([made.eos_token_id]))
    schemas = {name: laid_out(schema, "tools") for name, schema in SCHEMAS.items()}
    grammar = amid_text(HERMES.forced(schemas, False, grammars.quote)) if HERMES.forced else ""
    following = grammars.of_calls(grammar, "tools")()

    def allowed() -> set[int]:
        return set(np.flatnonzero(np.unpackbits(following.mask().view(np.uint8), bitorder="little")).tolist())

    for token in made("Hello, 请问").input_ids:
        assert token in allowed()
        following.accept(token)
    mark = made.convert_tokens_to_ids("<tool_call>")
    assert {mark, made.eos_token_id} <= allowed()
    for token in made('<tool_call>\n{"name": "find", "arguments": {').input_ids:
        assert token in allowed()
        following.accept(token)
    assert made.eos_token_id not in allowed()
    for token in made('"q":"a"}}\n</tool_call>').input_ids:
        following.accept(token)
    assert not following.broke_off
    assert made.eos_token_id in allowed()
    assert mark not in allowed()
