"""A head learns topics from a few examples, and leaves alone what it is not sure of."""

import random

import numpy as np
import pytest

from frontdesk.triage import softmax, wording
from frontdesk.triage.head import NOWHERE, Head, learn
from frontdesk.triage.small_talk import PHRASES
from tests.triage.lessons import ABOUT_NOTHING, LESSONS, UNSEEN


@pytest.fixture(scope="module")
def head() -> Head:
    texts = [*PHRASES, *(text for lesson in LESSONS.values() for text in lesson)]
    labels = [NOWHERE] * len(PHRASES) + [number for number, lesson in enumerate(LESSONS.values()) for _ in lesson]
    return learn(texts, labels, len(LESSONS), None)


def test_other_words_for_a_topic_are_given_it(head: Head) -> None:
    for number, name in enumerate(LESSONS):
        for chances in head.probabilities(UNSEEN[name], None):
            assert chances.argmax() == number


def test_what_is_about_nothing_is_given_no_topic(head: Head) -> None:
    assert head.probabilities(ABOUT_NOTHING, None).max() < head.threshold


@pytest.mark.parametrize("text", ["", "?!", "🙂", "𓀀", "x" * 5000])
def test_any_text_has_chances(head: Head, text: str) -> None:
    (chances,) = head.probabilities([text], None)
    assert np.isfinite(chances).all()
    assert 0 <= chances.sum() <= 1.0001


def test_what_is_stored_is_the_same_head(head: Head) -> None:
    again = Head.from_bytes(head.as_bytes())
    texts = [text for unseen in UNSEEN.values() for text in unseen]
    assert np.array_equal(again.probabilities(texts, None), head.probabilities(texts, None))
    assert (again.threshold, again.figures) == (head.threshold, head.figures)


def test_vectors_count_beside_words() -> None:
    # Words without meaning, vectors that tell the topics apart.
    chance = random.Random(3)
    texts = ["".join(chance.choices("bcdfghjk", k=6)) for _ in range(40)]
    labels = [number % 2 for number in range(40)]
    vectors = np.zeros((40, 8), np.float32)
    vectors[np.arange(40), labels] = 1
    learned = learn(texts, labels, 2, vectors)
    unseen = np.eye(8, dtype=np.float32)[:2]
    assert learned.probabilities(["zz", "zz"], unseen).argmax(axis=1).tolist() == [0, 1]
    assert learned.figures.right == 1


def test_a_name_is_learned_from_and_judges_nothing() -> None:
    lessons = [(text, number) for number, lesson in enumerate(LESSONS.values()) for text in lesson]
    texts, labels = zip(*lessons, strict=True)
    names = ["Gutschein", "Reparatur", "Filiale"]
    head = learn([*names, *texts], [*range(len(names)), *labels], len(LESSONS), None, len(names))
    assert head.probabilities(names, None).argmax(axis=1).tolist() == [0, 1, 2]
    # Names that tell nothing of the examples leave the judgement nearly as it was: each is one text of no use.
    assert head.figures.right == pytest.approx(learn(texts, labels, len(LESSONS), None).figures.right, abs=0.1)


def test_one_topic_alone_is_told_from_small_talk() -> None:
    lesson = LESSONS["Delivery"]
    head = learn([*PHRASES, *lesson], [NOWHERE] * len(PHRASES) + [0] * len(lesson), 1, None)
    assert head.probabilities(UNSEEN["Delivery"], None).min() > head.probabilities(ABOUT_NOTHING, None).max()


def test_labels_that_words_do_not_tell_make_it_abstain() -> None:
    chance = random.Random(5)
    texts = [f"question {chance.choice('abcdef')} about {chance.choice('uvwxyz')}" for _ in range(60)]
    learned = learn(texts, [chance.randrange(4) for _ in texts], 4, None)
    assert learned.figures.assigned < 0.2


def test_the_fit_is_where_the_slope_is_nothing() -> None:
    rows = np.random.default_rng(1).normal(size=(30, 12)).astype(np.float32)
    labels = np.arange(30) % 3
    spanned = softmax.Spanned.of(rows)
    weights, intercepts = softmax.fit(spanned, labels, 3)
    excess = softmax.probabilities(spanned.rows @ weights + intercepts)
    excess[np.arange(30), labels] -= 1
    assert np.abs(spanned.rows.T @ excess + softmax.HELD * weights).max() < 0.1
    assert np.allclose(spanned.rows @ weights, rows @ (rows.T @ (spanned.back @ weights)), atol=1e-2)


def test_rows_of_words_have_length_one_and_likeness() -> None:
    texts = ["Where is my parcel?", "where's my PARCEL", "怎么开发票", ""]
    rows = wording.matrix(texts, wording.rarity(texts))
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1, 0], abs=1e-5)
    assert rows[0] @ rows[1] > 0.4 > abs(rows[0] @ rows[2])
