"""Search in this process: every chunk of a knowledge base in memory, kept up to date from PostgreSQL.

What changed since the last question is read by the count of changes; new rows are a small segment of their own, and
segments of like size are joined, as in a log-structured merge tree (O'Neil and others 1996).
"""

import threading
import uuid
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import accumulate, groupby

from sqlalchemy import ColumnElement, select

from frontdesk.database import Sessions
from frontdesk.knowledge.embeddings import Embeddings, Vector
from frontdesk.knowledge.lexical import Corpus, Question
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.rows import rows_of, searched
from frontdesk.knowledge.segments import Row, Segment
from frontdesk.knowledge.spans import holds, touches

ROWS_AT_ONCE = 4000
GROWTH = 4
"""A segment is at least so many times as large as the one behind it."""
MOST_SHELVES = 32
MOST_PAST = 2
"""So many earlier versions are kept beside those, for who compares or asks again."""


@dataclass(frozen=True, slots=True)
class InVersion:
    """The rows of a knowledge base as one question sees them."""

    all_segments: Sequence[Segment]
    version: int

    @property
    def corpus(self) -> Corpus:
        """The sources that are valid."""
        return Corpus.joined([segment.corpus(self.version) for segment in self.all_segments])

    def frequencies(self, dimensions: Sequence[int]) -> Mapping[int, int]:
        """How many valid sources have each dimension."""
        counted: Counter[int] = Counter()
        for segment in self.all_segments:
            counted.update(segment.frequencies(self.version, dimensions))
        return counted

    def segments(self, question: Question, vector: Vector | None, tags: Set[str]) -> Sequence[Segment]:
        """Every row there is."""
        return self.all_segments

    def without(self, sources: Set[uuid.UUID], instead: Segment) -> "InVersion":
        """The same rows but for those of some sources, and those of `instead`."""
        left = [segment.without(sources) for segment in self.all_segments]
        return InVersion([*left, instead] if instead.ids else left, self.version)


@dataclass(slots=True)
class _Shelf:
    """A knowledge base's chunks, as of its change number `changes`."""

    space: str | None
    analysis: int
    changes: int = -1
    read_at_first: int = 0
    segments: list[Segment] = field(default_factory=list)
    places: dict[uuid.UUID, int] = field(default_factory=dict)  # the number of a row, counted through all segments
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_stale(self) -> bool:
        """Whether so much came since it was read that what nobody can find any more may fill half of it."""
        return self.changes >= 0 and len(self.places) > 2 * self.read_at_first + ROWS_AT_ONCE

    def clear(self) -> None:
        """Nothing was read yet."""
        self.changes, self.segments, self.places = -1, [], {}

    def add(self, rows: Sequence[Row]) -> None:
        """Take in rows that are not here; those of a source come together."""
        rows = [row for row in rows if row.valid]
        if rows:
            first = len(self.places)
            self.places |= {row.id: first + number for number, row in enumerate(rows)}
            self.segments.append(Segment.of(rows))

    def join(self) -> None:
        """Join segments at the end that are not much smaller than the one before them."""
        count = 1
        while count < len(self.segments) and (
            len(self.segments[-count - 1].ids)
            < GROWTH * sum(len(segment.ids) for segment in self.segments[-count:])
        ):
            count += 1
        if count > 1:
            self.segments[-count:] = [Segment.joined(self.segments[-count:])]

    def change(self, rows: Sequence[Row]) -> None:
        """Note what became of rows that are here."""
        firsts = list(accumulate((len(segment.ids) for segment in self.segments), initial=0))
        by_segment: dict[int, dict[int, Row]] = {}
        for row in rows:
            place = self.places[row.id]
            number = bisect_right(firsts, place) - 1
            by_segment.setdefault(number, {})[place - firsts[number]] = row
        for number, changed in by_segment.items():
            self.segments[number] = self.segments[number].changed(changed)


class InMemory:
    """All rows of a knowledge base, for its published version and its draft; others while they are asked for."""

    def __init__(self, sessions: Sessions, embeddings: Embeddings) -> None:
        self._sessions = sessions
        self._embeddings = embeddings
        self._shelves: OrderedDict[uuid.UUID, _Shelf] = OrderedDict()
        self._past: OrderedDict[tuple[object, ...], InVersion] = OrderedDict()
        self._lock = threading.Lock()

    def view(self, base: KnowledgeBase, version: int) -> InVersion:
        """The rows as they are now."""
        if version < base.published:
            return self._earlier(base, version)
        shelf = self._shelf(base)
        with shelf.lock:
            if shelf.changes < base.changes:
                self._refresh(shelf, base)
            return InVersion(tuple(shelf.segments), version)

    def _earlier(self, base: KnowledgeBase, version: int) -> InVersion:
        # What is valid in it changes no more, but what was deleted is not to be found in it either.
        key = (base.id, version, base.embedder, base.changes)
        with self._lock:
            view = self._past.get(key)
        if view is None:
            rows = self._read(base, Chunk.knowledge_base_id == base.id, holds(Chunk.valid, version))
            view = InVersion([Segment.joined([Segment.of(piece) for piece in rows])], version)
            with self._lock:
                self._past[key] = view
                while len(self._past) > MOST_PAST:
                    self._past.popitem(last=False)
        return view

    def _shelf(self, base: KnowledgeBase) -> _Shelf:
        with self._lock:
            shelf = self._shelves.get(base.id)
            made_for = (base.embedder, base.analysis)
            if shelf is None or (shelf.space, shelf.analysis) != made_for or shelf.is_stale:
                shelf = self._shelves[base.id] = _Shelf(*made_for)
            self._shelves.move_to_end(base.id)
            while len(self._shelves) > MOST_SHELVES:
                self._shelves.popitem(last=False)
            return shelf

    def _refresh(self, shelf: _Shelf, base: KnowledgeBase) -> None:
        """Read what changed; all of it, if some of what changed was cleared away before that could be read."""
        seen = shelf.changes
        self._read_changes(shelf, base)
        with self._sessions() as session:
            cleared = session.scalar(select(KnowledgeBase.cleared).where(KnowledgeBase.id == base.id)) or 0
        if 0 <= seen < cleared:
            shelf.clear()
            self._read_changes(shelf, base)

    def _read_changes(self, shelf: _Shelf, base: KnowledgeBase) -> None:
        wanted = [Chunk.knowledge_base_id == base.id, Chunk.changed > shelf.changes]
        if not shelf.segments:
            wanted.append(touches(Chunk.valid, base.published))
        known: list[Row] = []
        for rows in self._read(base, *wanted):
            known += [row for row in rows if row.id in shelf.places]
            shelf.add([row for row in rows if row.id not in shelf.places])
        shelf.join()
        shelf.change(known)
        if shelf.changes < 0:
            shelf.read_at_first = len(shelf.places)
        shelf.changes = base.changes

    def _read(self, base: KnowledgeBase, *wanted: ColumnElement[bool]) -> Iterator[list[Row]]:
        """Rows in pieces that part no source."""
        chunks = searched(*wanted).execution_options(yield_per=ROWS_AT_ONCE)
        with self._sessions() as session:
            piece: list[Sequence[object]] = []
            for _, group in groupby(session.execute(chunks), key=lambda row: row[1]):
                piece += group
                if len(piece) >= ROWS_AT_ONCE:
                    yield rows_of(self._embeddings, base.embedder, piece)
                    piece = []
            if piece:
                yield rows_of(self._embeddings, base.embedder, piece)
