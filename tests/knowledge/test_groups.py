"""Rows in groups, as a loop over them has it."""

import itertools

import numpy as np
import pytest

from frontdesk.knowledge.groups import MANY_ROWS, Groups

SIZES = {
    "alone": [1] * 5,
    "few and many": [1, 2, MANY_ROWS, MANY_ROWS + 3, 3, 1, MANY_ROWS - 1],
    "many at the end": [1, 1, MANY_ROWS],
    "many apart": [MANY_ROWS, 1, MANY_ROWS, 2],
    "none": [],
}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_the_best_of_each_group_is_found(sizes: list[int]) -> None:
    groups = Groups.of(sizes)
    scores = np.random.default_rng(1).normal(size=sum(sizes)).astype(np.float32)
    bounds = np.cumsum([0, *sizes])
    wanted = [scores[start:end].max() for start, end in itertools.pairwise(bounds)]
    assert groups.best(scores).tolist() == wanted
    assert len(groups) == len(sizes)


def test_rows_and_their_groups_belong_together() -> None:
    groups = Groups.joined([Groups.of(SIZES["many apart"]), Groups.of(SIZES["few and many"])])
    asked = np.array([5, 0, 1])
    rows, firsts = groups.rows(asked)
    assert groups.of_rows(rows).tolist() == np.repeat(asked, groups.sizes(asked)).tolist()
    assert rows[firsts].tolist() == groups.bounds[asked].tolist()
    assert groups.sizes(np.arange(len(groups))).tolist() == SIZES["many apart"] + SIZES["few and many"]
