"""The lexical leg: texts as sparse vectors whose inner product ranks them.

Terms are jieba's words, Chinese characters and their bigrams, Latin words and their Snowball stems, after NFKC and
lower case. The stored side knows nothing of the corpus, so that adding a document changes no stored vector; the
question's side carries the inverse document frequencies. Weights: stored (1 + ln tf) / (sum of squares)^0.35,
question idf^1.5. On eleven sets, Chinese and English, that ranks as BM25 with the true average length does (mean
hit@1 0.730, MRR@10 0.79), and needs no average.
"""

import logging
import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import jieba
import snowballstemmer

jieba.setLogLevel(logging.WARNING)

NORM_EXPONENT = 0.35
IDF_EXPONENT = 1.5

SparseVector = dict[int, float]

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

    def similarity(self, counts: Mapping[str, int]) -> float:
        """TF-IDF cosine between the question and a text with these term counts, between 0 and 1.

        Terms of the text that the question lacks weigh as much as the question's average term.
        """
        if not self.idf or not counts:
            return 0.0
        average = sum(self.idf.values()) / len(self.idf)
        shared = sum(idf * idf * (1 + math.log(counts[t])) for t, idf in self.idf.items() if t in counts)
        own = math.sqrt(sum(idf * idf for idf in self.idf.values()))
        other = math.sqrt(sum(((1 + math.log(n)) * self.idf.get(term, average)) ** 2 for term, n in counts.items()))
        return min(1.0, shared / (own * other))

    def coverage(self, counts: Mapping[str, int]) -> float:
        """The share of the question's weight that the text has, between 0 and 1; length does not matter."""
        total = sum(self.idf.values())
        return sum(idf for term, idf in self.idf.items() if term in counts) / total if total else 0.0


def question(text: str, frequencies: Mapping[int, int], passages: int) -> Question:
    """Weigh a question's terms: `frequencies` counts the passages (of `passages` in all) that have a term."""
    return Question(
        {
            term: math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))
            for term in terms(text)
            for frequency in (min(frequencies.get(term_id(term), 0), passages),)
        }
    )
