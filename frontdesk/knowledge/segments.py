"""Chunks in memory, scored exactly: by their words, and by their vectors where they have any."""

import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Self

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge import lexical
from frontdesk.knowledge.embeddings import Vector
from frontdesk.knowledge.lexical import Question, Weights
from frontdesk.knowledge.postings import Postings
from frontdesk.knowledge.spans import Spans

Versions = NDArray[np.int32]
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]

NO_MEANING = -1.0
"""The cosine of what has no vector."""


@dataclass(frozen=True, slots=True)
class Row:
    """A chunk as it is searched; `source` is the entry it belongs to, or itself."""

    id: uuid.UUID
    source: uuid.UUID
    terms: bytes
    heading_terms: bytes | None
    source_terms: bytes | None
    valid: Spans
    vector: Vector | None
    tags: Sequence[str] = ()  # those of the document or entry it belongs to


@dataclass(frozen=True, slots=True)
class Scores:
    """What a question scores, by source: its best part's words, the words of all of it, the best cosine.

    `coverage` is how much of the question's weight stands anywhere in the source. `nearness` tells the rows of a
    source apart.
    """

    part: Weights
    whole: Weights
    coverage: Weights
    cosine: Weights
    nearness: Weights


@dataclass(frozen=True, slots=True)
class Segment:
    """Some rows; those of a source lie together, from one of `starts` to the next."""

    ids: Sequence[uuid.UUID]
    sources: Sequence[uuid.UUID]  # one for each start
    starts: NDArray[np.int64]
    parts: Postings
    headings: Postings
    wholes: Postings
    lengths: Weights  # of whole sources, in terms; 0 for rows that know their own terms only
    since: Versions
    until: Versions
    scattered: dict[int, Spans]  # rows that are valid in several spans; `since` and `until` have the last
    vectors: NDArray[np.float32] | None
    embedded: Mask
    tagged: Mapping[str, Places]  # the rows that have a tag
    weighed: dict[float, Weights]  # the weights of `wholes` by the average length

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """Of rows, those of each source together."""
        firsts = [0]
        sources = []
        for source, group in groupby(rows, key=lambda row: row.source):
            sources.append(source)
            firsts.append(firsts[-1] + sum(1 for _ in group))
        vectors = next((_no_vectors(len(rows), row.vector) for row in rows if row.vector is not None), None)
        embedded = np.zeros(len(rows), np.bool_)
        for number, row in enumerate(rows):
            if vectors is not None and row.vector is not None:
                vectors[number], embedded[number] = row.vector, True
        lengths = [int(lexical.unpack(row.source_terms or b"")[1].sum()) for row in rows]
        return cls(
            ids=[row.id for row in rows],
            sources=sources,
            starts=np.array(firsts[:-1], np.int64),
            parts=Postings.of_parts([row.terms for row in rows]),
            headings=Postings.of_parts([row.heading_terms or b"" for row in rows]),
            wholes=Postings.of_counts([row.source_terms for row in rows]),
            lengths=np.array(lengths, np.float32),
            since=np.array([_last(row.valid)[0] for row in rows], np.int32),
            until=np.array([_last(row.valid)[1] for row in rows], np.int32),
            scattered={number: row.valid for number, row in enumerate(rows) if len(row.valid) > 1},
            vectors=vectors,
            embedded=embedded,
            tagged=_tagged(enumerate(rows)),
            weighed={},
        )

    @classmethod
    def joined(cls, segments: Sequence[Self]) -> Self:
        """All rows of several segments in one."""
        firsts = np.cumsum([0, *(len(segment.ids) for segment in segments)])[:-1].tolist()
        some = next((segment.vectors for segment in segments if segment.vectors is not None), None)
        return cls(
            ids=[one for segment in segments for one in segment.ids],
            sources=[one for segment in segments for one in segment.sources],
            starts=np.concatenate(
                [segment.starts + first for segment, first in zip(segments, firsts, strict=True)]
            ),
            parts=Postings.joined([segment.parts for segment in segments], firsts),
            headings=Postings.joined([segment.headings for segment in segments], firsts),
            wholes=Postings.joined([segment.wholes for segment in segments], firsts),
            lengths=np.concatenate([segment.lengths for segment in segments]),
            since=np.concatenate([segment.since for segment in segments]),
            until=np.concatenate([segment.until for segment in segments]),
            scattered={
                row + first: valid
                for segment, first in zip(segments, firsts, strict=True)
                for row, valid in segment.scattered.items()
            },
            vectors=None if some is None else np.concatenate([segment.vectors_like(some) for segment in segments]),
            embedded=np.concatenate([segment.embedded for segment in segments]),
            tagged=_merged(
                {tag: rows + first for tag, rows in segment.tagged.items()}
                for segment, first in zip(segments, firsts, strict=True)
            ),
            weighed={},
        )

    def changed(self, rows: Mapping[int, Row]) -> Self:
        """The same rows, some of them, by number, valid in other versions, with other tags or a vector by now."""
        since, until, scattered = self.since.copy(), self.until.copy(), dict(self.scattered)
        embedded, vectors = self.embedded.copy(), self.vectors
        for number, row in rows.items():
            since[number], until[number] = _last(row.valid)
            scattered.pop(number, None)
            if len(row.valid) > 1:
                scattered[number] = row.valid
            if row.vector is not None:
                # In place: nobody looks at a vector that is not marked as there.
                vectors = self.vectors_like(row.vector) if vectors is None else vectors
                vectors[number], embedded[number] = row.vector, True
        numbers = np.fromiter(rows, np.int64, len(rows))
        untouched = {tag: of_tag[~np.isin(of_tag, numbers)] for tag, of_tag in self.tagged.items()}
        return replace(
            self,
            since=since,
            until=until,
            scattered=scattered,
            embedded=embedded,
            vectors=vectors,
            tagged=_merged([untouched, _tagged(rows.items())]),
        )

    def vectors_like(self, other: NDArray[np.float32]) -> NDArray[np.float32]:
        """The vectors of the rows; zeros as long as those of `other` where there are none yet."""
        return _no_vectors(len(self.ids), other) if self.vectors is None else self.vectors

    def valid_in(self, version: int, tags: Set[str] = frozenset()) -> Mask:
        """Which rows are valid in a version and, if any are given, have one of these tags."""
        mask = (self.since <= version) & (version < self.until)
        for row, spans in self.scattered.items():
            mask[row] = any(since <= version < until for since, until in spans)
        if tags:
            has_tag = np.zeros(len(self.ids), np.bool_)
            for tag in tags & self.tagged.keys():
                has_tag[self.tagged[tag]] = True
            mask &= has_tag
        return mask

    def score(self, question: Question, average: float, vector: Vector | None, valid: Mask) -> Scores:
        """The scores of each source by its valid rows; what has none scores 0, and NO_MEANING by cosine."""
        count = len(self.ids)
        part = self.parts.score(question.weights, self.parts.weights, count)
        if len(self.headings.rows):
            part = np.maximum(part, self.headings.score(question.weights, self.headings.weights, count))
        whole = self.wholes.score(question.weights, self._whole_weights(average), count)
        coverage = self.wholes.score(question.weights, None, count)
        part, whole, coverage = part * valid, whole * valid, coverage * valid
        meaning = np.full(count, NO_MEANING, np.float32)
        if vector is not None and self.vectors is not None:
            meaning = np.where(valid & self.embedded, self.vectors @ vector, meaning)
        return Scores(
            part=np.maximum.reduceat(part, self.starts),
            whole=np.maximum.reduceat(whole, self.starts),
            coverage=np.maximum.reduceat(coverage, self.starts),
            cosine=np.maximum.reduceat(meaning, self.starts),
            nearness=part / np.float32(question.itself) + meaning,
        )

    def nearest(self, source: int, scores: Scores) -> uuid.UUID:
        """The row of a source that the question is nearest to."""
        rows = self._rows_of(source)
        nearest = 0 if rows.stop - rows.start == 1 else int(scores.nearness[rows].argmax())
        return self.ids[rows.start + nearest]

    def middle(self, source: int, valid: Mask) -> Vector | None:
        """The mean vector of a source's valid rows; None where none has any."""
        if self.vectors is None:
            return None
        rows = self._rows_of(source)
        usable = np.flatnonzero(valid[rows] & self.embedded[rows])
        if len(usable) == 0:
            return None
        vectors = self.vectors[rows]
        return vectors[usable[0]] if len(usable) == 1 else vectors[usable].mean(axis=0)

    def _rows_of(self, source: int) -> slice:
        start = int(self.starts[source])
        end = int(self.starts[source + 1]) if source + 1 < len(self.starts) else len(self.ids)
        return slice(start, end)

    def _whole_weights(self, average: float) -> Weights:
        weights = self.weighed.get(average)
        if weights is None:
            self.weighed.clear()
            weights = lexical.saturated(self.wholes.weights, self.lengths[self.wholes.rows], average)
            self.weighed[average] = weights
        return weights


def _tagged(rows: Iterable[tuple[int, Row]]) -> Mapping[str, Places]:
    """The numbers of the rows that have a tag, by tag."""
    numbers: dict[str, list[int]] = {}
    for number, row in rows:
        for tag in row.tags:
            numbers.setdefault(tag, []).append(number)
    return {tag: np.array(of_tag, np.int64) for tag, of_tag in numbers.items()}


def _merged(several: Iterable[Mapping[str, Places]]) -> Mapping[str, Places]:
    merged: dict[str, Places] = {}
    for tagged in several:
        for tag, rows in tagged.items():
            merged[tag] = np.concatenate([merged[tag], rows]) if tag in merged else rows
    return merged


def _no_vectors(count: int, like: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.zeros((count, like.shape[-1]), np.float32)


def _last(spans: Spans) -> tuple[int, int]:
    return spans[-1] if spans else (0, 0)
