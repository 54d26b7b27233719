"""The lexical leg: texts as sparse vectors whose inner product ranks them.

Terms are jieba's words, Chinese characters and their bigrams, Latin words and their Snowball stems, after NFKC and
lower case. The stored side knows nothing of the corpus, so that adding a document changes no stored vector; the
question's side carries the inverse document frequencies. Weights: stored (1 + ln tf) / (sum of squares)^0.35,
question idf^1.5. Compared on eleven development sets, before the prior below and with cruder stems, that ranked as
BM25 with the true average length did (mean hit@1 0.730 each, MRR@10 0.79), and it needs no average.
"""

import logging
import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import jieba
import snowballstemmer

jieba.setLogLevel(logging.WARNING)

NORM_EXPONENT = 0.35
IDF_EXPONENT = 1.5

SparseVector = dict[int, float]

PRIOR_PASSAGES = 50
_FUNCTION_WORDS = """
a an the i you he she it we they me my your our their his her its this that these those is are was were be been
am do does did can could will would shall should may might must have has had not no and or but if of to in on
at for from by with about as so than too very what which who whom when where why how there here any some all
please hi hello 的 了 吗 呢 吧 啊 呀 我 你 您 他 她 它 我们 你们 他们 这 那 这个 那个 这些 那些 是 有 没有 没
不 不是 在 就 都 也 还 和 跟 与 或 请 请问 想 要 想要 能 能不能 可以 可不可以 会 会不会 怎么 怎样 怎么样 什么
为什么 哪 哪里 哪个 哪些 谁 几 多少 一下 一个 是不是 有没有 是什么 怎么办 麻烦 谢谢 你好 您好
"""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[.\-'’][^\W_{_HAN}]+)*")
_HAN_START = re.compile(rf"[{_HAN}]")


def terms(text: str) -> Counter[str]:
    """The terms of a text with their counts. Kinds of term never collide: each but words carries a prefix."""
    stem = snowballstemmer.stemmer("english").stemWord
    found: Counter[str] = Counter()
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if _HAN_START.match(run):
            found.update(word for word in jieba.cut(run) if len(word) > 1)
            found.update(run)
            found.update(f"2{first}{second}" for first, second in pairwise(run))
        else:
            found[run] += 1
            found[f"~{stem(run)}"] += 1
    return found


def term_id(term: str) -> int:
    """The dimension of a term: 31 bits, stable across processes and releases."""
    return zlib.crc32(term.encode()) >> 1


def stored_vector(counts: Mapping[str, int]) -> SparseVector:
    """The vector that is stored for a text with these term counts; empty for a text without terms."""
    weights = {term: 1 + math.log(count) for term, count in counts.items()}
    norm = sum(weight * weight for weight in weights.values()) ** NORM_EXPONENT
    return {term_id(term): weight / norm for term, weight in weights.items()}


def inner(left: SparseVector, right: SparseVector) -> float:
    """The inner product, as Milvus computes it."""
    return sum(weight * right[term] for term, weight in left.items() if term in right)


@dataclass(frozen=True, slots=True)
class Question:
    """A question's terms with their weights in one corpus."""

    idf: Mapping[str, float]

    @property
    def vector(self) -> SparseVector:
        """The vector to search with."""
        return {term_id(term): idf**IDF_EXPONENT for term, idf in self.idf.items()}

    def coverage(self, counts: Mapping[str, int]) -> float:
        """The share of the question's weight that the text has, between 0 and 1; length does not matter."""
        total = sum(self.idf.values())
        return sum(idf for term, idf in self.idf.items() if term in counts) / total if total else 0.0


def question(text: str, frequencies: Mapping[int, int], passages: int) -> Question:
    """Weigh a question's terms: `frequencies` counts the passages (of `passages` in all) that have a term.

    A small corpus does not know yet which words are common, so PRIOR_PASSAGES that nobody wrote are counted along,
    half of which have each function word.
    """
    passages += PRIOR_PASSAGES
    prior = _prior()
    return Question(
        {
            term: math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))
            for term in terms(text)
            for frequency in (min(frequencies.get(term_id(term), 0) + prior.get(term, 0), passages),)
        }
    )


@cache
def _prior() -> Mapping[str, int]:
    return dict.fromkeys(terms(_FUNCTION_WORDS), PRIOR_PASSAGES // 2)
