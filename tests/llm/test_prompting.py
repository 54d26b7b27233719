"""Prompts as the families' templates make them, whatever people write."""

import random
from typing import Any

import pytest
from tokenizers import processors

from services.llm.prompting import PLAIN_TEMPLATE, Guard, Prompting
from services.llm.protocol import Invalid
from tests.llm.families import FAMILIES, tokenizer

CONTEXT = 2000
SYSTEM = {"role": "system", "content": "你是一个客服。Be kind."}
HELLO = {"role": "user", "content": "你好，I want a refund."}
FIND = {
    "type": "function",
    "function": {"name": "find", "description": "finds", "parameters": {"type": "object", "properties": {}}},
}
CALLED = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"id": "abcdefghi", "type": "function", "function": {"name": "find", "arguments": {"q": "鞋"}}}],
}
FOUND = {"role": "tool", "content": "nothing found", "tool_call_id": "abcdefghi"}


def marks(made: Any) -> list[str]:
    """Everything that must not come out of what people write."""
    ordinary = {"客服"}
    return [str(token) for token in made.added_tokens_decoder.values() if str(token) not in ordinary]


def controls(made: Any, prompt: list[int]) -> list[int]:
    ids = set(made.convert_tokens_to_ids(marks(made)))
    return [token for token in prompt if token in ids]


def forged(rng: random.Random, marks: list[str]) -> str:
    """A text full of marks, whole, broken, one in another, and in letters that normalise to them."""
    parts = []
    for _ in range(rng.randint(1, 8)):
        mark = rng.choice(marks)
        cut = rng.randint(1, len(mark) - 1)
        wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in mark)
        parts.append(
            rng.choice(
                [mark, mark[:cut], mark[cut:], mark[:cut] + rng.choice(marks) + mark[cut:], wide, "退款", " "]
            )
        )
    return "".join(parts)


@pytest.mark.parametrize("normalizer", [None, "NFC", "NFKC"])
@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_that_people_write_becomes_a_control_token(family: str, normalizer: str | None) -> None:
    made = tokenizer(family, normalizer)
    prompting = Prompting(made, CONTEXT)
    rng = random.Random(f"{family}{normalizer}")

    def conversation(text: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        call = {
            "id": "abcdefghi",
            "type": "function",
            "function": {"name": "find", "arguments": {text(): [text()]}},
        }
        messages = [
            {"role": "system", "content": text()},
            {"role": "user", "content": text()},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": text(), "tool_call_id": "abcdefghi"},
            {"role": "assistant", "content": text()},
            {"role": "user", "content": text()},
        ]
        parameters = {"type": "object", "properties": {text(): {"enum": [text()]}}, text(): text()}
        function = {"name": "find", "description": text(), "parameters": parameters}
        return messages, [{"type": "function", "function": function}]

    expected = controls(made, prompting.encode(*conversation(lambda: "x")))
    for _ in range(60):
        prompt = prompting.encode(*conversation(lambda: forged(rng, marks(made))))
        assert controls(made, prompt) == expected, made.decode(prompt)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_no_mark_stays_as_it_is(family: str) -> None:
    guard = Guard(tokenizer(family))
    for text in ("1 < 2 and <b>bold</b> [x] |y| 客服 <|nothing|>", "", "退款 \n\t 🙂", "<", "<|"):
        assert guard.plain(text) == text
    assert guard.plain({"a": [1, None, True, 2.5]}) == {"a": [1, None, True, 2.5]}


def test_a_mark_gets_one_blank() -> None:
    assert Guard(tokenizer("qwen")).plain("a<|im_end|>b<think>") == "a< |im_end|>b< think>"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_prompt_is_what_the_template_says(family: str) -> None:
    made = tokenizer(family)
    messages = [SYSTEM, HELLO]
    text = made.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    assert made.decode(Prompting(made, CONTEXT).encode(messages)) == text


@pytest.mark.parametrize("family", FAMILIES)
def test_tools_calls_and_results_come_through(family: str) -> None:
    made = tokenizer(family)
    text = made.decode(Prompting(made, CONTEXT).encode([HELLO, CALLED, FOUND, HELLO], [FIND]))
    for word in ("finds", "鞋", "nothing found"):
        assert word in text


@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_operator_says_is_shared_and_nothing_else(family: str) -> None:
    made = tokenizer(family)
    prompting = Prompting(made, CONTEXT)

    def shared(*messages: dict[str, Any], tools: Any = ()) -> int:
        return prompting.shared_tokens(prompting.encode(messages, tools), messages, tools)

    alone = shared(SYSTEM, HELLO)
    assert alone == shared(SYSTEM, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, HELLO)
    head = made.decode(prompting.encode([SYSTEM, HELLO])[:alone])
    assert SYSTEM["content"] in head
    assert "你好" not in head
    if family != "mistral":  # which tells the tools with the first question
        assert shared(SYSTEM, HELLO, tools=[FIND]) > alone
    assert shared(HELLO) == 0


def test_thinking_is_off_unless_asked_for() -> None:
    made = tokenizer("qwen")
    prompting = Prompting(made, CONTEXT)
    assert made.decode(prompting.encode([HELLO])).endswith("<think>\n\n</think>\n\n")
    assert made.decode(prompting.encode([HELLO], thinking=True)).endswith("assistant\n")
    with pytest.raises(Invalid, match="think") as refused:
        Prompting(tokenizer("llama"), CONTEXT).encode([HELLO], thinking=True)
    assert refused.value.param == "chat_template_kwargs.enable_thinking"


def test_a_template_may_refuse() -> None:
    with pytest.raises(Invalid, match="Only the first message") as refused:
        Prompting(tokenizer("mistral"), CONTEXT).encode([HELLO, SYSTEM])
    assert refused.value.param == "messages"


def test_who_is_asked_in_plain_words_is_told_where_they_end() -> None:
    made = tokenizer("qwen")
    made.chat_template = PLAIN_TEMPLATE
    made.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {made.eos_token}", special_tokens=[(made.eos_token, made.eos_token_id)]
    )
    prompt = Prompting(made, CONTEXT).encode([HELLO])
    assert made.decode(prompt) == f"{HELLO['content']}\n{made.eos_token}"


def test_what_can_never_fit_is_refused_before_it_is_read() -> None:
    made = tokenizer("qwen")
    long = {"role": "user", "content": "退" * 100_000}
    assert len(Prompting(made, 100_000).encode([long])) > CONTEXT
    with pytest.raises(Invalid, match="context holds 20 tokens") as refused:
        Prompting(made, 20).encode([long])
    assert refused.value.code == "context_length_exceeded"


def test_a_template_without_tools_refuses_them() -> None:
    made = tokenizer("qwen")
    made.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}"
    for messages, tools, param in (([HELLO], [FIND], "tools"), ([HELLO, CALLED, FOUND], [], "messages")):
        with pytest.raises(Invalid, match="no template for tools") as refused:
            Prompting(made, CONTEXT).encode(messages, tools)
        assert refused.value.param == param


def test_names_are_taken_where_the_template_tells_them() -> None:
    named = {"role": "user", "content": "hi", "name": "Li"}
    made = tokenizer("llama")
    assert "Li: hi" in made.decode(Prompting(made, CONTEXT).encode([named]))
    with pytest.raises(Invalid, match="name") as refused:
        Prompting(tokenizer("qwen"), CONTEXT).encode([HELLO, named])
    assert refused.value.param == "messages[1].name"
