"""Chunks in memory, scored exactly: by their words, and by their vectors where they have any."""

import math
import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Self

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge import lexical
from frontdesk.knowledge.embeddings import Vector
from frontdesk.knowledge.groups import Groups, Mask, Places
from frontdesk.knowledge.lexical import Corpus, Question, Weights
from frontdesk.knowledge.middles import DenseView, Middles
from frontdesk.knowledge.postings import Postings
from frontdesk.knowledge.spans import Spans
from frontdesk.knowledge.vectors import Vectors

Versions = NDArray[np.int32]

NO_MEANING = -1.0
"""The cosine of what has no vector."""
NEVER = math.inf
MOST_VERSIONS = 4
"""So many versions of a segment are remembered as they were last asked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """A chunk as it is searched; `source` is the entry it belongs to, or itself.

    `expires_at` is in seconds since 1970. `words` (words.pack) has what is shown of the source, in one of its rows.
    """

    id: uuid.UUID
    source: uuid.UUID
    terms: bytes
    heading_terms: bytes | None
    source_terms: bytes | None
    valid: Spans
    vector: Vector | None
    tags: Sequence[str] = ()  # those of the document or entry it belongs to
    expires_at: float = NEVER
    words: bytes | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """What a question scores, by source: its best part's words, the words of all of it, the best cosine.

    `coverage` is how much of the question's weight stands anywhere in the source. `rows` are the cosines by row.
    Cosines may be off by `slack`.
    """

    part: Weights
    whole: Weights
    coverage: Weights
    cosine: Weights
    rows: Weights
    slack: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """A segment in one version."""

    valid: Mask
    is_whole: bool  # all rows are valid
    corpus: Corpus
    wholes: Places  # for each source the row that has the terms of all of it, if one is valid; else any
    middles: Middles | None  # None where no row has a vector


@dataclass(frozen=True, slots=True)
class Segment:
    """Some rows; those of a source lie together, as a group."""

    ids: Sequence[uuid.UUID]
    sources: Sequence[uuid.UUID]
    groups: Groups
    parts: Postings
    headings: Postings
    wholes: Postings
    lengths: Weights  # of whole sources, in terms; 0 for rows that know their own terms only
    chinese: Weights  # of these terms, those of Chinese characters
    whole: Mask  # the rows that have the terms of a whole source
    since: Versions
    until: Versions
    scattered: dict[int, Spans]  # rows that are valid in several spans; `since` and `until` have the last
    vectors: Vectors | None
    embedded: Mask
    tagged: Mapping[str, Places]  # the rows that have a tag
    expiring: Mapping[int, float]  # when the rows expire that do
    words: list[bytes | None]
    weighed: dict[float, Weights]  # the weights of `wholes` by the average length
    seen: dict[int, _Seen]  # by version

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """Of rows, those of each source together."""
        sizes = [(source, len(list(group))) for source, group in groupby(rows, key=lambda row: row.source)]
        embedded = np.array([row.vector is not None for row in rows], np.bool_)
        some = next((row.vector for row in rows if row.vector is not None), None)
        exact = None
        if some is not None:
            none = np.zeros_like(some)
            exact = np.array([none if row.vector is None else row.vector for row in rows], np.float32)
        corpora = [Corpus.of([row.source_terms or b""]) for row in rows]
        return cls(
            ids=[row.id for row in rows],
            sources=[source for source, _ in sizes],
            groups=Groups.of([size for _, size in sizes]),
            parts=Postings.of_parts([row.terms for row in rows]),
            headings=Postings.of_parts([row.heading_terms or b"" for row in rows]),
            wholes=Postings.of_counts([row.source_terms for row in rows]),
            lengths=np.array([corpus.terms for corpus in corpora], np.float32),
            chinese=np.array([corpus.chinese_terms for corpus in corpora], np.float32),
            whole=np.array([row.source_terms is not None for row in rows], np.bool_),
            since=np.array([_last(row.valid)[0] for row in rows], np.int32),
            until=np.array([_last(row.valid)[1] for row in rows], np.int32),
            scattered={number: row.valid for number, row in enumerate(rows) if len(row.valid) > 1},
            vectors=None if exact is None else Vectors.of(exact),
            embedded=embedded,
            tagged=_tagged(enumerate(rows)),
            expiring={number: row.expires_at for number, row in enumerate(rows) if row.expires_at < NEVER},
            words=[row.words for row in rows],
            weighed={},
            seen={},
        )

    @classmethod
    def joined(cls, segments: Sequence[Self]) -> Self:
        """All rows of several segments in one."""
        firsts = np.cumsum([0, *(len(segment.ids) for segment in segments)])[:-1].tolist()
        some = next((segment.vectors.exact for segment in segments if segment.vectors is not None), None)
        return cls(
            ids=[one for segment in segments for one in segment.ids],
            sources=[one for segment in segments for one in segment.sources],
            groups=Groups.joined([segment.groups for segment in segments]),
            parts=Postings.joined([segment.parts for segment in segments], firsts),
            headings=Postings.joined([segment.headings for segment in segments], firsts),
            wholes=Postings.joined([segment.wholes for segment in segments], firsts),
            lengths=np.concatenate([segment.lengths for segment in segments]),
            chinese=np.concatenate([segment.chinese for segment in segments]),
            whole=np.concatenate([segment.whole for segment in segments]),
            since=np.concatenate([segment.since for segment in segments]),
            until=np.concatenate([segment.until for segment in segments]),
            scattered={
                row + first: valid
                for segment, first in zip(segments, firsts, strict=True)
                for row, valid in segment.scattered.items()
            },
            vectors=None if some is None else Vectors.joined([segment.vectors_like(some) for segment in segments]),
            embedded=np.concatenate([segment.embedded for segment in segments]),
            tagged=_merged(
                {tag: rows + first for tag, rows in segment.tagged.items()}
                for segment, first in zip(segments, firsts, strict=True)
            ),
            expiring={
                row + first: moment
                for segment, first in zip(segments, firsts, strict=True)
                for row, moment in segment.expiring.items()
            },
            words=[words for segment in segments for words in segment.words],
            weighed={},
            seen={},
        )

    def changed(self, rows: Mapping[int, Row]) -> Self:
        """The same rows, some of them, by number, valid in other versions, with other tags, words or a vector."""
        since, until, scattered = self.since.copy(), self.until.copy(), dict(self.scattered)
        embedded, vectors = self.embedded.copy(), self.vectors
        expiring, words = dict(self.expiring), list(self.words)
        for number, row in rows.items():
            since[number], until[number] = _last(row.valid)
            words[number] = row.words
            scattered.pop(number, None)
            expiring.pop(number, None)
            if len(row.valid) > 1:
                scattered[number] = row.valid
            if row.expires_at < NEVER:
                expiring[number] = row.expires_at
            if row.vector is not None:
                # In place: nobody looks at a vector that is not marked as there.
                vectors = self.vectors_like(row.vector) if vectors is None else vectors
                vectors.put(number, row.vector)
                embedded[number] = True
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
            expiring=expiring,
            words=words,
            seen={},
        )

    def without(self, sources: Set[uuid.UUID]) -> Self:
        """The same rows, those of some sources valid nowhere."""
        gone = [number for number, source in enumerate(self.sources) if source in sources]
        if not gone:
            return self
        since, until, scattered = self.since.copy(), self.until.copy(), dict(self.scattered)
        for number in gone:
            start, end = self.groups.bounds[number : number + 2].tolist()
            since[start:end], until[start:end] = _last(())
            for row in range(start, end):
                scattered.pop(row, None)
        return replace(self, since=since, until=until, scattered=scattered, seen={})

    def vectors_like(self, other: NDArray[np.float32]) -> Vectors:
        """The vectors of the rows; zeros as long as those of `other` where there are none yet."""
        if self.vectors is not None:
            return self.vectors
        return Vectors.of(np.zeros((len(self.ids), other.shape[-1]), np.float32))

    def corpus(self, version: int) -> Corpus:
        """The sources that are valid in a version."""
        return self._seen(version).corpus

    def frequencies(self, version: int, dimensions: Sequence[int]) -> Mapping[int, int]:
        """How many of these sources have each of the dimensions."""
        seen = self._seen(version)
        return self.wholes.frequencies(dimensions, None if seen.is_whole else seen.valid)

    def valid_in(self, version: int, tags: Set[str] = frozenset(), moment: float = 0.0) -> Mask:
        """Which rows are valid in a version, have one of these tags, if any are given, and have not expired."""
        valid = self._seen(version).valid
        if self.expiring or tags:
            valid = valid.copy()
            valid[[row for row, expires_at in self.expiring.items() if expires_at <= moment]] = False
        if tags:
            has_tag = np.zeros(len(self.ids), np.bool_)
            for tag in tags & self.tagged.keys():
                has_tag[self.tagged[tag]] = True
            valid &= has_tag
        return valid

    def score(self, question: Question, average: float, vector: Vector | None, version: int, valid: Mask) -> Scores:
        """The scores of each source by those rows of a version that are valid and wanted; what has none scores
        0, and NO_MEANING by cosine."""
        wholes = self._seen(version).wholes
        count = len(self.ids)
        roughly = None
        if vector is not None and self.vectors is not None:
            roughly = self.vectors.roughly_beside(vector)
        part = self.parts.score(question.weights, self.parts.weights, count)
        if len(self.headings.rows):
            part = np.maximum(part, self.headings.score(question.weights, self.headings.weights, count))
        weights = self._whole_weights(average)
        whole, coverage = self.wholes.score_and_coverage(question.weights, weights, count)
        meaning, slack = np.full(count, NO_MEANING, np.float32), 0.0
        if roughly is not None:
            rough, slack = roughly()
            meaning = np.where(valid & self.embedded, rough, meaning)
        return Scores(
            part=self.groups.best(part * valid),
            whole=(whole * valid)[wholes],
            coverage=(coverage * valid)[wholes],
            cosine=self.groups.best(meaning),
            rows=meaning,
            slack=slack,
        )

    def cosines(self, sources: Places, vector: Vector, valid: Mask) -> Weights:
        """The best cosine of each of these sources by its valid rows, exactly; NO_MEANING for none."""
        if self.vectors is None or not len(sources):
            return np.full(len(sources), NO_MEANING, np.float32)
        rows, firsts = self.groups.rows(sources)
        usable = valid[rows] & self.embedded[rows]
        meaning = np.full(len(rows), NO_MEANING, np.float32)
        meaning[usable] = self.vectors.cosines(rows[usable], vector)
        return np.maximum.reduceat(meaning, firsts)

    def shown(self, source: int, valid: Mask) -> tuple[uuid.UUID, bytes | None]:
        """The row of a source that is shown, and its words; its first valid one where none has words."""
        start, end = self.groups.bounds[source : source + 2].tolist()
        rows = [row for row in range(start, end) if valid[row]] or [start]
        row = next((row for row in rows if self.words[row] is not None), rows[0])
        return self.ids[row], self.words[row]

    def heads(self, sources: Places, valid: Mask, view: DenseView) -> Weights:
        """How near the question is to the middles of these sources; 0 without vectors.

        What it takes is kept for who asks of the whole version.
        """
        if self.vectors is None:
            return np.zeros(len(sources), np.float32)
        kept = next((seen.middles for seen in list(self.seen.values()) if seen.valid is valid), None)
        return (kept or self._middles(self.vectors, valid)).heads(sources, view)

    def _middles(self, vectors: Vectors, valid: Mask) -> Middles:
        return Middles(vectors.exact, self.groups, valid & self.embedded)

    def _seen(self, version: int) -> _Seen:
        seen = self.seen.get(version)
        if seen is None:
            valid = (self.since <= version) & (version < self.until)
            for row, spans in self.scattered.items():
                valid[row] = any(since <= version < until for since, until in spans)
            rows, wholes = np.flatnonzero(valid & self.whole), self.groups.bounds[:-1].copy()
            wholes[self.groups.of_rows(rows)] = rows
            terms, chinese = (int(counts[valid].sum(dtype=np.int64)) for counts in (self.lengths, self.chinese))
            middles = None if self.vectors is None else self._middles(self.vectors, valid)
            seen = _Seen(valid, bool(valid.all()), Corpus(len(rows), terms, chinese), wholes, middles)
            if len(self.seen) >= MOST_VERSIONS:
                self.seen.clear()
            self.seen[version] = seen
        return seen

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


def _last(spans: Spans) -> tuple[int, int]:
    return spans[-1] if spans else (0, 0)
