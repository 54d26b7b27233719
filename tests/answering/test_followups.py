"""Questions that lean on the one before."""

import pytest

from frontdesk.answering.followups import join

EARLIER = ["请问你们海南能发货吗？"]


@pytest.mark.parametrize(
    "question", ["那运费呢？", "要多久？", "那新疆呢", "how about Tibet?", "and the fee?", "when?"]
)
def test_a_leaning_question_is_joined_with_the_one_before(question: str) -> None:
    assert join(question, EARLIER) == f"{EARLIER[0]} {question}"


@pytest.mark.parametrize(
    "question", ["你们的退货政策是怎么样的？", "电饭煲内胆可以单独购买吗？", "What is your return policy?"]
)
def test_a_question_that_stands_alone_stays_alone(question: str) -> None:
    assert join(question, EARLIER) == question


def test_the_first_question_has_nothing_to_lean_on() -> None:
    assert join("那运费呢？", []) == "那运费呢？"
