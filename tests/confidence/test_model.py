"""Confidence as a probability, from the built-in model or one of a knowledge base's own."""

from dataclasses import replace

import numpy as np
import pytest

from frontdesk.confidence.built_in import MEANING, WORDS
from frontdesk.confidence.features import Features
from frontdesk.confidence.model import Examples, Model
from frontdesk.confidence.rates import calibration_error
from frontdesk.knowledge.found import Near
from tests.found import passage, retrieved

BOTH = pytest.mark.parametrize("model", [WORDS, MEANING], ids=["words", "meaning"])


def retrieval(strength: float, lead: float) -> Features:
    """Of one whose first passage has so much of the question, and so much more than the next."""
    scores = ("score", "words", "lexical", "coverage", "head")
    first = passage("this", **dict.fromkeys(scores, strength))
    rival = passage("that", **dict.fromkeys(scores, strength - lead))
    return Features.of(retrieved([first, rival], [Near(strength, 0.6)] * 10))


def examples(count: int, seed: int = 3) -> Examples:
    """Questions half of which nothing answers; strength tells these, the lead tells right from wrong."""
    random = np.random.default_rng(seed)
    answerable = random.random(count) < 0.5
    right = answerable & (random.random(count) < 0.85)
    strength = np.clip(np.where(answerable, 0.75, 0.45) + random.normal(0, 0.12, count), 0, 1)
    lead = np.clip(np.where(right, 0.35, 0.1) + random.normal(0, 0.1, count), 0, strength)
    features = [retrieval(s, m) for s, m in zip(strength, lead, strict=True)]
    return Examples(features, right, answerable)


@BOTH
def test_a_strong_and_clear_passage_is_surer_than_a_weak_or_contested_one(model: Model) -> None:
    sure = model.confidence(retrieval(0.9, 0.5))
    assert sure > 0.9
    assert model.confidence(retrieval(0.3, 0.2)) < sure
    assert model.confidence(retrieval(0.9, 0.01)) < sure


@BOTH
def test_nothing_found_is_no_confidence(model: Model) -> None:
    assert model.confidence(None) == 0.0


@BOTH
def test_a_model_of_its_own_tells_more_than_the_built_in_one_and_knows_how_likely_it_is(model: Model) -> None:
    own = model.fitted(examples(800), outside=0.5)
    seen = examples(4000, seed=4)
    confidence = own.confidences(seen.features)
    assert calibration_error(confidence, seen.right) < 0.05
    assert calibration_error(model.confidences(seen.features), seen.right) > 0.08


def test_it_is_fitted_to_the_share_that_nothing_answers() -> None:
    """Half of the examples are of that kind, of the traffic one in ten."""
    seen, labelled = examples(4000, seed=5), examples(2000)
    errors = [
        calibration_error(MEANING.fitted(labelled, share).confidences(seen.features), seen.right, seen.weights(0.1))
        for share in (0.1, 0.5)
    ]
    assert errors[0] < 0.05
    assert errors[1] > 2 * errors[0]


def test_few_examples_change_little_and_none_nothing() -> None:
    before = WORDS.confidence(retrieval(0.6, 0.2))
    few = examples(4)
    assert WORDS.fitted(few).confidence(retrieval(0.6, 0.2)) == pytest.approx(before, abs=0.25)
    nothing = Examples([], np.zeros(0, bool), np.zeros(0, bool))
    assert WORDS.fitted(nothing) == WORDS.recalibrated(nothing) == WORDS


def test_examples_of_one_kind_teach_nothing_of_the_other() -> None:
    some = examples(200)
    only = [place for place, answerable in enumerate(some.answerable) if not answerable]
    outside = Examples([some.features[place] for place in only], some.right[only], some.answerable[only])
    assert WORDS.fitted(outside) == WORDS


class TestRecalibrated:
    def test_is_a_probability(self) -> None:
        model = MEANING.recalibrated(examples(500))
        seen = examples(4000, seed=6)
        assert calibration_error(model.confidences(seen.features), seen.right) < 0.05

    def test_keeps_the_order_and_takes_thresholds_along(self) -> None:
        model = MEANING.recalibrated(examples(500))
        seen = examples(300, seed=7)
        before, after = MEANING.confidences(seen.features), model.confidences(seen.features)
        assert np.argsort(before).tolist() == np.argsort(after).tolist()
        assert ((before >= 0.7) == (after >= float(model.calibrated(0.7)))).all()

    def test_what_is_upside_down_is_not_turned_round(self) -> None:
        some = examples(300)
        assert MEANING.recalibrated(replace(some, right=~some.right)).slope > 0
