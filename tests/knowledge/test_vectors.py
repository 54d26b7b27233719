"""Vectors compared roughly first: what comes out is what comparing all of them exactly gives."""

import uuid

import numpy as np
import pytest
from numpy.typing import NDArray

from frontdesk.knowledge import lexical
from frontdesk.knowledge.lexical import Corpus
from frontdesk.knowledge.middles import DenseView
from frontdesk.knowledge.ranking import NEAREST, Searched, rank
from frontdesk.knowledge.segments import Row, Segment
from frontdesk.knowledge.spans import OPEN
from frontdesk.knowledge.vectors import FEW_ROWS, MANY_ROWS, Vectors

DIMENSIONS = 48
ROWS = 4 * FEW_ROWS
ALWAYS = ((0, OPEN),)


def clustered(count: int, seed: int) -> NDArray[np.float32]:
    """Rows of length one, many of them so close together that a byte for each number does not tell them apart."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(20, DIMENSIONS))
    rows = centres[draw.integers(0, 20, count)] + 0.05 * draw.normal(size=(count, DIMENSIONS))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def exactly(rows: NDArray[np.float32], question: NDArray[np.float32]) -> NDArray[np.float64]:
    """Their cosines in double precision."""
    return rows.astype(np.float64) @ question.astype(np.float64)


@pytest.mark.parametrize("seed", range(5))
def test_a_rough_cosine_is_within_the_slack(seed: int) -> None:
    rows = clustered(ROWS, seed)
    vectors = Vectors.of(rows)
    for question in clustered(20, seed + 100):
        rough = vectors.roughly(question)
        off = np.abs(rough.cosines - exactly(rows, question)).max()
        assert 0 < off <= rough.slack < 0.1


@pytest.mark.parametrize("count", [ROWS, MANY_ROWS])
def test_what_is_compared_beside_something_else_is_the_same(count: int) -> None:
    rows = clustered(count, 5)
    vectors, question = Vectors.of(rows), rows[9]
    roughly = vectors.roughly_beside(question)
    beside, at_once = roughly(), vectors.roughly(question)
    assert beside.slack == at_once.slack
    assert beside.cosines.tolist() == at_once.cosines.tolist()


def test_few_rows_are_compared_exactly() -> None:
    rows = clustered(FEW_ROWS, 1)
    rough = Vectors.of(rows).roughly(rows[3])
    assert rough.slack == 0
    assert np.abs(rough.cosines - exactly(rows, rows[3])).max() < 1e-6


def test_a_row_that_changes_is_compared_as_it_is_now() -> None:
    rows = clustered(ROWS, 1)
    vectors = Vectors.of(np.zeros_like(rows))
    for number in range(0, ROWS, 7):
        vectors.put(number, rows[number])
    rough = vectors.roughly(rows[7])
    assert abs(rough.cosines[7] - 1) <= rough.slack
    assert rough.cosines[8] == 0


def test_a_cosine_does_not_depend_on_what_is_asked_beside_it() -> None:
    rows = clustered(ROWS, 2)
    vectors, question = Vectors.of(rows), rows[9]
    all_at_once = vectors.cosines(np.arange(ROWS), question)
    alone = [vectors.cosines(np.array([number]), question)[0] for number in range(0, ROWS, 97)]
    assert alone == all_at_once[::97].tolist()


@pytest.mark.parametrize("trust", [0.3, 1.0])
def test_a_ranking_is_what_exact_cosines_give(trust: float) -> None:
    """The sources of two rows each, in one segment that is compared roughly or in many that are so small that
    they are not."""
    vectors = clustered(ROWS, 3)
    sources = [uuid.uuid4() for _ in range(ROWS // 2)]
    rows = [
        Row(uuid.uuid4(), sources[number // 2], b"", None, lexical.pack({f"word{number % 9}": 1}), ALWAYS, vector)
        for number, vector in enumerate(vectors)
    ]
    rough = [Segment.of(rows)]
    exact = [Segment.of(rows[start : start + FEW_ROWS]) for start in range(0, ROWS, FEW_ROWS)]
    asked = lexical.question("word3", {"word3": 1}, {}, Corpus(ROWS, ROWS, 0))
    for question in clustered(10, 4):
        view = DenseView(question, np.zeros(DIMENSIONS, np.float32), np.eye(DIMENSIONS, dtype=np.float32))
        base = uuid.uuid4()
        one, other = (rank([Searched(base, parts, 1, view)], asked, 1.0, trust) for parts in (rough, exact))
        assert [found.source for found in one.candidates] == [found.source for found in other.candidates]
        assert [found.dense for found in one.candidates] == [found.dense for found in other.candidates]
        assert one.nearest == other.nearest
        nearest = np.sort(exactly(vectors, question))[::-1][:NEAREST]
        assert [near.cosine for near in one.nearest] == pytest.approx(nearest.tolist(), abs=1e-6)
