"""The confidence of a knowledge base of which nothing is known yet."""

from dataclasses import replace

from frontdesk.confidence.built_in import MEANING, SAME_WORDS, WORDS, basis, basis_of, built_in, in_same_words
from frontdesk.confidence.features import Features
from tests.found import passage, retrieved


def test_vectors_of_a_language_that_their_model_does_not_know_do_not_count() -> None:
    names = [basis(trust) for trust in (None, 0.2, 0.9)]
    assert names == ["words", "words", "meaning"]
    assert [built_in(name) for name in names] == [WORDS, WORDS, MEANING]


def test_what_a_reranker_has_read_is_judged_by_a_model_of_its_own() -> None:
    assert basis_of(retrieved([passage(rerank=0.5)], trust=0.9)) == "meaning+rerank"
    assert basis_of(retrieved([passage(rerank=0.5)])) == "words+rerank"
    assert basis_of(retrieved([])) == "words"
    assert built_in("meaning+rerank") is MEANING


def test_a_question_in_the_very_words_of_an_entry_is_that_question() -> None:
    same, alike = passage("this", lexical=1.0, score=0.6), passage("that", lexical=0.95, score=0.59)
    assert in_same_words(0.2, Features.of(retrieved([same, alike]))) == SAME_WORDS
    assert in_same_words(0.99, Features.of(retrieved([same, alike]))) == 0.99
    of_two = Features.of(retrieved([same, replace(alike, lexical=1.0)]))
    assert in_same_words(0.2, of_two) == 0.2
    assert in_same_words(0.0, None) == 0.0
