"""Contacts say that answers are no help: from where on there are not too many of them."""

import numpy as np
import pytest

from frontdesk.confidence.built_in import MEANING
from frontdesk.confidence.complaints import are_too_many, bearable
from frontdesk.confidence.fitting import Known, fit
from frontdesk.confidence.grounds import Ground
from frontdesk.confidence.guarantee import LEVELS
from frontdesk.confidence.outcomes import AskedLately, LookedUp, confidences
from tests.confidence.test_fitting import WISH, outcomes
from tests.confidence.test_model import retrieval


def asked(count: int, disliked: float, seed: int = 3) -> AskedLately:
    """Questions, the less sure half of them answered badly: of its answers such a share is disliked."""
    random = np.random.default_rng(seed)
    sure = [LookedUp(retrieval(0.85, 0.5), True) for _ in range(count // 2)]
    unsure = [LookedUp(retrieval(0.6, 0.15), True, random.random() < disliked) for _ in range(count // 2)]
    return AskedLately([*sure, *unsure])


@pytest.mark.parametrize(
    ("disliked", "answered", "expected"),
    [(0, 0, False), (1, 4, False), (3, 4, True), (5, 100, False), (8, 100, False), (12, 100, True)],
)
def test_only_what_is_certainly_too_much_is_too_much(disliked: int, answered: int, expected: bool) -> None:
    assert are_too_many(disliked, answered, 0.05) is expected


def test_where_nobody_complains_everything_is_bearable() -> None:
    assert bearable(MEANING, asked(200, 0.0), 0.05) == 0.0


def test_what_is_disliked_is_no_more_answered_and_the_rest_still() -> None:
    lately = asked(200, 0.4)
    level = bearable(MEANING, lately, 0.05)
    unsure, sure = confidences(MEANING, [retrieval(0.6, 0.15), retrieval(0.85, 0.5)])
    assert unsure < level <= sure


def test_what_was_not_answered_could_not_be_disliked() -> None:
    """It does not make complaints rarer."""
    lately = asked(100, 0.5)
    unanswered = [LookedUp(retrieval(0.55, 0.1))] * 1000
    assert bearable(MEANING, AskedLately([*lately.found, *unanswered]), 0.05) == bearable(MEANING, lately, 0.05)


def test_where_the_surest_answers_are_disliked_only_the_surest_of_all_are_given() -> None:
    all_bad = AskedLately([LookedUp(retrieval(0.9, 0.6), True, disliked=True)] * 40)
    assert bearable(MEANING, all_bad, 0.05) in (LEVELS[0], *LEVELS[:12])
    assert bearable(MEANING, all_bad, 0.05) > confidences(MEANING, [retrieval(0.9, 0.6)])[0]


class TestFitted:
    @pytest.mark.parametrize("labels", [400, 0])
    def test_complaints_raise_a_threshold_whatever_it_rests_on(self, labels: int) -> None:
        held, known = outcomes(300, 1), outcomes(labels, 2)
        usual = fit(MEANING, Known(held, known), WISH)
        sure = [one.features for one in outcomes(200, 5) if one.right]
        confidence = usual.model.confidences(sure)
        least_sure = confidence <= np.median(confidence)
        lately = AskedLately([LookedUp(one, True, bool(bad)) for one, bad in zip(sure, least_sure, strict=True)])
        raised = fit(MEANING, Known(held, known, lately), WISH)
        assert (usual.raised, raised.raised) == (False, True)
        assert raised.threshold > usual.threshold
        assert raised.certificate.answered < usual.certificate.answered
        assert (usual.ground, raised.ground) == (Ground.PROMISED if labels else Ground.EXPECTED, Ground.EXPECTED)

    def test_few_complaints_change_nothing(self) -> None:
        held, known = outcomes(300, 1), outcomes(400, 2)
        lately = AskedLately([LookedUp(one.features, True, n < 2) for n, one in enumerate(outcomes(50, 5))])
        assert fit(MEANING, Known(held, known, lately), WISH) == fit(MEANING, Known(held, known), WISH)

    def test_where_nothing_is_known_they_raise_the_threshold_of_the_settings(self) -> None:
        lately = AskedLately([LookedUp(retrieval(0.6, 0.15), True, disliked=True)] * 30)
        fallback = float(confidences(MEANING, [retrieval(0.6, 0.15)])[0]) - 0.01
        raised = fit(MEANING, Known(asked=lately), WISH, fallback)
        assert (raised.ground, raised.raised, raised.model) == (Ground.NOTHING, True, MEANING)
        assert raised.threshold > fallback
        assert fit(MEANING, Known(asked=lately), WISH, 0.999).threshold is None
