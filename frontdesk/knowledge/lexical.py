"""The lexical leg: what words a text has, and what they weigh for a question.

Terms are jieba's words, Chinese characters and their bigrams, Latin words and their Snowball stems, after NFKC and
lower case. A source is scored twice: by its best part (a variant of a question, an answer, a passage) as
(1 + ln tf) / (sum of squares)^0.45, which is between cosine and plain sum, and as a whole by Okapi BM25 (Robertson
and Walker 1994) with k1 0.6 and b 0.5. The question's side carries the inverse document frequencies to the power of
1.2, a single Chinese character half of it. What is stored knows nothing of the corpus, so that adding a document
changes nothing else.
"""

import logging
import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from itertools import pairwise
from operator import or_
from typing import Self

import jieba
import numpy as np
import snowballstemmer
from numpy.typing import NDArray

jieba.setLogLevel(logging.WARNING)

ANALYSIS = 1
"""What `terms` finds in a text and what it weighs in Milvus, by number. Whoever changes either raises it and keeps
what found the terms before in _ANALYSES: a knowledge base is asked by the analysis that its chunks are stored in.
"""

NORM_EXPONENT = 0.45
IDF_EXPONENT = 1.2
CHARACTER_WEIGHT = 0.5
K1 = 0.6
B = 0.5

SparseVector = dict[int, float]
Dimensions = NDArray[np.uint32]
Weights = NDArray[np.float32]
DIMENSION = np.dtype("<u4")

PRIOR_PASSAGES = 50
CHINESE_TRACE = 0.05
LATIN_TRACE = 0.02
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
_HAN_CHARACTER = re.compile(rf"[{_HAN}]")
_HAN_START = re.compile(rf"[{_HAN}]")


def terms(text: str, *analyses: int) -> Counter[str]:
    """The terms of a text with their counts, by the present analysis unless others are named.

    One that this release does not know any more is taken for the present one; of several, all terms are found.
    Kinds of term never collide: each but words carries a prefix.
    """
    present = _ANALYSES[ANALYSIS]
    several = [_ANALYSES.get(analysis, present)(text) for analysis in analyses]
    return reduce(or_, several) if several else present(text)


def _words_characters_and_stems(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if _HAN_START.match(run):
            found.update(word for word in jieba.cut(run) if len(word) > 1)
            found.update(run)
            found.update(f"2{first}{second}" for first, second in pairwise(run))
        else:
            found[run] += 1
            found[f"~{_stem(run)}"] += 1
    return found


@lru_cache(1 << 16)
def term_id(term: str) -> int:
    """The dimension of a term: 31 bits, the same in every process and release; odd for Chinese characters."""
    return zlib.crc32(term.encode()) >> 2 << 1 | is_chinese(term)


def is_chinese(term: str) -> bool:
    """Whether a term is of Chinese characters."""
    return bool(_HAN_START.match(term.lstrip("2")))


def pack(counts: Mapping[str, int]) -> bytes:
    """Terms with their counts as they are stored: all dimensions, 4 bytes each, then all counts, a byte each."""
    by_dimension: dict[int, int] = {}
    for term, count in counts.items():
        dimension = term_id(term)
        by_dimension[dimension] = by_dimension.get(dimension, 0) + count
    dimensions = sorted(by_dimension)
    counted = [min(by_dimension[dimension], 255) for dimension in dimensions]
    return np.array(dimensions, DIMENSION).tobytes() + bytes(counted)


def unpack(packed: bytes) -> tuple[Dimensions, NDArray[np.uint8]]:
    """What `pack` stored: dimensions in order, and their counts."""
    size = len(packed) // 5
    return np.frombuffer(packed, DIMENSION, size), np.frombuffer(packed, np.uint8, size, 4 * size)


def part_weights(packed: bytes) -> tuple[Dimensions, Weights]:
    """What a part's terms weigh, by dimension."""
    dimensions, counts = unpack(packed)
    weights = 1 + np.log(counts, dtype=np.float32)
    norm = max(float(weights @ weights), 1e-9) ** NORM_EXPONENT
    return dimensions, (weights / norm).astype(np.float32)


def saturated(counts: Weights, lengths: Weights, average: float) -> Weights:
    """What terms weigh in whole sources of these lengths (in terms), which have `average` terms on average."""
    return (counts * (K1 + 1) / (counts + K1 * (1 - B + B * lengths / max(average, 1.0)))).astype(np.float32)


def stored_vector(packed: bytes) -> SparseVector:
    """A part's terms as a sparse vector."""
    dimensions, weights = part_weights(packed)
    return dict(zip(dimensions.tolist(), weights.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the lexical leg knows of all sources together: how many there are, and their terms with repetitions."""

    sources: int
    terms: int
    chinese_terms: int

    @classmethod
    def of(cls, packed: Sequence[bytes]) -> Self:
        """Of these sources."""
        unpacked = [unpack(terms) for terms in packed]
        terms = sum(int(counts.sum()) for _, counts in unpacked)
        return cls(
            len(packed), terms, sum(int(counts[dimensions % 2 == 1].sum()) for dimensions, counts in unpacked)
        )

    @classmethod
    def joined(cls, several: Sequence[Self]) -> Self:
        """All sources of several."""
        return cls(
            sum(one.sources for one in several),
            sum(one.terms for one in several),
            sum(one.chinese_terms for one in several),
        )

    @property
    def average_terms(self) -> float:
        """The length of a source, in steps of 5 %, so that one source more changes nothing that was computed."""
        if self.terms <= 0 or self.sources <= 0:
            return 1.0
        return 1.05 ** round(math.log(self.terms / self.sources, 1.05))

    def writes(self, is_chinese: bool) -> bool:
        """Whether more than a trace of the texts is in Chinese characters, or in other letters."""
        share = self.chinese_terms / max(self.terms, 1)
        return share >= CHINESE_TRACE if is_chinese else share <= 1 - LATIN_TRACE


@dataclass(frozen=True, slots=True)
class Question:
    """A question's terms by dimension with their weights in one corpus.

    `total` is what a text can have of it at most: terms in a script that the corpus does not write in do not count.
    """

    weights: Mapping[int, float]
    total: float
    is_chinese: bool

    @property
    def itself(self) -> float:
        """The score of a part that consists of exactly the question's terms."""
        count = len(self.weights)
        return sum(self.weights.values()) / count**NORM_EXPONENT if count else 1.0

    def coverage(self, dimensions: Dimensions) -> float:
        """The share of the question's weight that a text with these terms has, between 0 and 1."""
        found = sum(self.weights.get(dimension, 0.0) for dimension in dimensions.tolist())
        return min(1.0, found / self.total) if self.total else 0.0


def question(text: str, counts: Mapping[str, int], frequencies: Mapping[int, int], corpus: Corpus) -> Question:
    """Weigh a question's terms, `counts`: `frequencies` says by dimension how many sources have a term.

    A small corpus does not know yet which words are common, so PRIOR_PASSAGES that nobody wrote are counted along,
    half of which have each function word.
    """
    weights: dict[int, float] = {}
    total = 0.0
    sources = max(corpus.sources, 0) + PRIOR_PASSAGES
    prior = _prior()
    for term in counts:
        dimension = term_id(term)
        frequency = min(max(frequencies.get(dimension, 0), 0) + prior.get(term, 0), sources)
        weight = math.log(1 + (sources - frequency + 0.5) / (frequency + 0.5)) ** IDF_EXPONENT
        if len(term) == 1 and is_chinese(term):
            weight *= CHARACTER_WEIGHT
        weights[dimension] = weight
        if corpus.writes(is_chinese(term)):
            total += weight
    return Question(weights, total, written_in_chinese(text))


def written_in_chinese(text: str) -> bool:
    """Whether a text is Chinese; a Chinese sentence full of names of products is."""
    characters = len(_HAN_CHARACTER.findall(text))
    return 10 * characters > sum(map(str.isalpha, text)) - characters


@cache
def function_words() -> Mapping[int, int]:
    """The dimensions of words that say little by themselves, each with how many of PRIOR_PASSAGES have it."""
    return {term_id(term): count for term, count in _prior().items()}


@lru_cache(1 << 16)
def _stem(word: str) -> str:
    # A stemmer of its own: one holds the word it is at, and threads would change it for each other.
    return str(snowballstemmer.stemmer("english").stemWord(word))


@cache
def _prior() -> Mapping[str, int]:
    return dict.fromkeys(terms(_FUNCTION_WORDS, *_ANALYSES), PRIOR_PASSAGES // 2)


_ANALYSES: dict[int, Callable[[str], Counter[str]]] = {1: _words_characters_and_stems}
