"""Decisions that no model takes."""

import pytest

from frontdesk.answering.policy import Rule, asks_for_person, decide
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
    ("found", "confidence", "rule", "reason"),
    [
        (0, 0.0, Rule.NOTHING_FOUND, HandoffReason.NOT_FOUND),
        (3, 0.59, Rule.BELOW_THRESHOLD, HandoffReason.LOW_CONFIDENCE),
        (3, 0.6, Rule.CONFIDENT, None),
    ],
)
def test_only_the_threshold_decides(
    found: int, confidence: float, rule: Rule, reason: HandoffReason | None
) -> None:
    verdict = decide(found, confidence, threshold=0.6)
    assert (verdict.rule, verdict.handoff) == (rule, reason)
