"""Figures that can be worked out by hand."""

import math
import random

import pytest

from frontdesk.evaluation.metrics import auroc, hit, ndcg, percentile, reciprocal_rank

FOUND = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("gold", "depth", "expected"),
    [({"a"}, 1, True), ({"b"}, 1, False), ({"b", "x"}, 2, True), ({"d"}, 3, False), ({"x"}, 10, False)],
)
def test_hit(gold: set[str], depth: int, expected: bool) -> None:
    assert hit(FOUND, gold, depth) is expected


@pytest.mark.parametrize(
    ("gold", "depth", "expected"), [({"a"}, 10, 1), ({"c", "d"}, 10, 1 / 3), ({"d"}, 3, 0), (set(), 10, 0)]
)
def test_reciprocal_rank(gold: set[str], depth: int, expected: float) -> None:
    assert reciprocal_rank(FOUND, gold, depth) == expected


@pytest.mark.parametrize(
    ("gold", "depth", "expected"),
    [
        ({"a"}, 10, 1),
        ({"b"}, 10, 1 / math.log2(3)),
        ({"a", "b"}, 10, 1),
        ({"a", "c"}, 10, (1 + 1 / math.log2(4)) / (1 + 1 / math.log2(3))),
        ({"a", "x"}, 1, 1),  # no more than one was possible
        ({"d"}, 3, 0),
        (set(), 10, 0),
    ],
)
def test_ndcg(gold: set[str], depth: int, expected: float) -> None:
    assert ndcg(FOUND, gold, depth) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("higher", "lower", "expected"),
    [([2, 3], [0, 1], 1), ([0, 1], [2, 3], 0), ([1], [1], 0.5), ([0, 2], [1, 1], 0.5), ([], [1], None)],
)
def test_auroc(higher: list[float], lower: list[float], expected: float | None) -> None:
    assert auroc(higher, lower) == expected


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    dice = random.Random(5)
    higher = [dice.randint(2, 9) / 10 for _ in range(60)]
    lower = [dice.randint(0, 7) / 10 for _ in range(40)]
    right = sum((one > other) + (one == other) / 2 for one in higher for other in lower)
    assert auroc(higher, lower) == pytest.approx(right / (60 * 40))


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.95, 4), (0.25, 1), (0, 1), (1, 4)])
def test_percentile(share: float, expected: float) -> None:
    assert percentile([4, 1, 3, 2], share) == expected
