"""Replies that follow a JSON schema or a grammar: which tokens may come next, by llguidance."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from llguidance.hf import from_tokenizer
from numpy.typing import NDArray

from services.llm.protocol import Invalid

MOST_CHARACTERS = 100_000
DEEPEST = 64
MOST_DIVISOR = 1_000
"""`multipleOf` becomes an automaton with so many states, all of them together."""
GRAMMARS = 128
"""So many compiled ones are kept."""
LIMITS = LLParserLimits(max_lexer_states=50_000, precompute_large_lexemes=False, verbose_errors=False)
LAYOUT = {"whitespace_pattern": r"\n? {0,16}", "coerce_one_of": True}
"""JSON on one line or indented, but not an endless row of blanks."""


class Following:
    """A grammar on its way through one reply; called from the inference thread only."""

    def __init__(self, matcher: LLMatcher, words: int, end: NDArray[np.int32]) -> None:
        self._matcher = matcher
        self._words = words
        self._end = end

    def mask(self) -> NDArray[np.int32]:
        """Which tokens may come next, a bit each; after the end, and after an error, those that end the reply."""
        if self._matcher.is_stopped():
            return self._end
        mask = np.zeros(self._words, dtype=np.int32)
        self._matcher.unsafe_compute_mask_ptr(mask.ctypes.data, mask.nbytes)
        return self._end if self._matcher.is_error() else mask

    def accept(self, token: int) -> None:
        """Go on by the token that was chosen."""
        if not self._matcher.is_stopped():
            self._matcher.consume_token(token)

    @property
    def broke_off(self) -> bool:
        """Whether the grammar grew beyond its limits, so that what was written need not follow it."""
        return bool(self._matcher.is_error())


class Grammars:
    """The grammars of one model, and what its tokens are as bytes."""

    def __init__(self, tokenizer: Any, vocabulary: int, eos: frozenset[int]) -> None:
        """`vocabulary` is the width of the model's logits, which may exceed the tokenizer's."""
        self._tokenizer = tokenizer
        self._ends = sorted(eos)
        self._words = -(-vocabulary // 32)
        width = max(vocabulary, len(tokenizer))
        try:
            self._tokens: LLTokenizer | None = from_tokenizer(tokenizer, n_vocab=width, eos_token=self._ends or [0])
        except ValueError:  # llguidance does not know this kind, such as T5's
            self._tokens = None
        self._mask_words = -(-width // 32)
        self._end = np.zeros(self._words, dtype=np.int32)
        for token in self._ends:
            self._end.view(np.uint32)[token // 32] |= np.uint32(1 << token % 32)
        self._compiled = lru_cache(GRAMMARS)(self._compile)
        self.token_bytes = lru_cache(1 << 16)(self._token_bytes)
        """What a token stands for."""

    def of_schema(self, schema: dict[str, Any] | bool, param: str) -> Callable[[], Following]:
        """Begins a reply that fits the schema; raises Invalid for one that cannot be followed, naming `param`."""
        return self._begin(f"start: %json {json.dumps(laid_out(schema, param))}\n", param)

    def of_calls(self, grammar: str, param: str) -> Callable[[], Following]:
        """Begins a reply that follows a grammar in Lark; raises Invalid likewise."""
        return self._begin(grammar, param)

    def quote(self, text: str) -> str:
        """How a grammar says a text that may be one token of the tokenizer's own."""
        token = self._tokenizer.added_tokens_encoder.get(text)
        return json.dumps(text) if token is None else f"<[{token}]>"

    def _begin(self, grammar: str, param: str) -> Callable[[], Following]:
        if not self._ends or self._tokens is None:
            raise Invalid("This model's replies cannot be held to a form.", param)
        matcher, problem = self._compiled(self._tokens, grammar)
        if problem:
            raise Invalid(f"This cannot be followed: {problem}", param, "invalid_schema")
        return lambda: Following(matcher.deep_copy(), self._mask_words, self._end)

    def _token_bytes(self, token: int) -> bytes:
        if self._tokens is None:
            text: str = self._tokenizer.decode([token])
            return text.encode()
        return self._tokens.decode_bytes([token])

    def _compile(self, tokens: LLTokenizer, grammar: str) -> tuple[LLMatcher, str]:
        matcher = LLMatcher(tokens, LLMatcher.grammar_from_lark(grammar), limits=LIMITS, log_level=0)
        if not matcher.is_error():
            matcher.deep_copy().compute_bitmask()  # some are too large only when they are to be followed
        problem = matcher.get_error().rpartition("failed to compile JSON schema: ")[2]
        # What follows quotes the grammar, which is not what the caller wrote.
        problem = re.split(r"\s\d+ \| |<non-verbose/>", problem)[0]
        return matcher, " ".join(problem.split())[:300]


def check_schemas(schemas: Mapping[str, dict[str, Any] | bool]) -> None:
    """Refuse schemas that cost too much to look at or to write out; raises Invalid with the param at fault."""
    characters = 0
    for param, schema in schemas.items():
        characters += len(json.dumps(schema))
        if characters > MOST_CHARACTERS:
            raise Invalid(f"Schemas may have {MOST_CHARACTERS} characters in all.", param, "invalid_schema")
        if any(depth > DEEPEST for depth, _, _ in _walk(schema)):
            raise Invalid(f"The schema is nested deeper than {DEEPEST}.", param, "invalid_schema")


def laid_out(schema: dict[str, Any] | bool, param: str) -> dict[str, Any]:
    """A schema as grammars take it; raises Invalid for one that would cost too much to follow, naming `param`."""
    check_schemas({param: schema})
    divisors = 0.0
    for _, key, value in _walk(schema):
        if key == "multipleOf" and isinstance(value, int | float):
            share = min(abs(value), MOST_DIVISOR + 1)
            divisors += share if share >= 1 else 1 / share if share else 0
    if divisors > MOST_DIVISOR:
        raise Invalid(f"multipleOf is served up to {MOST_DIVISOR}.", param, "invalid_schema")
    return {**(schema if isinstance(schema, dict) else {} if schema else {"not": {}}), "x-guidance": LAYOUT}


def _walk(value: Any) -> Iterator[tuple[int, str, Any]]:
    left: list[tuple[int, str, Any]] = [(0, "", value)]
    while left:
        depth, key, value = left.pop()
        yield depth, key, value
        if isinstance(value, dict):
            left += [(depth + 1, name, inner) for name, inner in value.items()]
        elif isinstance(value, list):
            left += [(depth + 1, key, inner) for inner in value]
