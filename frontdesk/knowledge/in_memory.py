"""Search in this process: every chunk of a knowledge base in memory, kept up to date from PostgreSQL.

What changed since the last question is read by the count of changes; new rows are a small segment of their own, and
segments of like size are joined, as in a log-structured merge tree (O'Neil and others 1996).
"""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import groupby

from frontdesk.database import Sessions
from frontdesk.knowledge.embeddings import Embeddings, Vector
from frontdesk.knowledge.lexical import Question
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.rows import rows_of, searched
from frontdesk.knowledge.segments import Row, Segment
from frontdesk.knowledge.spans import touches

ROWS_AT_ONCE = 4000
GROWTH = 4
"""A segment is at least so many times as large as the one behind it."""
MOST_SHELVES = 32


@dataclass(slots=True)
class _Shelf:
    """A knowledge base's chunks, as of its change number `changes`."""

    space: str | None
    changes: int = -1
    read_at_first: int = 0
    segments: list[Segment] = field(default_factory=list)
    places: dict[uuid.UUID, tuple[int, int]] = field(default_factory=dict)  # segment and row
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_stale(self) -> bool:
        """Whether so much came since it was read that what nobody can find any more may fill half of it."""
        return self.changes >= 0 and len(self.places) > 2 * self.read_at_first + ROWS_AT_ONCE

    def add(self, rows: Sequence[Row]) -> None:
        """Take in rows that are not here; those of a source come together."""
        rows = [row for row in rows if row.valid]
        if not rows:
            return
        self.segments.append(Segment.of(rows))
        count = 1
        while count < len(self.segments) and (
            len(self.segments[-count - 1].ids)
            < GROWTH * sum(len(segment.ids) for segment in self.segments[-count:])
        ):
            count += 1
        if count > 1:
            self.segments[-count:] = [Segment.joined(self.segments[-count:])]
        number = len(self.segments) - 1
        self.places |= {one: (number, row) for row, one in enumerate(self.segments[number].ids)}

    def change(self, rows: Sequence[Row]) -> None:
        """Note what became of rows that are here."""
        by_segment: dict[int, dict[int, Row]] = {}
        for row in rows:
            number, place = self.places[row.id]
            by_segment.setdefault(number, {})[place] = row
        for number, changed in by_segment.items():
            self.segments[number] = self.segments[number].changed(changed)


class InMemory:
    """All rows of a knowledge base, for its published version and its draft."""

    def __init__(self, sessions: Sessions, embeddings: Embeddings) -> None:
        self._sessions = sessions
        self._embeddings = embeddings
        self._shelves: OrderedDict[uuid.UUID, _Shelf] = OrderedDict()
        self._lock = threading.Lock()

    def segments(
        self, base: KnowledgeBase, version: int, question: Question, vector: Vector | None, tags: Set[str]
    ) -> Sequence[Segment]:
        """Every row there is."""
        shelf = self._shelf(base)
        with shelf.lock:
            if shelf.changes < base.changes:
                self._refresh(shelf, base)
            return list(shelf.segments)

    def _shelf(self, base: KnowledgeBase) -> _Shelf:
        with self._lock:
            shelf = self._shelves.get(base.id)
            if shelf is None or shelf.space != base.embedder or shelf.is_stale:
                shelf = self._shelves[base.id] = _Shelf(base.embedder)
            self._shelves.move_to_end(base.id)
            while len(self._shelves) > MOST_SHELVES:
                self._shelves.popitem(last=False)
            return shelf

    def _refresh(self, shelf: _Shelf, base: KnowledgeBase) -> None:
        known: list[Row] = []
        for rows in self._changed(shelf, base):
            known += [row for row in rows if row.id in shelf.places]
            shelf.add([row for row in rows if row.id not in shelf.places])
        shelf.change(known)
        if shelf.changes < 0:
            shelf.read_at_first = len(shelf.places)
        shelf.changes = base.changes

    def _changed(self, shelf: _Shelf, base: KnowledgeBase) -> Iterator[list[Row]]:
        """The rows that changed, and have not been gone for long, in pieces that part no source."""
        wanted = searched(Chunk.knowledge_base_id == base.id, Chunk.changed > shelf.changes)
        if not shelf.segments:
            wanted = wanted.where(touches(Chunk.valid, base.published))
        with self._sessions() as session:
            read = session.execute(wanted.execution_options(yield_per=ROWS_AT_ONCE))
            piece: list[tuple[object, ...]] = []
            for _, group in groupby(read, key=lambda row: row[1]):
                piece += group
                if len(piece) >= ROWS_AT_ONCE:
                    yield rows_of(self._embeddings, shelf.space, piece)
                    piece = []
            if piece:
                yield rows_of(self._embeddings, shelf.space, piece)
