"""The lexical leg's terms and weights."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from frontdesk.knowledge import lexical
from frontdesk.knowledge.postings import Postings


def test_chinese_gives_words_characters_and_bigrams() -> None:
    found = lexical.terms("退货政策")
    assert {"退货", "政策", "退", "货", "2退货", "2货政"} <= found.keys()


def test_latin_gives_words_and_stems_whatever_the_case_and_width() -> None:
    assert lexical.terms("Ｒｅｔｕｒｎｉｎｇ") == lexical.terms("returning")
    assert lexical.terms("returning").keys() & lexical.terms("Returned").keys() == {"~return"}


def test_mixed_text_keeps_both() -> None:
    assert {"type-c", "充电"} <= lexical.terms("Type-C充电").keys()


CORPUS = lexical.Corpus(100, 1000, 500)


def packed(text: str) -> bytes:
    return lexical.pack(lexical.terms(text))


def asked(text: str, frequencies: Mapping[int, int] = MappingProxyType({})) -> lexical.Question:
    return lexical.question(text, lexical.terms(text), frequencies, CORPUS)


def coverage(question: lexical.Question, text: str) -> float:
    return question.coverage(lexical.unpack(packed(text))[0])


@pytest.mark.parametrize("text", ["", "   ", "！？。", "🙂🙂"])
def test_text_without_words_has_no_terms(text: str) -> None:
    assert not lexical.terms(text)
    assert lexical.stored_vector(packed(text)) == {}
    assert asked(text).weights == {}


def test_a_term_has_the_same_dimension_for_ever() -> None:
    # Stored terms outlive releases: these numbers must never change. Those of Chinese terms are odd.
    dimensions = [lexical.term_id(term) for term in ("退货", "2退货", "return")]
    assert dimensions == [1508776151, 1346862469, 1406082950]


def test_what_is_packed_can_be_unpacked() -> None:
    dimensions, counts = lexical.unpack(packed("退货 退货 return"))
    found = dict(zip(dimensions.tolist(), counts.tolist(), strict=True))
    assert found[lexical.term_id("退货")] == 2
    assert found[lexical.term_id("return")] == 1
    assert sorted(found) == dimensions.tolist()


def test_a_text_resembles_itself_most() -> None:
    texts = ["你们的退货政策是怎么样的", "海南能发货吗", "保修多久", "return policy", "do you ship to Hainan"]
    postings = Postings.of_parts([packed(text) for text in texts])
    for number, text in enumerate(texts):
        question = asked(text)
        scores = postings.score(question.weights, postings.weights, len(texts))
        assert scores.argmax() == number
        # Nearly: a term that stands twice counts once in `itself`.
        assert scores[number] == pytest.approx(question.itself, rel=0.05)


def test_scores_and_coverage_are_sums_over_the_terms() -> None:
    texts = ["海南运费多少", "return to Hainan 海南", "运费", "保修"]
    postings, question = Postings.of_counts([packed(text) for text in texts]), asked("海南 运费 return")
    weights = postings.weights * 2
    scores, coverage_of_rows = postings.score_and_coverage(question.weights, weights, len(texts))
    for row, text in enumerate(texts):
        dimensions, counts = lexical.unpack(packed(text))
        found = dict(zip(dimensions.tolist(), counts.tolist(), strict=True))
        wanted = sum(2 * found.get(term, 0) * weight for term, weight in question.weights.items())
        assert scores[row] == pytest.approx(wanted)
        assert coverage_of_rows[row] == pytest.approx(question.coverage(dimensions) * question.total)
    assert postings.score(question.weights, weights, len(texts)).tolist() == scores.tolist()


def test_coverage_is_the_weighted_share_of_known_terms() -> None:
    question = asked("股票代码")
    assert coverage(question, "公司的股票代码") == pytest.approx(1.0)
    assert coverage(question, "退货政策") == 0.0
    assert coverage(asked("🙂"), "退货") == 0.0


def test_words_in_a_script_that_nobody_writes_in_do_not_count_against_a_text() -> None:
    only_chinese = lexical.Corpus(100, 1000, 1000)
    question = lexical.question("iPhone 退货", lexical.terms("iPhone 退货"), {}, only_chinese)
    assert coverage(question, "退货政策") == pytest.approx(1.0)
    assert coverage(asked("iPhone 退货"), "退货政策") < 0.9


def test_rare_terms_weigh_more() -> None:
    frequencies = {lexical.term_id("common"): 90, lexical.term_id("~common"): 90}
    assert coverage(asked("common zebra", frequencies), "zebra") > 0.9


def test_a_chinese_sentence_full_of_names_is_chinese() -> None:
    assert lexical.written_in_chinese("ESP32-S3 的 Wi-Fi 怎么打开？")
    assert not lexical.written_in_chinese("How do I open 微信 on a laptop with Windows?")
