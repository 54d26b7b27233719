"""Pasting questions and answers, in the ways that people write them down."""

import pytest

from frontdesk.errors import Invalid
from frontdesk.knowledge.entries_text import EntryText, parse_entries


@pytest.mark.parametrize(
    "text",
    [
        "Q: How long?\nA: Three days.",
        "q:How long?\na:Three days.",
        "Q：How long?\nA：Three days.",
        "Question: How long?\nAnswer: Three days.",
        "问：How long?\n答：Three days.",
        "问题: How long?\n答案: Three days.",
        "Q1: How long?\nA1: Three days.",
        "问题1：How long?\n答案1：Three days.",
        "1. Q: How long?\n   A: Three days.",
        "3、问：How long?\n答：Three days.",
        "**Q: How long?**\n**A:** Three days.",
        "### Q: How long?\n\nA: Three days.\n\n---\n",
        "Q: How long? A: Three days.",
        "问：How long? 答：Three days.",
        "\ufeffQ: How long?\r\nA:\r\nThree days.\r\n",
    ],
)
def test_ways_to_write_one_entry(text):
    assert parse_entries(text) == [EntryText(("How long?",), "Three days.")]


def test_several_questions_share_an_answer_of_several_lines():
    text = (
        "问：运费多少？\n问：邮费怎么算？\n答：满 99 元包邮。\n\n- 海南 18 元\n- 西藏 25 元\n\n"
        "问：能自提吗？\n答：可以。\n"
    )
    assert parse_entries(text) == [
        EntryText(("运费多少？", "邮费怎么算？"), "满 99 元包邮。\n\n- 海南 18 元\n- 西藏 25 元"),
        EntryText(("能自提吗？",), "可以。"),
    ]


def test_a_question_may_go_on_over_two_lines_and_is_taken_once():
    text = "Q: How do I return an item\nthat was a present?\nQ: How long?\nQ: How long?\nA: Ask us."
    assert parse_entries(text) == [
        EntryText(("How do I return an item that was a present?", "How long?"), "Ask us.")
    ]


@pytest.mark.parametrize("words", ["Is plan A: the cheap one?", "Which plug, type A?", "什么是 A 类商品？"])
def test_a_letter_a_within_a_question_is_no_answer(words):
    assert parse_entries(f"Q: {words}\nA: Yes.") == [EntryText((words,), "Yes.")]


@pytest.mark.parametrize(
    "words", ["See https://a.example/q: it says so.", "Answers: ask us.", "答复会很快：一天内。"]
)
def test_a_colon_within_an_answer_is_no_mark(words):
    assert parse_entries(f"Q: Why?\nA: First.\n{words}") == [EntryText(("Why?",), f"First.\n{words}")]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("A: Three days.", 1, "this answer has no question"),
        ("Q: How long?\nA: Three days.\n\nA: Or four.", 4, "this answer has no question"),
        ("Q: How long?", 1, "this question has no answer"),
        ("Q: Fee?\nA: Ten.\nQ: How long?\nQ: When?", 3, "this question has no answer"),
        ("Q: How long?\nA:\n\nQ: Fee?\nA: Ten.", 2, "this answer is empty"),
        ("Q:\nA: Ten.", 1, "this question is empty"),
        ("常见问题\n问：运费？\n答：十元。", 1, "a question that begins with Q: or 问： is expected here"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_line(text, line, problem):
    with pytest.raises(Invalid) as refusal:
        parse_entries(text)
    assert refusal.value.code == "entries_unreadable"
    assert refusal.value.message == f"Line {line}: {problem}."
    assert refusal.value.details == [{"line": line}]


@pytest.mark.parametrize("text", ["", " \n\n", "---"])
def test_no_question_at_all(text):
    with pytest.raises(Invalid, match="no question"):
        parse_entries(text)


@pytest.mark.parametrize("mark", ["*", "#", "-", "> ", "1. "])
def test_a_long_row_of_marks_is_read_at_once(mark: str) -> None:
    entry = f"Q: question\n{mark * 300}\nA: answer\n{mark * 300}"
    assert parse_entries(entry)
