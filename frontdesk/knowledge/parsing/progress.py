"""How far the reading of a file is: readers say so between the pieces that they find."""

import os
import zipfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import IO, TextIO

from frontdesk.knowledge.parsing.blocks import Piece

Listener = Callable[[int, int], None]
"""Is told how much of a file has been read, and how much there is: pages, bytes, characters or parts."""


@dataclass(frozen=True, slots=True)
class Progress:
    """So much of a file has been read, of so much."""

    done: int
    total: int

    def within(self, before: int, size: int, total: int) -> "Progress":
        """The same for the whole, of which this file is `size` behind `before`."""
        return Progress(before + size * self.done // max(self.total, 1), total)


Reading = Iterator[Piece | Progress]
"""What a reader gives."""


def unheard(done: int, total: int) -> None:
    """For whoever does not want to know."""


def told(reading: Reading, listener: Listener) -> Iterator[Piece]:
    """The pieces alone; the listener hears the rest."""
    for one in reading:
        if isinstance(one, Progress):
            listener(one.done, one.total)
        else:
            yield one


def by_position(pieces: Iterable[Piece], position: Callable[[], int], size: int) -> Reading:
    """Pieces of what is read from its beginning to its end, by the bytes that are read."""
    for piece in pieces:
        yield piece
        yield Progress(position(), size)


def by_bytes(pieces: Iterable[Piece], file: TextIO) -> Reading:
    """Pieces of a text file that is read from its beginning to its end."""
    number = file.fileno()
    return by_position(pieces, lambda: os.lseek(number, 0, os.SEEK_CUR), os.fstat(number).st_size)


def by_characters(pieces: Iterable[Piece], total: int) -> Reading:
    """Pieces of a text of about so many characters."""
    done = 0
    for piece in pieces:
        yield piece
        done = min(total, done + len(piece.text))
        yield Progress(done, total)


def by_parts(pieces: Iterable[Piece], file: IO[bytes], prefix: str) -> Reading:
    """Pieces of those parts of an archive whose names begin so, by the place where its file is read."""
    parts: list[tuple[int, int]] = []
    before = [0]
    for piece in pieces:
        at = file.tell()
        if not parts:
            parts = _places(file, prefix)
            before += accumulate(size for _, size in parts)
        number = bisect_right(parts, (at, 0)) - 1
        yield piece
        if number >= 0:
            begin, size = parts[number]
            yield Progress(before[number] + min(at - begin, size), before[-1])


def _places(file: IO[bytes], prefix: str) -> list[tuple[int, int]]:
    """Where parts of an archive begin, and how long they are; its file stands where it stood."""
    at = file.tell()
    with zipfile.ZipFile(file) as archive:
        parts = [part for part in archive.infolist() if part.filename.startswith(prefix)]
    file.seek(at)
    return sorted((part.header_offset, part.compress_size) for part in parts)
