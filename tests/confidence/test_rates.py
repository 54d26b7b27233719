"""What a threshold does to each kind of question."""

import numpy as np
import pytest

from frontdesk.confidence.guarantee import LEVELS, Labelled
from frontdesk.confidence.rates import calibration_error, rates


def test_rates_of_both_kinds() -> None:
    confidence = np.array([0.9] * 90 + [0.1] * 10 + [0.8] * 5 + [0.2] * 45)
    right = np.array([True] * 85 + [False] * 65)
    answerable = np.array([True] * 100 + [False] * 50)
    found = rates(Labelled(confidence, right, answerable), 0.5)
    assert (found.turned_away.seen, found.misled.seen, found.let_through.seen) == (0.1, 0.05, 0.1)
    assert 0.1 < found.turned_away.at_most < found.let_through.at_most < 0.35


def test_a_kind_that_was_not_seen_may_be_anything() -> None:
    found = rates(Labelled(np.array([0.9]), np.array([True]), np.array([True])), 0.5)
    assert (found.let_through.seen, found.let_through.at_most) == (None, 1.0)


def test_what_is_let_through_at_most_holds_at_every_level_at_once() -> None:
    random, broken = np.random.default_rng(8), 0
    everything = random.beta(2, 3, 5000)
    for _ in range(100):
        drawn = random.choice(everything, 200)
        labelled = Labelled(drawn, np.zeros(200, bool), np.zeros(200, bool))
        broken += any(
            (everything >= level).mean() > rates(labelled, level).let_through.at_most for level in LEVELS[::4]
        )
    assert broken <= 5


@pytest.mark.parametrize(
    ("confidence", "right", "expected"),
    [([0.75] * 4, [1, 1, 1, 0], 0.0), ([0.95, 0.95], [1, 0], 0.45), ([1.0, 0.0], [1, 0], 0.0), ([], [], 0.0)],
)
def test_calibration_error(confidence: list[float], right: list[int], expected: float) -> None:
    assert calibration_error(np.array(confidence), np.array(right, bool)) == pytest.approx(expected)
