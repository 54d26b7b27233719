"""Parts of the questions of which fewer answers may be wrong."""

import json
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from frontdesk.confidence.binomial import Floats
from frontdesk.confidence.built_in import MEANING
from frontdesk.confidence.fitted import Fitted
from frontdesk.confidence.fitting import Known, fit
from frontdesk.confidence.grounds import Ground
from frontdesk.confidence.guarantee import Promise
from frontdesk.confidence.judging import at
from frontdesk.confidence.outcomes import Outcome, labelled
from frontdesk.confidence.parts import Cell, cell_of, of_language, of_tag
from frontdesk.language import Language
from tests.confidence.test_fitting import WISH, outcomes

ZH, RETURNS = of_language(Language.ZH), of_tag("returns")


def inside(parts: Sequence[str], some: Sequence[Outcome]) -> list[Outcome]:
    return [replace(one, parts=frozenset(parts)) for one in some]


def mixed(pairs: int, seed: int) -> list[Outcome]:
    """Two kinds, half each: clear ones, and those about returns, which are harder to tell apart."""
    half = pairs // 2
    return [*outcomes(half, seed + 1), *inside([RETURNS], outcomes(half, seed, clear=0.22))]


def cell(known: Known, error: float, name: str = RETURNS) -> tuple[Fitted, Cell]:
    fitted = fit(MEANING, known, WISH, 0.8, {name: error}).fitted
    return fitted, fitted.cells[name]


def thresholds(fitted: Fitted, asked: Sequence[Outcome]) -> Floats:
    """What has to be reached by each question."""
    assert fitted.threshold is not None
    own = (fitted.cell(one.parts, fitted.threshold) for one in asked)
    return np.array([fitted.threshold if one is None else one.threshold for one in own])


def seen(fitted: Fitted, asked: Sequence[Outcome], part: str | None = None) -> tuple[float, float]:
    """The share that is wrong among the answered, and of the answered, of all questions or those of a part."""
    asked = [one for one in asked if part is None or part in one.parts]
    found = labelled(fitted.model, asked)
    is_answered = (found.confidence >= thresholds(fitted, asked)).astype(float)
    return at(0.5, replace(found, confidence=is_answered), WISH.outside)


def test_labels_of_a_part_promise_what_the_threshold_of_the_whole_does_not_keep() -> None:
    known = Known(mixed(300, 1), mixed(4000, 11))
    usual = fit(MEANING, known, WISH, 0.8).fitted
    fitted, own = cell(known, 0.02)
    asked = mixed(6000, 21)
    assert (fitted.ground, own.ground) == (Ground.PROMISED, Ground.PROMISED)
    alone = [replace(one, parts=frozenset()) for one in asked if one.parts]
    assert seen(usual, alone)[0] > 0.02 >= seen(fitted, asked, RETURNS)[0]
    assert 0 < own.certificate.answered < 1


def test_the_whole_keeps_its_promise_where_a_part_that_was_right_answers_less() -> None:
    """The right answers of the part had made up for the wrong ones of the rest."""
    easy = [inside([ZH], outcomes(1600, seed, clear=0.5)) for seed in (3, 13, 23)]
    hard = [outcomes(1000, seed, clear=0.2) for seed in (4, 14, 24)]
    held, labels, asked = ([*of_part, *rest] for of_part, rest in zip(easy, hard, strict=True))
    fitted, own = cell(Known(held, labels), 0.01, ZH)
    assert own.ground is Ground.PROMISED
    wrong, answered = seen(fitted, asked)
    assert wrong <= WISH.error
    assert fitted.certificate.answered == pytest.approx(answered, abs=0.04)
    assert fitted.certificate.wrong == pytest.approx(wrong, abs=0.02)


def test_without_labels_its_own_wordings_make_an_expectation() -> None:
    _, own = cell(Known(mixed(2000, 1)), 0.02)
    assert own.ground is Ground.EXPECTED
    assert own.certificate.missing > 0


def test_of_a_part_that_nobody_asked_about_each_answer_has_to_be_as_sure() -> None:
    fitted, own = cell(Known(mixed(300, 1), mixed(600, 11)), 0.02, ZH)
    assert (own.ground, own.threshold) == (Ground.NOTHING, max(0.98, fitted.threshold))


def test_where_nothing_is_known_of_the_whole_either() -> None:
    fitted, own = cell(Known(), 0.02)
    assert (fitted.threshold, own.ground, own.threshold) == (None, Ground.NOTHING, 0.98)


@pytest.mark.parametrize("elsewhere", [3, 200])
def test_nothing_is_promised_of_a_part_in_which_no_question_is_known_that_nothing_answers(elsewhere: int) -> None:
    known = [one for one in inside([ZH], outcomes(500, 7)) if one.answerable]
    others = [one for one in outcomes(elsewhere, 8) if not one.answerable]
    _, own = cell(Known(outcomes(300, 1), [*known, *others]), 0.01, ZH)
    assert own.ground is not Ground.PROMISED


def test_the_share_that_nothing_answers_is_that_of_the_part() -> None:
    """A language in which mostly nothing is known."""
    random = np.random.default_rng(5)
    known = [
        replace(one, parts=frozenset([ZH]) if random.random() < (0.1 if one.answerable else 0.9) else frozenset())
        for one in outcomes(2000, 7)
    ]
    _, strange = cell(Known(outcomes(300, 1), known), 0.04, ZH)
    _, usual = cell(Known(outcomes(300, 1), inside([ZH], known)), 0.04, ZH)
    assert strange.certificate.answered < usual.certificate.answered / 2


class TestOverlapping:
    errors = MappingProxyType({ZH: 0.04, RETURNS: 0.02})

    def fitted(self, both: int) -> Fitted:
        """So many pairs lie in both parts."""
        kinds = [[ZH], [RETURNS], [ZH, RETURNS], []]
        known = [
            one
            for number, (parts, pairs) in enumerate(zip(kinds, (1500, 1500, both, 1500), strict=True))
            for one in inside(parts, outcomes(pairs, number))
        ]
        return fit(MEANING, Known(outcomes(300, 9), known), WISH, 0.8, self.errors).fitted

    def test_what_lies_in_both_is_held_to_the_stricter_wish(self) -> None:
        both = self.fitted(1500).cells[cell_of([ZH, RETURNS])]
        assert (both.error, both.ground) == (0.02, Ground.PROMISED)

    def test_where_nobody_asked_that_an_answer_has_to_be_as_sure_as_the_stricter_one(self) -> None:
        fitted = self.fitted(0)
        assert cell_of([ZH, RETURNS]) not in fitted.cells
        both = fitted.cell(frozenset([ZH, RETURNS]), fitted.threshold)
        assert (both.ground, both.threshold) == (Ground.NOTHING, max(0.98, fitted.threshold))
        assert fitted.cell(frozenset([ZH]), fitted.threshold) == fitted.cells[ZH]
        assert fitted.cell(frozenset(), fitted.threshold) is None

    def test_each_part_and_the_whole_keep_their_promises(self) -> None:
        fitted = self.fitted(1500)
        asked = [
            one
            for number, parts in enumerate(([ZH], [RETURNS], [ZH, RETURNS], []))
            for one in inside(parts, outcomes(3000, 30 + number))
        ]
        assert seen(fitted, asked, RETURNS)[0] <= 0.02
        assert seen(fitted, asked, ZH)[0] <= 0.04
        assert seen(fitted, asked)[0] <= WISH.error
        assert fitted.ground is Ground.PROMISED


def test_where_all_that_is_known_lies_in_a_part_the_whole_is_what_is_known_of_that() -> None:
    """An English shop that wants its English answers righter than any others."""
    known = Known(inside([ZH], outcomes(300, 1)), inside([ZH], outcomes(800, 2)))
    fitted, own = cell(known, 0.04, ZH)
    assert (fitted.ground, own.ground) == (Ground.PROMISED, Ground.PROMISED)
    assert (fitted.certificate.answered, fitted.certificate.missing) == (own.certificate.answered, 0)
    assert (fitted.threshold, own.threshold < 0.9) == (0.95, True)


def test_comes_back_as_it_was() -> None:
    fitted, _ = cell(Known(mixed(300, 1)), 0.03)
    assert Fitted.of_json(json.loads(json.dumps(fitted.as_json()))) == fitted


def test_what_an_earlier_release_stored_has_none() -> None:
    stored = fit(MEANING, Known(outcomes(300, 1)), WISH).fitted.as_json()
    del stored["cells"], stored["raised"]
    assert (Fitted.of_json(stored).cells, Fitted.of_json(stored).raised) == ({}, False)


def test_without_parts_everything_is_as_without_them() -> None:
    known = Known(outcomes(300, 1), outcomes(400, 2))
    assert fit(MEANING, known, Promise(outside=0.2)) == fit(MEANING, known, Promise(outside=0.2), 0.8, {})
