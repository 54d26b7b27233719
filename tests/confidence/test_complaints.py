"""Contacts say that answers are no help: from where on there are not too many of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from frontdesk.confidence.built_in import MEANING
from frontdesk.confidence.complaints import are_too_many, bearable
from frontdesk.confidence.features import Features
from frontdesk.confidence.fitting import Known, fit
from frontdesk.confidence.grounds import Ground
from frontdesk.confidence.guarantee import LEVELS
from frontdesk.confidence.outcomes import LookedUp, confidences
from tests.confidence.test_fitting import WISH, outcomes
from tests.confidence.test_model import retrieval

SURE, UNSURE = retrieval(0.85, 0.5), retrieval(0.6, 0.15)


def looked_up(
    features: Features, *, answered: bool = True, disliked: bool = False, is_new: bool = True
) -> LookedUp:
    return LookedUp(features, features, answered=answered, disliked=disliked, is_new=is_new)


def asked(count: int, disliked: int) -> list[LookedUp]:
    """Answers, the less sure half of them bad: so many of these are disliked."""
    half = count // 2
    return [looked_up(SURE)] * half + [looked_up(UNSURE, disliked=number < disliked) for number in range(half)]


@pytest.mark.parametrize(
    ("disliked", "answered", "expected"),
    [(0, 0, False), (2, 2, False), (3, 4, True), (5, 100, False), (10, 100, False), (13, 100, True)],
)
def test_only_what_is_certainly_too_much_is_too_much(disliked: int, answered: int, expected: bool) -> None:
    assert are_too_many(disliked, answered, 0.05) is expected


def test_where_nobody_complains_everything_is_bearable() -> None:
    assert bearable(MEANING, asked(200, 0), 0.05) == 0.0


def test_what_is_disliked_is_no_more_answered_and_the_rest_still() -> None:
    level = bearable(MEANING, asked(200, 40), 0.05)
    unsure, sure = confidences(MEANING, [UNSURE, SURE])
    assert unsure < level <= sure


def test_what_was_not_answered_could_not_be_disliked() -> None:
    """It does not make complaints rarer."""
    lately = asked(100, 25)
    unanswered = [looked_up(retrieval(0.55, 0.1), answered=False)] * 1000
    assert bearable(MEANING, [*lately, *unanswered], 0.05) == bearable(MEANING, lately, 0.05) > 0


def test_answers_of_before_do_not_make_complaints_rarer_either() -> None:
    """Before the last calibration another threshold held."""
    before = [looked_up(UNSURE, is_new=False)] * 400
    assert bearable(MEANING, [*asked(100, 25), *before], 0.05) == bearable(MEANING, asked(100, 25), 0.05)


def test_where_the_surest_answers_are_disliked_only_surer_ones_are_given() -> None:
    level = bearable(MEANING, [looked_up(retrieval(0.9, 0.6), disliked=True)] * 40, 0.05)
    assert level in LEVELS
    assert level > confidences(MEANING, [retrieval(0.9, 0.6)])[0]


class TestFitted:
    def disliked(self, known: Known) -> Sequence[LookedUp]:
        """The less sure half of what is answered rightly."""
        sure = [one.features for one in outcomes(200, 5) if one.right and one.features]
        confidence = fit(MEANING, known, WISH).fitted.model.confidences(sure)
        least_sure = confidence <= np.median(confidence)
        return [looked_up(one, disliked=bool(bad)) for one, bad in zip(sure, least_sure, strict=True)]

    @pytest.mark.parametrize("labels", [400, 0])
    def test_complaints_raise_a_threshold_whatever_it_rests_on(self, labels: int) -> None:
        known = Known(outcomes(300, 1), outcomes(labels, 2))
        usual = fit(MEANING, known, WISH).fitted
        raised = fit(MEANING, replace(known, asked=self.disliked(known)), WISH).fitted
        assert (usual.raised, raised.raised) == (False, True)
        assert raised.threshold > usual.threshold
        assert raised.certificate.answered < usual.certificate.answered
        assert (usual.ground, raised.ground) == (Ground.PROMISED if labels else Ground.EXPECTED, Ground.EXPECTED)

    def test_they_raise_that_of_a_part_and_nothing_is_promised_of_it_any_more(self) -> None:
        everything = [replace(one, parts=frozenset(["tag:a"])) for one in outcomes(1500, 2)]
        known = Known(outcomes(300, 1), [*everything, *outcomes(1500, 3)])
        before = fit(MEANING, known, WISH, 0.8, {"tag:a": 0.04}).fitted.cells["tag:a"]
        known = replace(known, asked=self.disliked(known))
        after = fit(MEANING, known, WISH, 0.8, {"tag:a": 0.04}).fitted.cells["tag:a"]
        assert (before.ground, after.ground) == (Ground.PROMISED, Ground.EXPECTED)
        assert after.threshold > before.threshold

    def test_a_part_of_which_nothing_is_known_answers_no_more_than_the_whole(self) -> None:
        asked = [*[looked_up(SURE)] * 300, *[looked_up(SURE, disliked=True)] * 100]
        fitted = fit(MEANING, Known(asked=asked), WISH, 0.6, {"tag:a": 0.04}).fitted
        assert fitted.raised
        assert fitted.cells["tag:a"].threshold >= fitted.threshold > 0.96

    def test_few_complaints_change_nothing(self) -> None:
        known = Known(outcomes(300, 1), outcomes(400, 2))
        some = [looked_up(one.features, disliked=n < 2) for n, one in enumerate(outcomes(50, 5)) if one.features]
        assert fit(MEANING, replace(known, asked=some), WISH) == fit(MEANING, known, WISH)

    def test_where_nothing_is_known_they_raise_the_threshold_of_the_settings(self) -> None:
        known = Known(asked=[looked_up(UNSURE, disliked=True)] * 30)
        fallback = float(confidences(MEANING, [UNSURE])[0]) - 0.01
        raised = fit(MEANING, known, WISH, fallback).fitted
        assert (raised.ground, raised.raised, raised.model) == (Ground.NOTHING, True, MEANING)
        assert raised.threshold > fallback
        assert fit(MEANING, known, WISH, 0.999).fitted.threshold is None
