"""What the formatting in a Word 97 to 2003 file says about each place in it."""

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_PAGE_BYTES = 512
_PAGE_NUMBER = 0x3FFFFF
_PARAGRAPH_ENTRY = 13
_LAST_HEADING = 9
_DELETED, _HIDDEN, _BOLD = 0x0800, 0x083C, 0x0835
_IN_TABLE, _ROW_END, _OUTLINE, _LIST = 0x2416, 0x2417, 0x2640, 0x460B
_OPERAND_BYTES = (1, 1, 2, 4, 2, 2, 0, 3)
_LONG_OPERAND = 0xD608


@dataclass(frozen=True, slots=True)
class Look:
    """The formatting of a run of characters or of a paragraph; `level` is that of a heading."""

    hidden: bool = False
    bold: bool = False
    in_table: bool = False
    row_end: bool = False
    listed: bool = False
    level: int | None = None


class Looks:
    """Looks by place in the file, from the pages of 512 bytes that hold them.

    `at` is where the file's header tells their places. Raises struct.error or IndexError for a damaged file.
    """

    def __init__(self, main: bytes, table: bytes, at: int, *, of_paragraphs: bool) -> None:
        self._starts: list[int] = []
        self._looks: list[Look] = []
        start, length = struct.unpack_from("<II", main, at)
        count = max(0, length - 4) // 8
        for number in struct.unpack_from(f"<{count}I", table, start + 4 * (count + 1)):
            first = (number & _PAGE_NUMBER) * _PAGE_BYTES
            for begins, look in _page(main[first : first + _PAGE_BYTES], of_paragraphs=of_paragraphs):
                self._starts.append(begins)
                self._looks.append(look)

    def at(self, place: int) -> Look:
        """The look of what stands there."""
        index = bisect_right(self._starts, place) - 1
        return self._looks[index] if index >= 0 else Look()

    def runs(self, first: int, end: int) -> Iterator[tuple[int, int, Look]]:
        """The runs of one look each between these places."""
        inner = self._starts[bisect_right(self._starts, first) : bisect_left(self._starts, end)]
        edges = [first, *inner, end]
        for begins, ends in pairwise(edges):
            yield begins, ends, self.at(begins)


def _page(page: bytes, *, of_paragraphs: bool) -> Iterator[tuple[int, Look]]:
    """The runs that begin on a page: their places, then where on the page each one's look is written."""
    count = page[-1]
    width = _PARAGRAPH_ENTRY if of_paragraphs else 1
    for index, begins in enumerate(struct.unpack_from(f"<{count}I", page)):
        at = 2 * page[4 * (count + 1) + index * width]
        if at == 0:
            yield begins, Look()
        elif of_paragraphs:
            at, length = (at + 1, 2 * page[at] - 1) if page[at] else (at + 2, 2 * page[at + 1])
            (style,) = struct.unpack_from("<H", page, at)
            yield begins, _look(page[at + 2 : at + length], style)
        else:
            yield begins, _look(page[at + 1 : at + 1 + page[at]])


def _look(changes: bytes, style: int = 0) -> Look:
    said = {code: operand for code, operand in _changes(changes) if operand}
    level = style if 1 <= style <= _LAST_HEADING else None
    if _OUTLINE in said:
        outline = said[_OUTLINE][0]
        level = outline + 1 if outline < _LAST_HEADING else None
    return Look(
        hidden=any(code in said and bool(said[code][0] & 1) for code in (_DELETED, _HIDDEN)),
        bold=said.get(_BOLD) == b"\1",
        in_table=said.get(_IN_TABLE) == b"\1",
        row_end=said.get(_ROW_END) == b"\1",
        listed=said.get(_LIST, b"\0\0") != b"\0\0",
        level=level,
    )


def _changes(changes: bytes) -> Iterator[tuple[int, bytes]]:
    """Each change to the formatting with its operand, as far as they can be told apart."""
    at = 0
    while at + 3 <= len(changes):
        (code,) = struct.unpack_from("<H", changes, at)
        at += 2
        length = _OPERAND_BYTES[code >> 13] or 1 + changes[at]
        if code == _LONG_OPERAND:
            length = 1 + int.from_bytes(changes[at : at + 2], "little")
        yield code, changes[at : at + length]
        at += length
