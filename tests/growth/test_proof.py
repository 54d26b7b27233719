"""When a proof passes."""

import pytest

from frontdesk.growth.proof import Asked, Asker, Change, Reply, Worse, told

HANDED_OVER = Reply(False, False, 0.2, 0.8, None, None, None)
FROM_DRAFT = Reply(True, True, 0.9, 0.8, "draft", "Gift cards", "They can be passed on.")
LOST = Worse(Change.LOST, Asker.CONTACT, Asked("Where is my parcel?", FROM_DRAFT, HANDED_OVER))


@pytest.mark.parametrize(
    ("answered", "asked", "worse", "passes"),
    [
        (1, 1, [], True),
        (2, 3, [], True),
        (1, 2, [], False),
        (0, 1, [], False),
        (0, 0, [], False),
        (3, 3, [LOST], False),
    ],
)
def test_it_answers_most_of_what_was_asked_and_nothing_gets_worse(
    answered: int, asked: int, worse: list[Worse], passes: bool
) -> None:
    originals = [
        Asked(f"Can I pass it on? ({number})", HANDED_OVER, FROM_DRAFT if number < answered else HANDED_OVER)
        for number in range(asked)
    ]
    proof = told(originals, [], {Asker.CONTACT: 1}, worse, 0, {})
    assert proof["passes"] is passes
    assert (proof["originals"]["answered"], proof["regression"]["worse"]) == (answered, len(worse))
