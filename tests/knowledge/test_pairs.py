"""Documents of questions and answers: each pair is one chunk under its question, and nothing else is one."""

from pathlib import Path

import pytest

from frontdesk.knowledge.chunking import chunk, estimated_tokens
from frontdesk.knowledge.parsing import parse
from frontdesk.knowledge.parsing.asking import asks


def found(tmp_path: Path, text: str, name: str = "faq.txt") -> list[tuple[str | None, str]]:
    """Heading and text of every chunk of a file with this text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return [(piece.heading, piece.text) for piece in chunk(parse(path, name))]


@pytest.mark.parametrize(
    "text",
    [
        "Q: How long?\nA: Three days.\n\nQ: The fee?\nA: Ten.\n",
        "Q: How long?\nA: Three days.\nQ: The fee?\nA: Ten.\n",
        "问：How long?\n答：Three days.\n问：The fee?\n答：Ten.\n",
        "问题：How long?\n答案：Three days.\n\n问题：The fee?\n答案：Ten.\n",
        "1. 问：How long?\n答：Three days.\n2. 问：The fee?\n答：Ten.\n",
        "**Q1:** How long?\n**A1:** Three days.\n\n**Q2:** The fee?\n**A2:** Ten.\n",
        "**Q1: How long?**\n\nA1: Three days.\n\n**Q2: The fee?**\n\nA2: Ten.\n",
        "Q1. How long?\nA1. Three days.\n\nQ2. The fee?\nA2. Ten.\n",
        "【问】How long?\n【答】Three days.\n\n【问】The fee?\n【答】Ten.\n",
        "Q: How long? A: Three days.\n\nQ: The fee? A: Ten.\n",
        "## How long?\n\nThree days.\n\n## The fee?\n\nTen.\n",
        "1. How long?\n\nThree days.\n\n2. The fee?\n\nTen.\n",
    ],
)
@pytest.mark.parametrize("name", ["faq.txt", "faq.md"])
def test_ways_to_write_pairs(tmp_path: Path, text: str, name: str) -> None:
    assert found(tmp_path, text, name) == [("How long?", "Three days."), ("The fee?", "Ten.")]


@pytest.mark.parametrize(
    "page",
    [
        "<p><b>Q:</b> How long?<br>A: Three days.</p><p><b>Q:</b> The fee?<br>A: Ten.</p>",
        "<h3>Q: How long?</h3><p>A: Three days.</p><h3>Q: The fee?</h3><p>A: Ten.</p>",
        "<ul><li>Q: How long?<br>A: Three days.</li><li>Q: The fee?<br>A: Ten.</li></ul>",
        "<dl><dt>How long?</dt><dd>Three days.</dd><dt>The fee?</dt><dd>Ten.</dd></dl>",
    ],
)
def test_pairs_on_a_web_page(tmp_path: Path, page: str) -> None:
    chunks = found(tmp_path, f"<html><body>{page}</body></html>", "faq.html")
    assert chunks == [("How long?", "Three days."), ("The fee?", "Ten.")]


def test_headings_that_ask_have_their_whole_answer_in_one_chunk(tmp_path: Path) -> None:
    text = (
        "# Help\n\n## How do I return an item?\n\nWithin 7 days.\n\n### Exceptions\n\nSwimwear.\n\n"
        "## 如何开发票\n\n在订单页申请。\n\n## Contact\n\nMail us.\n"
    )
    assert found(tmp_path, text, "help.md") == [
        ("Help > How do I return an item?", "Within 7 days.\nExceptions\nSwimwear."),
        ("Help > 如何开发票", "在订单页申请。"),
        ("Help > Contact", "Mail us."),
    ]


def test_questions_that_share_an_answer_are_one_heading(tmp_path: Path) -> None:
    text = "问：运费多少？\n问：邮费怎么算？\n答：满 99 元包邮。\n\n问：能自提吗？\n答：可以。\n"
    assert found(tmp_path, text) == [("运费多少？ / 邮费怎么算？", "满 99 元包邮。"), ("能自提吗？", "可以。")]


def test_an_answer_keeps_its_steps_and_not_the_title_of_the_next_part(tmp_path: Path) -> None:
    text = (
        "一、售后\n问：怎么退货？\n答：分两步：\n一、提交申请\n二、寄回商品\n问：运费谁出？\n答：买家。\n"
        "二、配送\n问：多久到？\n答：三天。\n"
    )
    assert found(tmp_path, text) == [
        ("一、售后 > 怎么退货？", "分两步：\n一、提交申请\n二、寄回商品"),
        ("一、售后 > 运费谁出？", "买家。"),
        ("二、配送 > 多久到？", "三天。"),
    ]


def test_a_bold_line_in_an_answer_does_not_end_it(tmp_path: Path) -> None:
    text = "Q: How do I return it?\n\nA: In short:\n\n**Fill in the form**\n\nThen send it.\n\nQ: Fee?\n\nA: Ten.\n"
    assert found(tmp_path, text, "faq.md") == [
        ("How do I return it?", "In short:\nFill in the form\nThen send it."),
        ("Fee?", "Ten."),
    ]


@pytest.mark.parametrize("form", ["Q: {}\nA: {}\n\n", "## {}\n\n{}\n\n"])
def test_a_long_answer_has_its_question_above_every_part(tmp_path: Path, form: str) -> None:
    answer = "本店所有订单均在付款后四十八小时内发货，节假日顺延。" * 40
    chunks = found(tmp_path, form.format("多久发货？", answer) + form.format("运费？", "十元。"), "faq.md")
    *parts, last = chunks
    assert len(parts) > 2
    assert {heading for heading, _ in parts} == {"多久发货？"}
    assert "".join(text for _, text in parts) == answer
    assert max(estimated_tokens(text) for _, text in parts) <= 320
    assert last == ("运费？", "十元。")


def test_a_question_without_an_answer_joins_no_other(tmp_path: Path) -> None:
    text = "## 能开发票吗？\n\n## 多久发货？\n\n三天。\n\n## 运费？\n\n十元。\n\n## 能自提吗？\n"
    assert found(tmp_path, text, "faq.md") == [("多久发货？", "三天。"), ("运费？", "十元。")]


def test_pairs_far_behind_the_beginning(tmp_path: Path) -> None:
    prose = "".join(f"Line number {number} says something.\n\n" for number in range(900))
    chunks = found(tmp_path, f"{prose}Q1. How long?\nA1. Three days.\n\nQ2. The fee\nA2. Ten.\n")
    assert chunks[-2:] == [("How long?", "Three days."), ("The fee", "Ten.")]
    assert "Line number 899" in chunks[-3][1]


class TestNoPairs:
    """What looks like a question here and there stays what it was."""

    def test_one_question_makes_no_document_of_questions(self, tmp_path: Path) -> None:
        text = "# Help\n\n## How do I return an item?\n\nWithin 7 days.\n\n### Exceptions\n\nSwimwear.\n"
        assert found(tmp_path, text, "help.md") == [
            ("Help > How do I return an item?", "Within 7 days."),
            ("Help > How do I return an item? > Exceptions", "Swimwear."),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "Plan A. Take the bus.\nPlan B. Walk.\n",
            "A. Blue\nB. Red\nA. Green\nB. White\n",
            "Why wait? Order today.\n\nWhy pay more? We are cheap.\n",
            "Q1. Revenue was flat.\n\nQ2. Revenue rose.\n\nQ3. Revenue fell.\n",
        ],
    )
    def test_letters_and_rhetoric(self, tmp_path: Path, text: str) -> None:
        chunks = found(tmp_path, text)
        assert {heading for heading, _ in chunks} == {None}
        assert "".join(text.split()) == "".join("".join(part for _, part in chunks).split())

    def test_a_list_of_questions_stays_a_list(self, tmp_path: Path) -> None:
        text = "Before you write to us:\n\n1. Is it plugged in?\n2. Is the lid closed?\n3. Did it ever work?\n"
        assert found(tmp_path, text, "help.md") == [(None, text.replace("\n\n", "\n").strip())]

    def test_titles_of_sections_do_not_ask(self) -> None:
        for title in ("When you can return an item", "How long the warranty lasts", "Who pays for shipping"):
            assert not asks(title)
        for title in ("退货说明", "What we do", "Do not wash", "Returns: how they work", "几点说明"):
            assert not asks(title)

    @pytest.mark.parametrize(
        "title",
        [
            *("How do I return an item", "How long is the warranty", "Can I pay by card?", "3. What's included"),
            *("如何退货？", "怎么开发票", "2、多久发货", "可以退货吗", "什么是无理由退货"),
        ],
    )
    def test_these_ask(self, title: str) -> None:
        assert asks(title)
