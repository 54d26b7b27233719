"""Drafts hold what was asked and answered, not what was said around it."""

import pytest

from frontdesk.growth.drafting import variants
from frontdesk.growth.neighbours import contradicting
from frontdesk.growth.trimming import answer_alone, question_alone


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("你好，请问海南能发货吗？谢谢", "海南能发货吗？"),
        ("在吗？怎么退货", "怎么退货"),
        ("请问一下能不能开发票，麻烦你了", "能不能开发票"),
        ("请问问题件怎么办", "问题件怎么办"),
        ("有其他颜色吗", "有其他颜色吗"),
        ("Hi there, how do I return a toaster? Thanks in advance!", "how do I return a toaster?"),
        ("Thanks, but where is my order?", "Thanks, but where is my order?"),
        ("hi can I send\nit back", "can I send it back"),
        ("谢谢", ""),
        ("hello", ""),
    ],
)
def test_a_question_alone(said: str, meant: str) -> None:
    assert question_alone(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (
            [
                "您好，我是客服小李。请稍等，我帮您查一下。",
                "海南可以发货，首重12元。有其他颜色。",
                "请问还有什么可以帮您？祝您生活愉快！",
            ],
            "海南可以发货，首重12元。有其他颜色。",
        ),
        (
            [
                "Hi Anna, thanks for waiting.",
                "This is covered by warranty. Send it to us. We pay 5.50 euro.",
                "Is there anything else I can help with?",
                "Best regards, Tom",
            ],
            "This is covered by warranty. Send it to us. We pay 5.50 euro.",
        ),
        (["好的，可以退货。", "如有疑问请随时联系我们。"], "好的，可以退货。"),
        (["您好！", "再见"], ""),
        (["您好，请稍等。", "保修一年。", "不客气，再见！"], "保修一年。"),
        (["好的，" * 200 + "可以退货。"], "好的，" * 200 + "可以退货。"),
    ],
)
def test_an_answer_alone(said: list[str], meant: str) -> None:
    assert answer_alone(said) == meant


def test_ways_to_ask_are_distinct_and_say_nothing_of_anybody() -> None:
    asked = [
        "你好，怎么退货？",
        "怎么退货？谢谢",
        "HOW do I return it",
        "how do i return it",
        "我的电话13812345678能改吗",
    ]
    assert variants([*asked, "x" * 501, "谢谢"]) == ["怎么退货？", "HOW do I return it", "我的电话[phone]能改吗"]


@pytest.mark.parametrize(
    ("one", "other", "differing"),
    [
        ("运费12元，3天送达", "运费15元", (["12元"], ["15元"])),
        ("The fee is $5.", "The fee is $5, it takes 3 days.", ([], [])),
        ("保修一年", "保修两年", (["1年"], ["2年"])),
        ("三天内发货", "运费三元", ([], [])),
    ],
)
def test_other_figures_contradict(one: str, other: str, differing: tuple[list[str], list[str]]) -> None:
    assert tuple(map(list, contradicting(one, other))) == differing
