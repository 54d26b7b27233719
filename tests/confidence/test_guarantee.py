"""The promise holds where the labelled questions are a draw of what comes; picking what looks right does not."""

import math

import numpy as np
import pytest

from frontdesk.confidence.binomial import at_most, highest, interval, lowest
from frontdesk.confidence.guarantee import Certificate, Labelled, Promise, certify

DRAWS = 120


def traffic(size: int, outside: float, sharp: float = 1.6, seed: int = 5) -> Labelled:
    """Questions whose confidence is worth something, and more than it says of itself."""
    random = np.random.default_rng(seed)
    answerable = random.random(size) >= outside
    right = answerable & (random.random(size) < 0.9)
    odds = np.where(right, sharp, -sharp) + random.normal(0, 1.3, size) + 0.6
    return Labelled(1 / (1 + np.exp(-odds)), right, answerable)


def some(questions: Labelled, places: np.ndarray) -> Labelled:
    return Labelled(questions.confidence[places], questions.right[places], questions.answerable[places])


def wrong_from(questions: Labelled, threshold: float | None, outside: float | None = None) -> float:
    """The share of errors among the answered; the two kinds weighed by `outside` if it is given."""
    if threshold is None:
        return 0.0
    weights = np.ones(len(questions))
    if outside is not None:
        share = 1 - questions.answerable.mean()
        weights = np.where(questions.answerable, (1 - outside) / (1 - share), outside / share)
    answered = questions.confidence >= threshold
    return float((weights * answered * ~questions.right).sum() / max((weights * answered).sum(), 1e-9))


def picked(questions: Labelled, error: float) -> float:
    """The loosest threshold whose error looks right."""
    strict_first = np.argsort(-questions.confidence)
    wrong = np.cumsum(~questions.right[strict_first]) / np.arange(1, len(questions) + 1)
    return float(questions.confidence[strict_first][np.flatnonzero(wrong <= error)[-1]])


def test_the_promise_holds_and_a_naive_pick_does_not() -> None:
    everything, random = traffic(8000, outside=0.2), np.random.default_rng(1)
    draws = [some(everything, random.integers(0, 8000, 600)) for _ in range(DRAWS)]
    promised = [certify(draw, Promise()) for draw in draws]
    broken = np.mean([wrong_from(everything, one.threshold) > 0.05 for one in promised])
    assert broken <= 0.05
    assert np.mean([wrong_from(everything, picked(draw, 0.05)) > 0.05 for draw in draws]) > 0.3
    assert np.mean([one.threshold is None for one in promised]) < 0.1


def test_the_promise_holds_for_another_share_of_questions_that_nothing_answers() -> None:
    """Labelled are 500 that something answers and 100 that nothing does; of those that come it is one in four."""
    everything, random = traffic(8000, outside=0.5, sharp=2.2), np.random.default_rng(2)
    inside, outside = np.flatnonzero(everything.answerable), np.flatnonzero(~everything.answerable)
    promised = []
    for _ in range(DRAWS // 2):
        places = np.concatenate([random.choice(inside, 500), random.choice(outside, 100)])
        promised.append(certify(some(everything, places), Promise(outside=0.25)))
    assert np.mean([wrong_from(everything, one.threshold, 0.25) > 0.05 for one in promised]) <= 0.05
    assert np.mean([one.threshold is None for one in promised]) < 0.2
    unweighed = [
        certify(
            some(everything, np.concatenate([random.choice(inside, 540), random.choice(outside, 60)])), Promise()
        )
        for _ in range(DRAWS // 2)
    ]
    assert np.mean([wrong_from(everything, one.threshold, 0.25) > 0.05 for one in unweighed]) > 0.5


def test_a_highest_level_that_is_not_clean_does_not_end_everything() -> None:
    """Five questions that are surest of all are answered wrongly, two thousand below them rightly."""
    confidence = np.concatenate([np.full(5, 0.999), np.full(2000, 0.9), np.full(200, 0.1)])
    right = np.concatenate([np.zeros(5, bool), np.ones(2000, bool), np.zeros(200, bool)])
    certificate = certify(Labelled(confidence, right, np.ones(len(right), bool)), Promise())
    assert certificate.threshold is not None
    assert 0.1 < certificate.threshold <= 0.9
    assert certificate.answered == pytest.approx(2005 / 2205)
    assert certificate.between[0] < 2005 / 2205 < certificate.between[1]
    assert certificate.wrong == pytest.approx(5 / 2005)


def test_all_is_answered_where_all_is_right() -> None:
    certificate = certify(Labelled(np.linspace(0, 1, 500), np.ones(500, bool), np.ones(500, bool)), Promise())
    assert (certificate.threshold, certificate.answered, certificate.wrong) == (0.0, 1.0, 0.0)


class TestNotEnough:
    def test_says_how_many_more_would_do(self) -> None:
        questions = traffic(4000, outside=0.2)
        few = some(questions, np.arange(50))
        certificate = certify(few, Promise())
        assert certificate.threshold is None
        assert certificate.missing is not None
        enough = some(questions, np.arange(50 + 3 * certificate.missing))
        assert certify(enough, Promise()).threshold is not None

    def test_nothing_labelled(self) -> None:
        nothing = Labelled(np.zeros(0), np.zeros(0, bool), np.zeros(0, bool))
        assert certify(nothing, Promise()).missing == math.ceil(math.log(0.0175) / math.log(0.95))

    def test_one_kind_only(self) -> None:
        """Nothing is known of questions that nothing answers, and they are a fifth."""
        answerable = Labelled(np.full(900, 0.9), np.ones(900, bool), np.ones(900, bool))
        certificate = certify(answerable, Promise(outside=0.2))
        assert certificate.threshold is None
        assert certificate.missing is not None

    def test_a_confidence_that_says_nothing_is_never_enough(self) -> None:
        random = np.random.default_rng(3)
        right = random.random(3000) < 0.5
        certificate = certify(Labelled(random.random(3000), right, np.ones(3000, bool)), Promise())
        assert certificate == Certificate(None, missing=None)


class TestBinomial:
    def test_agrees_with_counting(self) -> None:
        by_hand = sum(math.comb(20, count) * 0.1**count * 0.9 ** (20 - count) for count in range(3))
        assert at_most(2, 20, 0.1) == pytest.approx(by_hand)
        assert (at_most(20, 20, 0.3), at_most(3, 20, 1.0), at_most(0, 20, 0.0)) == (1.0, 0.0, 1.0)

    def test_interval_is_that_of_clopper_and_pearson(self) -> None:
        assert interval(10, 100, 0.05) == (pytest.approx(0.04900, abs=1e-5), pytest.approx(0.17622, abs=1e-5))
        assert highest(0, 59, 0.05) == pytest.approx(1 - 0.05 ** (1 / 59))
        assert (lowest(0, 10, 0.05), highest(10, 10, 0.05)) == (0.0, 1.0)
        assert interval(0, 0, 0.05) == (0.0, 1.0)
