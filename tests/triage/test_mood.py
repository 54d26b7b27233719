"""How contacts feel, as far as their words tell."""

import pytest

from frontdesk.conversations.models import Mood
from frontdesk.triage.mood import mood


@pytest.mark.parametrize(
    "text",
    [
        "Where is my parcel?",
        "我想投递简历，请问地址",
        "Is this jacket not too bad for winter?",
        "垃圾袋有货吗",
        "How many GB does the XL model have?",
        "满减活动不满100元也能用吗",
        "HTML CSS or PDF?",
        "谢谢，我不生气",
        "I am not angry, just curious",
        "",
    ],
)
def test_ordinary_words_are_calm(text: str) -> None:
    assert mood([text]) is Mood.CALM


@pytest.mark.parametrize(
    "text",
    [
        "I am very disappointed with this.",
        "你们的服务太差了",
        "我要投诉",
        "I have been waiting for three weeks and it still hasn't arrived",
        "已经第三次问了，还没解决",
    ],
)
def test_discontent_is_heard(text: str) -> None:
    assert mood([text]) is Mood.UNHAPPY


@pytest.mark.parametrize(
    "text",
    [
        "This is ridiculous!!! Third time I ask",
        "气死我了！！你们是骗子吗",
        "WHERE IS MY FUCKING ORDER",
        "太过分了，我要打12315投诉你们",
    ],
)
def test_anger_is_heard(text: str) -> None:
    assert mood([text]) is Mood.ANGRY


def test_anger_fades_while_they_are_calm() -> None:
    angry, calm = "气死我了！！骗子", "好的，我的单号是 20394857"
    moods = [mood([angry, *[calm] * count]) for count in range(4)]
    assert moods[0] is Mood.ANGRY
    assert moods[1] is Mood.UNHAPPY
    assert moods[3] is Mood.CALM


def test_discontent_that_is_not_heard_grows() -> None:
    assert mood(["我很失望", "还没收到，太差了", "说了好几遍了，太差了"]) is Mood.ANGRY
