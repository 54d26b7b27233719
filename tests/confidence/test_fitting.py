"""The confidence of one knowledge base, from what is known of it."""

import json
from collections.abc import Sequence

import numpy as np
import pytest

from frontdesk.confidence.built_in import MEANING, WORDS
from frontdesk.confidence.fitted import Fitted
from frontdesk.confidence.fitting import Known, cross_fitted, fit, order
from frontdesk.confidence.grounds import NEAR, Ground, likely_of_held_out, share_of_held_out
from frontdesk.confidence.guarantee import Promise, certify
from frontdesk.confidence.judging import at
from frontdesk.confidence.model import UnknownModel
from frontdesk.confidence.outcomes import Outcome, examples, labelled
from tests.confidence.test_model import retrieval

WISH = Promise(outside=0.2)


def outcomes(pairs: int, seed: int, clear: float = 0.35) -> list[Outcome]:
    """Of each pair something answers the first and nothing the second; `clear` is how far they are apart."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(pairs):
        right = bool(random.random() < 0.97)
        for answerable in (True, False):
            strength = float(np.clip(0.4 + clear * answerable + random.normal(0, 0.08), 0, 1))
            lead = strength * (0.6 if answerable and right and clear else 0.1)
            made.append(Outcome(retrieval(strength, lead), answerable and right, answerable))
    return made


def seen_at(fitted: Fitted, asked: Sequence[Outcome]) -> tuple[float, float]:
    """The share of wrong answers among the answered, and of the answered, in the traffic of the wish."""
    return at(fitted.threshold, labelled(fitted.model, asked), WISH.outside)


def test_labels_make_a_promise_and_it_is_kept() -> None:
    fitted = fit(MEANING, Known(outcomes(150, 1), outcomes(400, 2)), WISH).fitted
    assert fitted.ground is Ground.PROMISED
    wrong, answered = seen_at(fitted, outcomes(3000, 3))
    assert wrong <= WISH.error
    assert answered > 0.7
    assert fitted.certificate.missing == 0
    assert fitted.rates.let_through.seen <= fitted.rates.let_through.at_most


def test_the_threshold_is_one_of_the_calibrated_probability() -> None:
    """It answers as many of the labelled questions as the certificate tells, weighed to their share."""
    known = outcomes(400, 2)
    fitted = fit(MEANING, Known(outcomes(150, 1), known), WISH).fitted
    assert seen_at(fitted, known)[1] == pytest.approx(fitted.certificate.answered)


def test_without_labels_its_own_wordings_make_an_expectation_and_say_what_a_promise_takes() -> None:
    fitted = fit(MEANING, Known(outcomes(300, 4)), WISH).fitted
    assert fitted.ground is Ground.EXPECTED
    assert seen_at(fitted, outcomes(3000, 5))[1] > 0.7
    assert fitted.certificate.missing > 0


def test_some_questions_that_nothing_answers_are_taken_to_be_easier_than_those_held_out() -> None:
    """What is told of them is of all questions, and none of these is thought to be answered."""
    near, share = likely_of_held_out(Promise(outside=0.2)), share_of_held_out(Promise(outside=0.2))
    assert share == pytest.approx(1 - 0.2 * (1 - NEAR))
    assert near.outside == pytest.approx(0.2 * NEAR / share)
    assert (1 - near.outside) * share == pytest.approx(0.8)
    held = outcomes(300, 4)
    told = order(MEANING, held, WISH)
    alone = certify(told.held, near)
    assert (told.certificate.threshold, told.certificate.answered) == (alone.threshold, share * alone.answered)


def test_with_hardly_anything_nothing_is_known() -> None:
    fitted = fit(WORDS, Known(outcomes(3, 6), outcomes(5, 7)), WISH).fitted
    assert (fitted.ground, fitted.threshold, fitted.model) == (Ground.NOTHING, None, WORDS)
    assert fitted.certificate.missing > 0


@pytest.mark.parametrize("wish", [Promise(outside=0.85), Promise(0.015, outside=0.2)], ids=["outside", "error"])
def test_where_no_threshold_does_the_nearest_holds_and_promises_nothing(wish: Promise) -> None:
    held = outcomes(280, 12, clear=0.15)
    usual, fitted = fit(MEANING, Known(held), WISH).fitted, fit(MEANING, Known(held), wish).fitted
    assert (usual.ground, fitted.ground) == (Ground.EXPECTED, Ground.NOTHING)
    assert seen_at(fitted, outcomes(3000, 13, clear=0.15))[0] <= seen_at(usual, outcomes(3000, 13, clear=0.15))[0]
    assert fitted.threshold is not None
    assert (fitted.certificate.threshold, fitted.certificate.answered) == (None, 0.0)


def test_what_can_not_be_told_apart_is_not_promised() -> None:
    fitted = fit(MEANING, Known(outcomes(300, 8, clear=0.0), outcomes(300, 9, clear=0.0)), WISH).fitted
    assert fitted.ground is Ground.NOTHING


def test_no_question_is_judged_by_a_model_that_saw_it() -> None:
    held = outcomes(40, 11)
    crossed = cross_fitted(MEANING, held, 0.2).confidence
    same = labelled(MEANING.fitted(examples(held), 0.2), held).confidence
    assert not np.allclose(crossed, same)


class TestStored:
    FITTED = fit(MEANING, Known(outcomes(150, 1), outcomes(400, 2)), WISH).fitted

    def test_comes_back_as_it_was(self) -> None:
        text = json.dumps(self.FITTED.as_json())
        assert Fitted.of_json(json.loads(text)) == self.FITTED
        assert len(text) < 4000

    @pytest.mark.parametrize(
        "change", [{"format": 0}, {"model": None}, {"ground": "hope"}, {"certificate": {"threshold": "high"}}]
    )
    def test_another_format(self, change: dict[str, object]) -> None:
        with pytest.raises(UnknownModel):
            Fitted.of_json(self.FITTED.as_json() | change)

    def test_nothing_at_all(self) -> None:
        with pytest.raises(UnknownModel):
            Fitted.of_json({})

    def test_a_number_is_missing(self) -> None:
        stored = self.FITTED.as_json()
        stored["model"]["first"]["weights"].pop()
        with pytest.raises(UnknownModel):
            Fitted.of_json(stored)

    def test_a_feature_that_there_is_no_more(self) -> None:
        stored = json.dumps(self.FITTED.as_json()).replace("familiarity", "mood")
        with pytest.raises(UnknownModel, match="mood"):
            Fitted.of_json(json.loads(stored))
