"""From tokens to text: characters that several tokens make, ends, and what may stand before a stop sequence."""

from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from services.llm.generation import Finish, Job, Logprob, Sampling, Text
from services.llm.sequence import Sequence, StopScanner

END = "<|end|>"
CALL = "<tool_call>"


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    """Every byte is a token, so that a Chinese character takes three."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({letter: number for number, letter in enumerate(letters)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=backend, extra_special_tokens=[END, CALL])


def written(tokenizer: Any, text: str, **wishes: Any) -> tuple[list[str], Finish | None, int]:
    """The pieces a sequence makes of the tokens of a text, its end, and how many tokens it took."""
    tokens = tokenizer(text).input_ids
    end = tokenizer.convert_tokens_to_ids(END)
    sampling = Sampling(wishes.pop("max_tokens", 1000), **wishes)
    sequence = Sequence(Job([1, 2], sampling, print), tokenizer, frozenset({end}))
    pieces: list[str] = []
    for count, token in enumerate(tokens, 1):
        piece, finish = sequence.take(Logprob(token, 0.0))
        if isinstance(piece, Text) and piece.text:
            pieces.append(piece.text)
        if finish:
            return pieces, finish, count
    return pieces, None, len(tokens)


@pytest.mark.parametrize("text", ["退货需要几天？", "a €5 note — 好的 👍🏽 done", "naïve", "\n\n  x  "])
def test_no_piece_ever_holds_half_a_character(tokenizer: Any, text: str) -> None:
    pieces, _, tokens = written(tokenizer, text)
    assert "".join(pieces) == text
    assert "�" not in "".join(pieces)
    assert len(pieces) <= tokens


def test_half_a_character_at_the_end_is_left_out(tokenizer: Any) -> None:
    pieces, finish, _ = written(tokenizer, "好的", max_tokens=5)
    assert pieces == ["好"]
    assert finish == Finish("length", 2, 5)


def test_the_end_of_sequence_is_counted_and_not_shown(tokenizer: Any) -> None:
    pieces, finish, tokens = written(tokenizer, f"hi{END}more")
    assert "".join(pieces) == "hi"
    assert finish == Finish("stop", 2, 3)
    assert tokens == 3


def test_control_tokens_are_shown_only_to_who_asks(tokenizer: Any) -> None:
    assert "".join(written(tokenizer, f"a{CALL}b")[0]) == "ab"
    assert "".join(written(tokenizer, f"a{CALL}b", shows_control_tokens=True)[0]) == f"a{CALL}b"


@pytest.mark.parametrize(
    ("text", "stop", "shown"),
    [
        ("one two three", ("two",), "one "),
        ("abababac rest", ("ababac",), "ab"),
        ("退货流程如下：退款", ("如下", "退款"), "退货流程"),
        ("first second", ("cond", "second"), "first "),
        ("nothing here", ("absent",), "nothing here"),
        ("ends with par", ("part",), "ends with par"),
    ],
)
def test_text_ends_before_the_first_stop_sequence(
    tokenizer: Any, text: str, stop: tuple[str, ...], shown: str
) -> None:
    tokens = len(tokenizer(text).input_ids)
    pieces, finish, _ = written(tokenizer, text, stop=stop, max_tokens=tokens)
    assert "".join(pieces) == shown
    assert finish is not None
    assert finish.reason == ("length" if shown == text else "stop")


def test_nothing_is_shown_that_may_begin_a_stop_sequence() -> None:
    scanner = StopScanner(("END",))
    assert [scanner.feed(letter) for letter in "aENbEND"] == ["a", "", "", "ENb", "", "", ""]
    assert scanner.found
    assert scanner.rest() == ""


def test_every_token_is_told_once_when_logprobs_are_asked_for(tokenizer: Any) -> None:
    sequence = Sequence(Job([1], Sampling(3, alternatives=0), print), tokenizer, frozenset())
    told: list[int] = []
    for token in tokenizer("好").input_ids:
        piece, _ = sequence.take(Logprob(token, -0.5))
        assert piece is not None
        told += [logprob.token for logprob in piece.logprobs]
    assert told == tokenizer("好").input_ids
