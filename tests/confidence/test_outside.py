"""The share of questions that nothing answers, told by what contacts asked."""

from collections.abc import Sequence

import pytest

from frontdesk.confidence.built_in import MEANING
from frontdesk.confidence.outcomes import LookedUp
from frontdesk.confidence.outside import ENOUGH, outside_share
from tests.confidence.test_fitting import outcomes

HELD = outcomes(400, 1)


def asked(inside: int, outside: int) -> list[LookedUp]:
    """So many questions of either kind."""
    seen = outcomes(2 * max(inside, outside, 1), 9)
    kinds = [
        [LookedUp(one.features, one.features) for one in seen if one.answerable is kind] for kind in (True, False)
    ]
    return [*kinds[0][:inside], *kinds[1][:outside]]


def share(of: Sequence[LookedUp]) -> float:
    told = outside_share(MEANING, HELD, [], of)
    assert told is not None
    assert told.low <= told.share <= told.high
    return told.share


@pytest.mark.parametrize(("inside", "outside"), [(400, 0), (320, 80), (200, 200), (0, 400)])
def test_it_is_seen_in_how_many_would_be_answered(inside: int, outside: int) -> None:
    assert share(asked(inside, outside)) == pytest.approx(outside / 400, abs=0.06)


def test_of_what_is_recognised_nothing_is_unknown() -> None:
    """However badly it is answered: only the others can be what nothing answers."""
    unknown = asked(0, 40)
    recognised = [LookedUp(one.features, one.features, recognised=True) for one in asked(0, 360)]
    assert share([*unknown, *recognised]) == pytest.approx(0.1, abs=0.01)
    assert share(recognised) == 0.0


def test_few_questions_tell_nothing() -> None:
    assert outside_share(MEANING, HELD, [], asked(ENOUGH - 1, 0)) is None


def test_nor_do_kinds_that_can_not_be_told_apart() -> None:
    assert outside_share(MEANING, outcomes(400, 1, clear=0.0), [], asked(200, 200)) is None
