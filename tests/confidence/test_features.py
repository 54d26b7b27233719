"""What one retrieval says of its first passage."""

from dataclasses import replace

import pytest

from frontdesk.confidence.features import Features
from frontdesk.knowledge.found import Near
from tests.found import passage, retrieved

FIRST = passage("Within 14 days.", score=0.8, words=0.9, lexical=0.7, coverage=0.95, head=0.6)
RIVAL = passage("By courier.", score=0.5, words=0.4, lexical=0.6, coverage=0.5, head=0.1)


def test_leads_are_over_the_best_rival_of_each_kind() -> None:
    strong_by_head = replace(RIVAL, text="At the door.", score=0.3, head=0.45)
    features = Features.of(retrieved([FIRST, RIVAL, strong_by_head]))
    assert features.lead == pytest.approx(0.3)
    assert features.words_lead == pytest.approx(0.5)
    assert features.sameness_lead == pytest.approx(0.1)
    assert features.head_lead == pytest.approx(0.15)


def test_a_passage_that_says_the_same_is_no_rival() -> None:
    twin = replace(FIRST, score=0.79, head=0.59)
    assert Features.of(retrieved([FIRST, twin, RIVAL])) == Features.of(retrieved([FIRST, RIVAL]))


def test_a_passage_alone_leads_over_nothing() -> None:
    assert Features.of(retrieved([FIRST])).lead == FIRST.score


def test_without_a_dense_leg_nothing_is_said_of_meaning() -> None:
    features = Features.of(retrieved([replace(FIRST, head=None), replace(RIVAL, head=None)]))
    assert (features.familiarity, features.head_lead) == (0.0, 0.0)


def test_the_same_cosine_is_familiar_where_texts_lie_apart_and_strange_where_they_crowd() -> None:
    apart = Features.of(retrieved([FIRST], [Near(0.6, 0.4), Near(0.5, 0.4)]))
    crowd = Features.of(retrieved([FIRST], [Near(0.6, 0.9), Near(0.5, 0.9)]))
    assert apart.familiarity == pytest.approx(1.375)
    assert crowd.familiarity == pytest.approx(0.611, abs=1e-3)


def test_a_reranker_has_the_last_word() -> None:
    features = Features.of(retrieved([replace(RIVAL, rerank=0.9), replace(FIRST, rerank=0.2)]))
    assert (features.score, features.lead) == (0.9, pytest.approx(0.7))


def test_of_nothing() -> None:
    assert Features.of(retrieved([])) is None


def test_a_name_that_is_no_feature() -> None:
    with pytest.raises(AttributeError):
        Features.of(retrieved([FIRST])).named(["mood"])
