"""Schemas that are followed to the letter, and schemas that are meant to hurt."""

import json
import time
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from services.llm.grammar import Following, Grammars, check_schemas
from services.llm.protocol import Invalid
from tests.llm.families import VOCABULARY, tokenizer

EXACT: dict[str, Any] = {
    "type": "object",
    "properties": {"好": {"type": "integer"}},
    "required": ["好"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def grammars() -> Grammars:
    made = tokenizer("qwen")
    return Grammars(made, VOCABULARY, frozenset(made.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])))


def allowed(following: Following) -> set[int]:
    mask = following.mask()
    assert mask.dtype == np.int32
    assert mask.shape == (-(-VOCABULARY // 32),)
    return set(np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little")).tolist())


def test_the_end_allows_the_end_only(grammars: Grammars) -> None:
    made = tokenizer("qwen")
    ends = set(made.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"]))
    following = grammars.of_schema(EXACT, "response_format")()
    for token in made('{\n  "好": 12').input_ids:
        assert token in allowed(following)
        assert not ends & allowed(following)
        following.accept(token)
    following.accept(made("}").input_ids[0])
    assert allowed(following) == ends
    following.accept(made.eos_token_id)
    assert allowed(following) == ends
    assert not following.broke_off


def test_each_reply_begins_anew(grammars: Grammars) -> None:
    begin = grammars.of_schema(EXACT, "response_format")
    one, other = begin(), begin()
    for token in tokenizer("qwen")('{"好":').input_ids:
        one.accept(token)
    assert allowed(one) != allowed(other) == allowed(begin())


def test_no_token_beyond_the_tokenizer_is_allowed(grammars: Grammars) -> None:
    made = tokenizer("qwen")
    following = grammars.of_schema({}, "response_format")()
    assert max(allowed(following)) < len(made) < VOCABULARY
    for token in made('"a').input_ids:
        following.accept(token)
    assert max(allowed(following)) < len(made)


@pytest.mark.parametrize("family", ["qwen", "llama", "glm", "mistral"])
def test_a_token_is_known_as_bytes(family: str) -> None:
    made = tokenizer(family)
    grammars = Grammars(made, VOCABULARY, frozenset())
    text = "您好 refund 🙂"
    assert b"".join(map(grammars.token_bytes, made(text).input_ids)) == text.encode()
    assert grammars.token_bytes(made.eos_token_id) == made.eos_token.encode()


def test_a_model_that_never_ends_keeps_no_form() -> None:
    with pytest.raises(Invalid, match="held to a form"):
        Grammars(tokenizer("qwen"), VOCABULARY, frozenset()).of_schema(EXACT, "response_format")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "nonsense"}, "nonsense"),
        ({"type": "object", "properties": 5}, "properties"),
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"not": {"type": "string"}}, "not"),
        (False, "not"),
        ({"$ref": "http://example.com/schema"}, "example.com"),
        ({"$ref": "#/$defs/none"}, "none"),
        ({"type": "string", "pattern": "(?=a)b"}, "look-around"),
        ({"type": "string", "format": "nonsense"}, "nonsense"),
        ({"type": "string", "minLength": 5, "maxLength": 2}, ""),
        ({"type": "integer", "multipleOf": 999_983}, "multipleOf"),
        ({"properties": {f"p{n}": {"type": "integer", "multipleOf": 990 + n} for n in range(9)}}, "multipleOf"),
        ({"type": "integer", "multipleOf": 1e-9}, "multipleOf"),
        ({"type": "integer", "multipleOf": 10**400}, "multipleOf"),
        ({"type": "integer", "multipleOf": -(10**400)}, "multipleOf"),
        ({"enum": ["x" * 200_000]}, "characters"),
    ],
)
def test_a_schema_that_cannot_be_followed_is_refused(grammars: Grammars, schema: Any, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        grammars.of_schema(schema, "response_format")
    assert refused.value.param == "response_format"
    assert words in str(refused.value)
    assert len(str(refused.value)) < 400


def nested(depth: int) -> Any:
    schema: Any = {"type": "integer"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    return schema


HOSTILE: dict[str, Any] = {
    "deep": nested(31),
    "too deep": nested(400),
    "repeated repetitions": {"type": "string", "pattern": "^((a{1,100}){1,100}){1,100}$"},
    "nested stars": {"type": "string", "pattern": "^(a+)+(a|a)*$"},
    "look back": {"type": "string", "pattern": "^(.*a.{2000}b.*c.{1000}|[\\w]{1,900}x){3,50}$"},
    "long text": {"type": "string", "minLength": 10**9, "maxLength": 10**9},
    "many items": {"type": "array", "items": {"type": "integer"}, "minItems": 10**6, "maxItems": 10**7},
    "many properties": {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(2000)}},
    "many values": {"enum": [f"v{n}" for n in range(8000)]},
    "endless loop": {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    "tree": {"$defs": {"n": {"properties": {"c": {"items": {"$ref": "#/$defs/n"}}}}}, "$ref": "#/$defs/n"},
    "products": {
        "allOf": [{"anyOf": [{"properties": {f"p{j}": {"const": i}}} for i in range(4)]} for j in range(10)]
    },
    "alternatives": {"anyOf": [{"properties": {f"p{n}": {}}, "required": [f"p{n % 7}"]} for n in range(300)]},
    "large numbers": {"type": "integer", "minimum": -(10**300), "maximum": 10**300},
    "patterns": {"patternProperties": {f"^(a+)+{n}$": {} for n in range(50)}, "additionalProperties": False},
    "own layout": {"type": "object", "x-guidance": {"whitespace_pattern": "(a|b)*"}},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_schema_costs_little(grammars: Grammars, name: str) -> None:
    began = time.process_time()
    rng = np.random.default_rng(1)
    try:
        following = grammars.of_schema(HOSTILE[name], "response_format")()
        for _ in range(100):
            choice = allowed(following)
            assert choice  # something can always be chosen
            following.accept(int(rng.choice(sorted(choice))))
    except Invalid:
        pass
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("schemas", "param", "words"),
    [
        ({"one": {"enum": ["x" * 60_000]}, "two": {"enum": ["y" * 60_000]}}, "two", "characters in all"),
        ({"one": {}, "two": nested(400)}, "two", "nested deeper"),
    ],
)
def test_schemas_that_cost_too_much_to_write_out_are_refused(schemas: Any, param: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        check_schemas(schemas)
    assert refused.value.param == param


def test_what_is_compiled_is_kept(grammars: Grammars) -> None:
    schema = {"enum": [f"k{n}" for n in range(5000)]}
    grammars.of_schema(schema, "response_format")
    began = time.process_time()
    grammars.of_schema(json.loads(json.dumps(schema)), "response_format")()
    assert time.process_time() - began < 0.05


def test_a_tokenizer_of_an_unknown_kind_is_served_without_grammars() -> None:
    backend = Tokenizer(models.WordLevel({"<unk>": 0, "</s>": 1, "word": 2}, unk_token="<unk>"))
    made = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>")
    grammars = Grammars(made, 10, frozenset([1]))
    assert grammars.token_bytes(2) == b"word"
    with pytest.raises(Invalid, match="held to a form"):
        grammars.of_schema(EXACT, "response_format")
