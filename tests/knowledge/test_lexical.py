"""The lexical leg's terms and weights."""

from collections import Counter

import pytest

from frontdesk.knowledge import lexical


def test_chinese_gives_words_characters_and_bigrams() -> None:
    found = lexical.terms("退货政策")
    assert {"退货", "政策", "退", "货", "2退货", "2货政"} <= found.keys()


def test_latin_gives_words_and_stems_whatever_the_case_and_width() -> None:
    assert lexical.terms("Ｒｅｔｕｒｎｉｎｇ") == lexical.terms("returning")
    assert lexical.terms("returning").keys() & lexical.terms("Returned").keys() == {"~return"}


def test_mixed_text_keeps_both() -> None:
    assert {"type-c", "充电"} <= lexical.terms("Type-C充电").keys()


@pytest.mark.parametrize("text", ["", "   ", "！？。", "🙂🙂"])
def test_text_without_words_has_no_terms(text: str) -> None:
    assert not lexical.terms(text)
    assert lexical.stored_vector(lexical.terms(text)) == {}
    assert lexical.question(text, {}, 10).vector == {}


def test_a_term_has_the_same_dimension_for_ever() -> None:
    # Stored vectors outlive releases: this number must never change.
    assert lexical.term_id("退货") == 1508776151


def test_a_text_resembles_itself_most() -> None:
    texts = ["你们的退货政策是怎么样的", "海南能发货吗", "保修多久", "return policy", "do you ship to Hainan"]
    frequencies = Counter(lexical.term_id(term) for text in texts for term in lexical.terms(text))
    stored = [lexical.stored_vector(lexical.terms(text)) for text in texts]
    for number, text in enumerate(texts):
        question = lexical.question(text, frequencies, len(texts))
        scores = [lexical.inner(question.vector, vector) for vector in stored]
        assert scores.index(max(scores)) == number


def test_coverage_is_the_weighted_share_of_known_terms() -> None:
    question = lexical.question("股票代码", {}, 100)
    assert question.coverage(lexical.terms("公司的股票代码")) == pytest.approx(1.0)
    assert question.coverage(lexical.terms("退货政策")) == 0.0
    assert lexical.question("🙂", {}, 100).coverage(lexical.terms("退货")) == 0.0


def test_rare_terms_weigh_more() -> None:
    frequencies = {lexical.term_id("common"): 90, lexical.term_id("~common"): 90}
    question = lexical.question("common zebra", frequencies, 100)
    assert question.coverage(lexical.terms("zebra")) > 0.9
