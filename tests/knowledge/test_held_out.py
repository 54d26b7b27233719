"""What would be found if some of a knowledge base were not there, and what is said of the rows nearby."""

import uuid
from collections.abc import Callable

import numpy as np
import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge import lexical
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.groups import MANY_ROWS, Groups
from frontdesk.knowledge.middles import DenseView, Middles
from frontdesk.knowledge.ranking import AROUND, NEAREST, Searched, rank
from frontdesk.knowledge.retrieval import Without
from frontdesk.knowledge.rows import rows_of_entry
from frontdesk.knowledge.segments import Row, Segment
from frontdesk.knowledge.spans import OPEN
from tests.evaluation.shop import fill

KETTLE = ("How long does the kettle take?", "kettle too slow", "is the kettle fast")
ALWAYS = ((0, OPEN),)
Kettles = tuple[Frontdesk, uuid.UUID, uuid.UUID]


@pytest.fixture(params=[200_000, 0], ids=["memory", "milvus"])
def kettles(
    request: pytest.FixtureRequest, build: Callable[..., Frontdesk]
) -> tuple[Frontdesk, uuid.UUID, uuid.UUID]:
    """A knowledge base with an entry about kettles and another one, and the first one's id."""
    frontdesk = build(memory_passages=request.param)
    (base_id,) = frontdesk.inboxes.bases("web")
    kettle, _ = fill(
        frontdesk, base_id, [EntryText(KETTLE, "Three minutes."), EntryText(("Do you ship?",), "Yes, everywhere.")]
    )
    return frontdesk, base_id, kettle.id


class TestWithout:
    def test_an_entry_that_is_left_out_is_not_found(self, kettles: Kettles) -> None:
        frontdesk, base_id, kettle = kettles
        found = frontdesk.retrieval.retrieve_without(base_id, KETTLE[0], Without(frozenset([kettle])))
        assert kettle not in {passage.entry_id for passage in found.rivals}
        assert frontdesk.retrieval.retrieve(base_id, KETTLE[0]).passages[0].entry_id == kettle

    def test_a_wording_that_is_left_out_leaves_the_others(self, kettles: Kettles) -> None:
        frontdesk, base_id, kettle = kettles
        rest = rows_of_entry(kettle, KETTLE[1:], "Three minutes.", lambda _: {})
        found = frontdesk.retrieval.retrieve_without(base_id, KETTLE[0], Without(frozenset([kettle]), rest))
        whole = frontdesk.retrieval.retrieve(base_id, KETTLE[0])
        assert found.passages[0].entry_id == whole.passages[0].entry_id == kettle
        assert found.passages[0].text == whole.passages[0].text
        assert found.passages[0].lexical < whole.passages[0].lexical == 1


def near(
    vectors: np.ndarray, question: np.ndarray, segments: int = 1, tags: frozenset[str] = frozenset()
) -> list[tuple[float, float]]:
    """What the ranking says of the rows nearest to a question, in one segment or several, without tags."""
    rows = [
        Row(uuid.uuid4(), uuid.uuid4(), b"", None, lexical.pack({"word": 1}), ALWAYS, vector) for vector in vectors
    ]
    view = DenseView(question, np.zeros(len(question), np.float32), np.eye(len(question), dtype=np.float32))
    parts = [Segment.of(part.tolist()) for part in np.array_split(np.array(rows, object), segments)]
    nothing = lexical.question("", {}, {}, lexical.Corpus(0, 0, 0))
    ranking = rank([Searched(uuid.uuid4(), parts, 1, view, tags)], nothing, 1.0, 0.8)
    return [(one.cosine, one.crowded) for one in ranking.nearest]


def directions(count: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("segments", [1, 3])
def test_the_nearest_rows_and_how_crowded_it_is_there(segments: int) -> None:
    vectors, question = directions(1000, 1), directions(1, 2)[0]
    told = near(vectors, question, segments)
    cosines = vectors @ question
    around = np.argsort(-cosines)[:AROUND]
    assert len(told) == NEAREST
    for (cosine, crowded), row in zip(told, around, strict=False):
        assert cosine == pytest.approx(cosines[row], abs=1e-5)
        others = np.sort(vectors[around] @ vectors[row])[::-1]
        assert crowded == pytest.approx(others[NEAREST], abs=1e-5)


def test_few_rows_crowd_less() -> None:
    two = np.eye(16, dtype=np.float32)[:2]
    assert near(two, two[0]) == [(1.0, 0.0), (0.0, 0.0)]
    assert near(two[:1], two[0]) == [(1.0, 1.0)]


@pytest.mark.parametrize("segments", [1, 2])
def test_nothing_is_near_where_nothing_has_the_tag(segments: int) -> None:
    assert near(np.eye(16, dtype=np.float32)[:2], directions(1, 6)[0], segments, frozenset(["returns"])) == []


def test_the_middles_of_sources_are_right_and_stay_so() -> None:
    sizes = (MANY_ROWS, 1, MANY_ROWS + 2, 3)
    vectors, bounds = directions(sum(sizes), 3), np.cumsum([0, *sizes])
    missing, usable = np.zeros(16, np.float32), np.ones(len(vectors), np.bool_)
    usable[[0, -3, -2, -1]] = False
    middles, places = Middles(vectors, Groups.of(sizes), usable), np.array([2, 3, 1, 0])
    wanted = np.array(
        [vectors[bounds[2] : bounds[3]].mean(0), missing, vectors[bounds[1]], vectors[1 : sizes[0]].mean(0)]
    )
    for _ in range(2):
        assert middles.of(places, missing) == pytest.approx(wanted, abs=1e-6)


def test_heads_are_those_of_the_space_that_is_asked_about() -> None:
    vectors, question = directions(20, 4), directions(1, 5)[0]
    middles = Middles(vectors, Groups.of([1] * 20), np.ones(20, np.bool_))
    for mean in (vectors.mean(0), np.zeros(16, np.float32)):
        precision = np.linalg.inv(np.cov(vectors.T) + np.eye(16)).astype(np.float32)
        root = np.linalg.cholesky(precision)
        seen, asked = (vectors - mean) @ root, (question - mean) @ root
        wanted = seen @ asked / np.linalg.norm(seen, axis=1) / np.linalg.norm(asked)
        view = DenseView(question, mean, precision)
        for places in (np.array([3, 1]), np.arange(20)):
            assert middles.heads(places, view) == pytest.approx(wanted[places], abs=1e-5)
