"""Decisions that no model takes."""

import pytest

from frontdesk.answering.policy import Rule, Signs, decide, decide_at_once
from frontdesk.answering.wishes import asks_for_person, finds_no_help, is_among
from frontdesk.conversations.models import HandoffReason


@pytest.mark.parametrize(
    "text",
    [
        "我要找人工",
        "转人工",
        "人工客服",
        "人工",
        "麻烦帮我转一下人工客服，谢谢",
        "能不能帮我接真人",
        "我想和真人说话",
        "有没有人工服务",
        "叫你们客服人员来",
        "talk to a human",
        "I want to speak to a real person please",
        "can you transfer me to an agent?",
        "human please",
        "Agent",
        "get me a representative",
        "I want a human",
        "please put me through to someone",
        "I need to talk with somebody from your staff",
    ],
)
def test_asking_for_a_person_is_understood(text: str) -> None:
    assert asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "你们的退货政策是怎么样的？",
        "退货是人工审核吗？",
        "可以代别人下单吗？",
        "人工费怎么收？",
        "安装要人工费吗？",
        "有人工智能音箱吗",
        "有人工草坪吗",
        "不要人工",
        "Can you put a person's name on the gift card?",
        "Is it hand-made by your staff?",
        "Can I switch the order to someone else?",
        "Do I need an agent to import this?",
        "can another person pick up my parcel?",
        "is your customer service agent fee included?",
        "do you sell personal care appliances?",
        "How many people can the rice cooker serve?",
    ],
)
def test_questions_about_people_are_no_wish_for_one(text: str) -> None:
    assert not asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "没用",
        "这没用啊",
        "还是不行",
        "没解决我的问题",
        "答非所问！",
        "不是我要的，我要的是发票",
        "没有帮助",
        "That doesn't help",
        "this is not helpful.",
        "It didn’t work",
        "wrong answer",
        "That's not what I asked",
        "still not working",
        "no, that does not answer my question",
    ],
)
def test_that_an_answer_was_of_no_use_is_understood(text: str) -> None:
    assert finds_no_help(text)


@pytest.mark.parametrize(
    "text",
    [
        "优惠券没用上怎么办？",
        "没用过的商品可以退吗",
        "不对称加密支持吗",
        "试过了尺码不合适能换吗",
        "The coupon does not work, what now?",
        "what if the code doesn't work?",
        "useless items can be returned?",
        "谢谢",
        "还是退货吧",
    ],
)
def test_questions_about_what_does_not_work_are_questions(text: str) -> None:
    assert not finds_no_help(text)


@pytest.mark.parametrize(
    ("again", "before", "same"),
    [
        ("请问怎么退货？", "怎么退货", True),
        ("怎么 退货啊!!", "怎么退货", True),
        ("How do I return it, please?", "how do i return it", True),
        ("怎么换货", "怎么退货", False),
        ("41码有货吗", "42码有货吗", False),
        ("can I return it?", "how do I return it?", False),
        ("？", "！", False),
    ],
)
def test_the_same_question_is_known_by_its_words(again: str, before: str, same: bool) -> None:
    assert is_among(again, ["别的", before]) is same


@pytest.mark.parametrize(
    ("found", "confidence", "choices", "likely", "rule", "reason", "outcome"),
    [
        (0, 0.0, 0, 0.0, Rule.NOTHING_FOUND, HandoffReason.NOT_FOUND, "handoff"),
        (3, 0.69, 0, 0.9, Rule.BELOW_THRESHOLD, HandoffReason.LOW_CONFIDENCE, "handoff"),
        (3, 0.69, 1, 0.9, Rule.BELOW_THRESHOLD, HandoffReason.LOW_CONFIDENCE, "handoff"),
        (3, 0.4, 3, 0.49, Rule.BELOW_THRESHOLD, HandoffReason.LOW_CONFIDENCE, "handoff"),
        (3, 0.1, 2, 0.5, Rule.ONE_OF_SEVERAL, None, "choice"),
        (3, 0.69, 3, 0.9, Rule.ONE_OF_SEVERAL, None, "choice"),
        (3, 0.7, 3, 0.9, Rule.CONFIDENT, None, "answer"),
        (3, 0.7, 0, 0.0, Rule.CONFIDENT, None, "answer"),
    ],
)
def test_only_the_threshold_decides_what_is_answered(
    found: int,
    confidence: float,
    choices: int,
    likely: float,
    rule: Rule,
    reason: HandoffReason | None,
    outcome: str,
) -> None:
    verdict = decide(found, confidence, 0.7, choices, likely)
    assert (verdict.rule, verdict.handoff, verdict.outcome) == (rule, reason, outcome)


@pytest.mark.parametrize(
    ("signs", "rule", "reason"),
    [
        (Signs(sensitive=True, asks_for_person=True), Rule.SENSITIVE, HandoffReason.SENSITIVE),
        (Signs(asks_for_person=True, given_up=True), Rule.ASKED_FOR_PERSON, HandoffReason.ASKED),
        (Signs(given_up=True, asked_again=True), Rule.FAILED, HandoffReason.FAILED),
        (Signs(none_meant=True), Rule.NONE_MEANT, HandoffReason.LOW_CONFIDENCE),
        (Signs(no_help=True), Rule.NO_HELP, HandoffReason.REPEATED),
        (Signs(asked_again=True), Rule.ASKED_AGAIN, HandoffReason.REPEATED),
    ],
)
def test_what_needs_no_search_goes_to_a_person_for_the_most_urgent_reason(
    signs: Signs, rule: Rule, reason: HandoffReason
) -> None:
    verdict = decide_at_once(signs)
    assert verdict is not None
    assert (verdict.rule, verdict.handoff, verdict.outcome) == (rule, reason, "handoff")


def test_an_ordinary_question_is_left_to_the_search() -> None:
    assert decide_at_once(Signs()) is None
