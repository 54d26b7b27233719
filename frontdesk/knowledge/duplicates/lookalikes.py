"""Texts that come in batches, and which of them are alike; of each only its buckets are kept in memory."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from frontdesk.knowledge.duplicates.likeness import Keys, Rarity, bucket_keys, candidates, likeness
from frontdesk.knowledge.lexical import Dimensions, Weights, unpack

PAIRS_AT_ONCE = 1000
_SEVERAL = -1


class Alike(NamedTuple):
    """Two texts by their numbers, and how alike they are, from 0 to 1."""

    one: int
    other: int
    likeness: float


@dataclass(frozen=True, slots=True)
class Reread:
    """A text's packed terms, and what texts that are alike must both have, where both say so."""

    terms: bytes
    must_share: str | None = None


class Lookalikes:
    """Finds texts that are at least `threshold` alike. Those of fewer than `least_terms` terms are left out."""

    def __init__(self, rarity: Rarity, threshold: float, least_terms: int) -> None:
        self._rarity = rarity
        self._threshold = threshold
        self._least_terms = max(least_terms, 1)
        self._sources: list[int] = []
        self._twins: list[Alike] = []
        self._different: dict[bytes, int] = {}  # of the texts with these terms, the row of the first
        self._rows: list[int] = []  # the number of each row's text
        self._row_sources: list[int] = []
        self._keys: list[Keys] = []
        self._weights: list[Weights] = []

    def add(self, texts: Sequence[tuple[int, bytes]]) -> None:
        """Take in texts: the number of the source of each, and its packed terms. They are numbered from 0 on."""
        new: list[Dimensions] = []
        for source, packed in texts:
            number = len(self._sources)
            self._sources.append(source)
            dimensions, _ = unpack(packed)
            if len(dimensions) < self._least_terms:
                continue
            digest = hashlib.blake2b(dimensions.tobytes(), digest_size=16).digest()
            row = self._different.setdefault(digest, len(self._rows))
            if row < len(self._rows):
                self._twins.append(Alike(self._rows[row], number, 1.0))
                if self._row_sources[row] != source:
                    self._row_sources[row] = _SEVERAL
                continue
            self._rows.append(number)
            self._row_sources.append(source)
            new.append(dimensions)
        if new:
            keys, weights = bucket_keys(new, self._rarity)
            self._keys.append(keys)
            self._weights.append(weights)

    def pairs(self, reread: Callable[[Sequence[int]], Sequence[Reread]]) -> Iterator[Alike]:
        """Texts that are alike, but for pairs of one source that are not the very same; not every pair of many.

        `reread` gives texts by their numbers once more, up to 2,000 of them.
        """
        yield from self._twins
        if not self._rows:
            return
        pairs = candidates(np.concatenate(self._keys))
        sources = np.array(self._row_sources)[pairs]
        weights = np.concatenate(self._weights)[pairs]
        is_apart = (sources[:, 0] != sources[:, 1]) | (sources[:, 0] == _SEVERAL)
        # No two texts are more alike than the lighter one weighs beside the heavier one.
        is_possible = weights.min(axis=1, initial=np.inf) >= self._threshold * weights.max(axis=1, initial=0)
        numbers = np.array(self._rows)[pairs[is_apart & is_possible]]
        for start in range(0, len(numbers), PAIRS_AT_ONCE):
            batch = numbers[start : start + PAIRS_AT_ONCE]
            wanted = np.unique(batch).tolist()
            texts = dict(zip(wanted, reread(wanted), strict=True))
            for one, other in batch.tolist():
                yield from self._compared(one, other, texts[one], texts[other])

    def _compared(self, one: int, other: int, text: Reread, other_text: Reread) -> Iterator[Alike]:
        if text.must_share != other_text.must_share and None not in (text.must_share, other_text.must_share):
            return
        found = likeness(unpack(text.terms)[0], unpack(other_text.terms)[0], self._rarity)
        if found >= self._threshold:
            yield Alike(one, other, found)
