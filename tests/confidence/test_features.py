"""What one retrieval says of its first passage."""

from dataclasses import replace

import numpy as np
import pytest

from frontdesk.confidence.features import Evidence, Features, Near, Rated, crowded

FIRST = Rated("Within 14 days.", score=0.8, words=0.9, lexical=0.7, coverage=0.95, head=0.6)
RIVAL = Rated("By courier.", score=0.5, words=0.4, lexical=0.6, coverage=0.5, head=0.1)


def test_leads_are_over_the_best_rival_of_each_kind() -> None:
    strong_by_head = replace(RIVAL, text="At the door.", score=0.3, head=0.45)
    features = Features.of(Evidence([FIRST, RIVAL, strong_by_head]))
    assert features.lead == pytest.approx(0.3)
    assert features.words_lead == pytest.approx(0.5)
    assert features.sameness_lead == pytest.approx(0.1)
    assert features.head_lead == pytest.approx(0.15)


def test_a_passage_that_says_the_same_is_no_rival() -> None:
    twin = replace(FIRST, score=0.79, head=0.59)
    assert Features.of(Evidence([FIRST, twin, RIVAL])) == Features.of(Evidence([FIRST, RIVAL]))


def test_a_passage_alone_leads_over_nothing() -> None:
    assert Features.of(Evidence([FIRST])).lead == FIRST.score


def test_without_a_dense_leg_nothing_is_said_of_meaning() -> None:
    features = Features.of(Evidence([replace(FIRST, head=None), replace(RIVAL, head=None)]))
    assert (features.familiarity, features.head_lead) == (0.0, 0.0)


def test_the_same_cosine_is_familiar_where_texts_lie_apart_and_strange_where_they_crowd() -> None:
    apart = Features.of(Evidence([FIRST], [Near(0.6, 0.4), Near(0.5, 0.4)]))
    crowd = Features.of(Evidence([FIRST], [Near(0.6, 0.9), Near(0.5, 0.9)]))
    assert apart.familiarity == pytest.approx(1.375)
    assert crowd.familiarity == pytest.approx(0.611, abs=1e-3)


def test_a_name_that_is_no_feature() -> None:
    with pytest.raises(AttributeError):
        Features.of(Evidence([FIRST])).named(["mood"])


def test_crowded_is_the_cosine_to_the_tenth_neighbour() -> None:
    rows = np.random.default_rng(1).normal(size=(1500, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = crowded(rows)
    for row in (0, 700, 1499):
        others = np.delete(rows @ rows[row], row)
        assert found[row] == pytest.approx(np.sort(others)[-10], abs=1e-5)


def test_crowded_with_few_rows() -> None:
    two = np.eye(2, dtype=np.float32)
    assert crowded(two).tolist() == [0.0, 0.0]
    assert crowded(two[:1]).tolist() == [1.0]
    assert crowded(two[:0]).tolist() == []
