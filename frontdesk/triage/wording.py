"""What the words of a short text look like as numbers: hashed counts of three kinds of feature. Pure.

The kinds are the terms that the lexical leg searches by, pairs of neighbours (words, or three Chinese characters),
and runs of three to five letters within words. Each kind is weighed by rarity, brought to length one and scaled, so
that a kind with many features does not drown the others. Features are hashed with a sign (Weinberger and others
2009): two that share a column cancel out as often as they add up.
"""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge.lexical import terms

Floats = NDArray[np.float32]

COLUMNS = 8192
TERMS, PAIRS, LETTERS = 1.0, 0.7, 1.0
"""What each kind weighs."""
LONGEST = 1000
"""Characters of a text that are looked at."""
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_STARTS_HAN = re.compile(rf"[{_HAN}]")

_Row = tuple[NDArray[np.int64], Floats, Floats]
"""Columns, signs and what the counts come to, of one kind of feature in one text."""


def rarity(texts: Sequence[str]) -> Floats:
    """How much features say, (COLUMNS,): their smoothed inverse document frequency in these texts, by column."""
    having = np.zeros(COLUMNS, np.float32)
    for text in texts:
        columns = {int(column) for kind in _kinds(text) for column in kind[0]}
        having[list(columns)] += 1
    return (np.log((len(texts) + 1) / (having + 1)) + 1).astype(np.float32)


def matrix(texts: Sequence[str], weights: Floats) -> Floats:
    """One row of length one for each text, (texts, COLUMNS); zeros for a text without any feature.

    `weights` are those of `rarity`.
    """
    rows = np.zeros((len(texts), COLUMNS), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for (columns, signs, counts), scale in zip(_kinds(text), (TERMS, PAIRS, LETTERS), strict=True):
            weighed = counts * weights[columns]
            length = float(np.linalg.norm(weighed))
            if length:
                np.add.at(row, columns, signs * weighed * (scale / length))
        length = float(np.linalg.norm(row))
        if length:
            row /= length
    return rows


def _kinds(text: str) -> tuple[_Row, _Row, _Row]:
    text = text[:LONGEST]
    words = _WORD.findall(unicodedata.normalize("NFKC", text).lower())
    return _row(terms(text)), _row(Counter(_pairs(words))), _row(Counter(_letters(words)))


def _pairs(words: Sequence[str]) -> Iterator[str]:
    yield from (f"&{first} {second}" for first, second in pairwise(words) if len(first) + len(second) < 60)
    for word in words:
        if _STARTS_HAN.match(word):
            yield from (f"&{word[start : start + 3]}" for start in range(len(word) - 2))


def _letters(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if not _STARTS_HAN.match(word):
            whole = f"^{word}$"
            for size in (3, 4, 5):
                yield from (whole[start : start + size] for start in range(len(whole) - size + 1))


def _row(counts: Counter[str]) -> _Row:
    hashes = np.fromiter((zlib.crc32(feature.encode()) for feature in counts), np.int64, len(counts))
    signs = np.where(hashes >> 31, 1, -1).astype(np.float32)
    return hashes % COLUMNS, signs, 1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))
