"""What other thresholds would do, and whether what is sure is right."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from frontdesk.confidence.built_in import MEANING
from frontdesk.confidence.curves import Curves, curves
from frontdesk.confidence.fitting import Known, fit
from frontdesk.confidence.guarantee import Labelled, Promise
from tests.confidence.test_fitting import WISH, outcomes

AS_IT_IS = replace(MEANING, slope=1.0, shift=0.0)


def calibrated(count: int, seed: int = 5) -> Labelled:
    """Questions that are answered rightly as often as is thought."""
    random = np.random.default_rng(seed)
    confidence = random.uniform(0.02, 0.98, count)
    return Labelled(confidence, random.random(count) < confidence, np.ones(count, bool))


def of(questions: Labelled, outside: float | None = None) -> Curves:
    return curves(questions, AS_IT_IS, outside)


def test_the_more_is_answered_the_more_of_it_is_wrong() -> None:
    points = of(calibrated(5000)).points
    answered, wrong = [point.answered for point in points], [point.wrong for point in points]
    assert answered == sorted(answered)
    assert answered[-1] == 1.0
    strict, middle, lenient = (wrong[number] for number in (len(wrong) // 4, len(wrong) // 2, -1))
    assert strict < 0.15 < middle < lenient == pytest.approx(0.5, abs=0.02)
    assert all(point.low <= point.wrong <= point.high for point in points)


def test_a_calibrated_confidence_lies_on_the_diagonal() -> None:
    bins = of(calibrated(20_000)).bins
    assert len(bins) == 10
    assert sum(one.share for one in bins) == pytest.approx(1)
    assert all(one.low <= one.confidence <= one.high for one in bins)
    sure = calibrated(20_000)
    off = of(replace(sure, right=np.random.default_rng(1).random(20_000) < sure.confidence**3)).bins
    assert sum(one.confidence > one.high for one in off) >= 8


def test_bands_are_as_wide_as_there_are_few_questions() -> None:
    many, few = (of(calibrated(count)).bins[5] for count in (20_000, 200))
    assert few.high - few.low > 5 * (many.high - many.low)


def test_questions_that_nothing_answers_count_as_often_as_they_come() -> None:
    inside = calibrated(1000)
    outside = Labelled(inside.confidence, np.zeros(1000, bool), np.zeros(1000, bool))
    both = Labelled(*(np.concatenate(pair) for pair in zip(
        (inside.confidence, inside.right, inside.answerable),
        (outside.confidence, outside.right, outside.answerable),
        strict=True,
    )))  # fmt: skip
    assert of(both, outside=0.0) == of(inside)
    assert of(both, outside=0.5).points[-1].wrong == pytest.approx(0.75, abs=0.02)


def test_those_of_a_threshold_go_through_it() -> None:
    fitted, told = fit(MEANING, Known(outcomes(300, 1), outcomes(800, 2)), WISH)
    (chosen,) = [point for point in told.points if point.threshold == fitted.threshold]
    assert chosen.answered == pytest.approx(fitted.certificate.answered)
    assert chosen.wrong == pytest.approx(fitted.certificate.wrong)
    assert json.loads(json.dumps(asdict(told)))["points"]


def test_those_of_questions_held_out_tell_of_all_questions() -> None:
    fitted, told = fit(MEANING, Known(outcomes(300, 4)), WISH)
    (chosen,) = [point for point in told.points if point.threshold == fitted.threshold]
    assert chosen.answered == pytest.approx(fitted.certificate.answered)


def test_where_nothing_is_known_there_are_none() -> None:
    assert fit(MEANING, Known(), Promise(outside=0.2)).curves == Curves()
    nobody = np.zeros(0)
    assert of(Labelled(nobody, nobody.astype(bool), nobody.astype(bool))) == Curves()
