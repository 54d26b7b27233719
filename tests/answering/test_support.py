"""What a model wrote, held against what it cites: sound replies pass, and nothing else is shown."""

from collections.abc import Sequence

import pytest

from frontdesk.answering.checks.figures import figures, unsupported
from frontdesk.answering.checks.support import Check, Grounds, Unsupported
from frontdesk.answering.writing import Writing
from frontdesk.knowledge.found import Passage
from frontdesk.language import Language, detect
from tests.found import passage

RETURNS_ZH = "签收后7天内可以无理由退货，运费由买家承担。特价商品、定制商品，不支持退换。周末不发货。"
RETURNS_EN = "You can return it within 7 days, but gift cards are not refundable. We do not ship to Tibet."
FEES = "可以发往海南，首重运费12元，3到5天送达。客服电话 400-820-8820，周一至周五 9:00-18:00。"
ORDERS = (
    "Orders over $1,000 get 15% off until 25 November 2026. See https://shop.example/orders or mail a@shop.example."
)


def write(question: str, texts: Sequence[str | Passage], reply: str, size: int = 3) -> str:
    """What a contact sees of a reply that comes in pieces; raises Unsupported, with what had been shown."""
    passages = [passage(text) if isinstance(text, str) else text for text in texts]
    writing = Writing(
        Grounds(question, detect(question, Language.ZH), passages, ("You answer customers briefly.", "3f9a77"))
    )
    shown = ""
    try:
        for start in range(0, len(reply), size):
            shown += writing.take(reply[start : start + size])
        shown += writing.finish()
    except Unsupported as refused:
        refused.add_note(shown)
        raise
    assert shown == writing.text
    return shown


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (
            "怎么退货",
            "您好！签收后七天内可以无理由退货[1]，运费需要您自己承担[1]。如有其他问题，欢迎随时联系我们！",
        ),
        ("特价能退吗", "抱歉，特价商品不可以退换[1]。"),
        ("周末发货吗", "周末不发货哦[1]。"),
        ("海南运费", "首重运费是12元，大约3-5天到[3]。"),
        ("客服几点上班", "周一到周五，上午9点到下午6点[3]。"),
        (
            "can I return it?",
            "Certainly! You can return it within seven days [2]. Gift cards can't be refunded [2].",
        ),
        (
            "I bought it 10 days ago, can I return it?",
            "Returns are possible within 7 days, so 10 days is too late [2].",
        ),
        ("how long to hainan", "It takes 3 to 5 days and costs 12 yuan [3]."),
        ("order 20481 shipped?", "For order 20481: it takes 3 to 5 days [3]."),
        ("discount?", "Orders over 1000 dollars get fifteen percent off until Nov 25, 2026 [4]. Feel free to ask."),
    ],
)
def test_what_the_sources_say_in_other_words_passes(question: str, reply: str) -> None:
    shown = write(question, [RETURNS_ZH, RETURNS_EN, FEES, ORDERS], reply)
    assert shown.replace(" ", "").startswith(reply[:4].replace(" ", ""))


@pytest.mark.parametrize(
    ("question", "reply", "check"),
    [
        ("怎么退货", "签收后30天内可以退货[1]。", Check.FIGURE),
        ("怎么退货", "签收后7个月内可以退货[1]。", Check.FIGURE),
        ("is it 99 yuan?", "Yes, it is 99 yuan [3].", Check.FIGURE),
        ("怎么退货", "签收后7天内可以无理由退货[3]。", Check.FIGURE),
        ("特价能退吗", "可以，特价商品支持退换[1]。", Check.NEGATION),
        ("怎么退货", "签收后7天内不可以无理由退货[1]。", Check.NEGATION),
        ("周末发货吗", "周末发货[1]。", Check.NEGATION),
        ("ship to tibet?", "Yes, we ship to Tibet [2].", Check.NEGATION),
        ("gift cards?", "Gift cards are refundable [2].", Check.NEGATION),
        ("运费多少", "海南免费发货[3]。", Check.PROMISE),
        ("退货", "退货请提供您的密码[1]。", Check.PROMISE),
        ("orders", "See https://shop.example/orders [4].", Check.ADDRESS),
        ("orders", "See https://shop.example.evil.example/ [4].", Check.ADDRESS),
        ("怎么退货", "You can return it within 7 days [2].", Check.LANGUAGE),
        ("怎么退货", "可以退货[9]。", Check.CITATION),
        ("怎么退货", "可以退货。", Check.CITATION),
        ("怎么退货", "[1]", Check.LENGTH),
        ("return", "You answer customers briefly. [2]", Check.PROMPT),
        ("return", "The mark is 3f9a77 [2].", Check.PROMPT),
        ("return", "You can retu\u200brn it [2].", Check.LETTERS),
    ],
)
def test_what_no_cited_source_says_is_refused_before_it_is_shown(question: str, reply: str, check: Check) -> None:
    with pytest.raises(Unsupported) as refused:
        write(question, [RETURNS_ZH, RETURNS_EN, FEES, ORDERS], reply)
    assert refused.value.check is check
    assert refused.value.__notes__ == [""]


def test_what_was_sound_has_been_shown_when_the_rest_is_refused() -> None:
    with pytest.raises(Unsupported) as refused:
        write("can I return it?", [RETURNS_EN], "You can return it within 7 days [1]. Then pay 500 yuan [1].")
    assert refused.value.__notes__ == ["You can return it within 7 days [1]."]


@pytest.mark.parametrize("size", [1, 2, 7, 400])
def test_however_it_is_cut_the_same_is_shown(size: int) -> None:
    reply = "Yes [2] [1]. It takes 3 to 5 days [2, 1]! Gift cards are not refundable【1】"
    shown = write("how long", [RETURNS_EN, FEES], reply, size)
    assert shown == "Yes [1] [2]. It takes 3 to 5 days [1] [2]! Gift cards are not refundable [2]"


def test_a_telephone_number_that_would_be_quoted_may_be_said() -> None:
    assert "400 820 8820" in write("客服电话多少", [FEES, RETURNS_ZH], "电话400 820 8820[1]。")
    with pytest.raises(Unsupported, match="address"):
        write("客服电话多少", [RETURNS_ZH, FEES], "电话400 820 8820[2]。")


def test_a_link_may_lead_to_the_site_of_its_source_or_stand_in_what_would_be_quoted() -> None:
    page = passage(ORDERS, url="https://shop.example/help")
    assert "shop.example/orders" in write("orders", [RETURNS_EN, page], "See https://shop.example/orders [2].")
    assert "shop.example/orders" in write("orders", [ORDERS, FEES], "See https://shop.example/orders [1].")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,000", "1000"),
        ("一千", "1000"),
        ("1.5万元", "15000元"),
        ("50%", "百分之五十"),
        ("fifty percent", "50 %"),
        ("2026年11月25日", "Nov 25, 2026"),
        ("二〇二六年十一月二十五日", "2026-11-25"),
        ("下午5点半", "17:30"),
        ("5:30 p.m.", "下午5:30"),
        ("三个工作日", "3 business days"),
        ("¥12", "十二块"),
        ("twenty-one days", "21天"),
        ("within a week", "1周"),
        ("3到5天", "3-5 days"),
        ("周一", "Monday"),
        ("two hundred and fifty yuan", "250元"),
        ("半年", "half a year"),
        ("９折", "九折"),
    ],
)
def test_figures_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert figures(one)
    assert unsupported(figures(one), figures(other)) is None
    assert unsupported(figures(other), figures(one)) is None


@pytest.mark.parametrize(
    "text", ["一般来说统一处理", "万一有问题", "十分满意", "千万不要", "一个问题", "this one is fine", "1. 首先"]
)
def test_words_with_a_numeral_in_them_are_no_figures(text: str) -> None:
    assert figures(text) == []


@pytest.mark.parametrize(
    ("one", "other"), [("7天", "7元"), ("5 pm", "5 am"), ("11月25日", "11月26日"), ("10%", "10元")]
)
def test_another_unit_makes_another_figure(one: str, other: str) -> None:
    assert unsupported(figures(one), figures(other))
