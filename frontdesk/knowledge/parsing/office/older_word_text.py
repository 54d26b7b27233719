"""The text of a Word 97 to 2003 file: the pieces that it was saved in, put together."""

import re
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import broken, encrypted
from frontdesk.knowledge.parsing.office.older_word_looks import Look, Looks

_SIGNATURE = 0xA5EC
_WORD_97 = 0xC1
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_LENGTHS, _CHARACTERS, _PARAGRAPHS, _PIECES = 0x4C, 0x00FA, 0x0102, 0x01A2
_IS_PIECE_TABLE = 2
_ONE_BYTE_EACH = 0x40000000
_FIELD_MARK = re.compile("[\x13-\x15]")
_FIELD_BEGINS, _FIELD_SHOWS = "\x13", "\x14"
_NOTHING = "\0"


def table_stream(main: bytes) -> str:
    """Name of the stream that tells where the text is.

    Raises Invalid: file_encrypted, file_broken, or file_type_unsupported for Word 95 and older.
    """
    if len(main) < _PIECES + 8:
        raise broken()
    signature, version = struct.unpack_from("<HH", main)
    (flags,) = struct.unpack_from("<H", main, 10)
    if flags & _ENCRYPTED:
        raise encrypted()
    if signature != _SIGNATURE or version < _WORD_97:
        raise Invalid(
            "This document was saved by Word 95 or older. Open it in Word, save it as .docx and upload that.",
            code="file_type_unsupported",
        )
    return "1Table" if flags & _SECOND_TABLE else "0Table"


class WordText:
    """The characters of a document with its marks; in place of what is not shown stand zeros.

    Raises Invalid with file_broken, struct.error or IndexError for a damaged file.
    """

    def __init__(self, main: bytes, table: bytes) -> None:
        self._characters = Looks(main, table, _CHARACTERS, of_paragraphs=False)
        self._paragraphs = Looks(main, table, _PARAGRAPHS, of_paragraphs=True)
        self._starts: list[int] = []
        self._places: list[tuple[int, int]] = []
        self._lengths = struct.unpack_from("<7I", main, _LENGTHS)
        shown = []
        for start, end, place, width in _pieces(main, table):
            self._starts.append(start)
            self._places.append((place, width))
            shown.append(self._shown(_characters(main, place, end - start, width), place, width))
        self.characters = _without_field_codes("".join(shown))

    def stories(self) -> Iterator[tuple[int, int]]:
        """Where the text begins and ends, then footnotes, endnotes and text boxes; no comments, no page headers."""
        text, footnotes, headers, macros, comments, endnotes, boxes = self._lengths
        yield 0, text
        start = text + footnotes + headers + macros + comments
        for first, length in ((text, footnotes), (start, endnotes), (start + endnotes, boxes)):
            yield first, first + length

    def paragraph(self, mark: int) -> Look:
        """The look of the paragraph that ends with this mark."""
        return self._paragraphs.at(self._place(mark))

    def is_bold(self, start: int, end: int) -> bool:
        """True when all that is shown there is bold."""
        runs = self._characters.runs(self._place(start), self._place(end - 1) + 1)
        return all(look.bold for _, _, look in runs if not look.hidden)

    def _place(self, index: int) -> int:
        piece = bisect_right(self._starts, index) - 1
        place, width = self._places[piece]
        return place + width * (index - self._starts[piece])

    def _shown(self, text: str, place: int, width: int) -> str:
        parts = []
        for begins, ends, look in self._characters.runs(place, place + width * len(text)):
            part = text[(begins - place) // width : (ends - place) // width]
            parts.append(_NOTHING * len(part) if look.hidden else part)
        return "".join(parts)


def _pieces(main: bytes, table: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Of each piece: its first character, the one behind its last, its place in the file, bytes for a character."""
    at, length = struct.unpack_from("<II", main, _PIECES)
    end = at + length
    while at < end and table[at] != _IS_PIECE_TABLE:
        at += 3 + int.from_bytes(table[at + 1 : at + 3], "little")
    (size,) = struct.unpack_from("<I", table, at + 1)
    count = max(0, size - 4) // 12
    starts = struct.unpack_from(f"<{count + 1}I", table, at + 5)
    for index in range(count):
        (place,) = struct.unpack_from("<I", table, at + 5 + 4 * (count + 1) + 8 * index + 2)
        if place & _ONE_BYTE_EACH:
            yield starts[index], starts[index + 1], (place & ~_ONE_BYTE_EACH) // 2, 1
        else:
            yield starts[index], starts[index + 1], place, 2


def _characters(main: bytes, place: int, count: int, width: int) -> str:
    """One character for each that Word counts, so that a rare one stays in two halves."""
    encoded = main[place : place + width * count]
    if count < 0 or len(encoded) < width * count:
        raise broken()
    return encoded.decode("cp1252", errors="replace") if width == 1 else "".join(map(chr, array("H", encoded)))


def _without_field_codes(text: str) -> str:
    """Blanks out what computes a page number or a link, and leaves what it shows."""
    begun: list[int | None] = []
    unseen: list[tuple[int, int]] = []
    for found in _FIELD_MARK.finditer(text):
        if found.group() == _FIELD_BEGINS:
            begun.append(found.start())
        elif begun:
            start = begun.pop()
            if start is not None:
                unseen.append((start, found.end()))
            if found.group() == _FIELD_SHOWS:
                begun.append(None)
    parts, at = [], 0
    for start, end in sorted(unseen):
        if end > at:
            parts += [text[at : max(start, at)], _NOTHING * (end - max(start, at))]
            at = end
    return "".join([*parts, text[at:]])
