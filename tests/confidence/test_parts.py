"""Parts of the questions of which fewer answers may be wrong."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from frontdesk.confidence.built_in import MEANING
from frontdesk.confidence.fitting import Fitted, Known, fit
from frontdesk.confidence.grounds import Ground
from frontdesk.confidence.judging import at
from frontdesk.confidence.outcomes import Outcome, labelled
from frontdesk.confidence.parts import Part, of_language, of_tag
from frontdesk.language import Language
from tests.confidence.test_fitting import WISH, outcomes

ZH, RETURNS = of_language(Language.ZH), of_tag("returns")


def mixed(pairs: int, seed: int) -> list[Outcome]:
    """Two kinds, half each: clear ones, and those about returns, which are harder to tell apart."""
    hard = [replace(one, parts=frozenset([RETURNS])) for one in outcomes(pairs // 2, seed, clear=0.22)]
    return [*outcomes(pairs // 2, seed + 1), *hard]


def part(known: Known, error: float, name: str = RETURNS) -> tuple[Fitted, Part]:
    fitted = fit(MEANING, known, WISH, 0.8, {name: error})
    return fitted, fitted.parts[name]


def wrong_in_part(fitted: Fitted, threshold: float, asked: Sequence[Outcome]) -> float:
    of_part = [one for one in asked if RETURNS in one.parts]
    return at(threshold, labelled(fitted.model, of_part), WISH.outside)[0]


def test_labels_of_a_part_promise_what_the_threshold_of_the_whole_does_not_keep() -> None:
    fitted, own = part(Known(mixed(300, 1), mixed(3000, 11)), 0.02)
    asked = mixed(6000, 21)
    assert (fitted.ground, own.ground) == (Ground.PROMISED, Ground.PROMISED)
    assert own.threshold > fitted.threshold
    assert wrong_in_part(fitted, own.threshold, asked) <= 0.02 < wrong_in_part(fitted, fitted.threshold, asked)
    assert 0 < own.certificate.answered < 1


def test_without_labels_its_own_wordings_make_an_expectation() -> None:
    _, own = part(Known(mixed(2000, 1)), 0.02)
    assert own.ground is Ground.EXPECTED
    assert own.certificate.missing > 0


def test_of_a_part_that_nobody_asked_about_each_answer_has_to_be_as_sure() -> None:
    fitted, own = part(Known(mixed(300, 1), mixed(600, 11)), 0.02, ZH)
    assert (own.ground, own.threshold) == (Ground.NOTHING, max(0.98, fitted.threshold))


@pytest.mark.parametrize("error", [0.04, 0.02, 0.01])
def test_it_is_never_lower_than_that_of_the_whole(error: float) -> None:
    fitted, own = part(Known(mixed(300, 1), outcomes(600, 11)), error)
    assert own.threshold >= fitted.threshold


def test_where_nothing_is_known_of_the_whole_either() -> None:
    fitted, own = part(Known(), 0.02)
    assert (fitted.threshold, own.ground, own.threshold) == (None, Ground.NOTHING, 0.98)


def test_the_share_that_nothing_answers_is_that_of_the_part() -> None:
    """A language in which mostly nothing is known: half of all are, but hardly any of its questions."""
    random = np.random.default_rng(5)
    known = [
        replace(one, parts=frozenset([ZH]) if random.random() < (0.1 if one.answerable else 0.9) else frozenset())
        for one in outcomes(2000, 7)
    ]
    _, strange = part(Known(outcomes(300, 1), known), 0.04, ZH)
    _, usual = part(Known(outcomes(300, 1), [replace(one, parts=frozenset([ZH])) for one in known]), 0.04, ZH)
    assert strange.certificate.answered < usual.certificate.answered / 2


def test_comes_back_as_it_was() -> None:
    fitted, _ = part(Known(mixed(300, 1)), 0.03)
    assert Fitted.of_json(json.loads(json.dumps(fitted.as_json()))) == fitted


def test_what_an_earlier_release_stored_has_none() -> None:
    stored = fit(MEANING, Known(outcomes(300, 1)), WISH).as_json()
    del stored["parts"], stored["raised"]
    assert (Fitted.of_json(stored).parts, Fitted.of_json(stored).raised) == ({}, False)
