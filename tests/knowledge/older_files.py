"""Files of Office 97 to 2003, written record by record, as small as they can be."""

import itertools
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from frontdesk.knowledge.parsing.office.compound_packing import packed

_PAGE = 512
_TEXT_AT = 3 * _PAGE
IN_TABLE = b"\x16\x24\x01"
ROW_END = IN_TABLE + b"\x17\x24\x01"
DELETED = b"\x00\x08\x01"
HIDDEN = b"\x3c\x08\x01"
BOLD = b"\x35\x08\x01"


class Paragraph(NamedTuple):
    """A paragraph of a Word file; `look` is for its characters, `layout` for itself. `mark` ends it."""

    text: str
    style: int = 0
    mark: str = "\r"
    look: bytes = b""
    layout: bytes = b""


def word_row(*cells: str) -> list[Paragraph]:
    """One row of a table."""
    inside = [Paragraph(cell, mark="\x07", layout=IN_TABLE) for cell in cells]
    return [*inside, Paragraph("", mark="\x07", layout=ROW_END)]


def older_word(narrow: Sequence[Paragraph], wide: Sequence[Paragraph] = (), *, flags: int = 0) -> bytes:
    """A Word file in two pieces: the first one holds a byte for a character, the second one two."""
    texts = ["".join(part.text + part.mark for part in parts) for parts in (narrow, wide)]
    encoded = [texts[0].encode("cp1252"), texts[1].encode("utf-16-le")]
    wide_at = _TEXT_AT + len(encoded[0]) + len(encoded[0]) % 2
    edges, looks, layouts = [], [], []
    for parts, at, width in ((narrow, _TEXT_AT, 1), (wide, wide_at, 2)):
        for part in parts:
            edges.append(at)
            at += width * len((part.text + part.mark).encode("utf-16-le")) // 2
            looks.append(bytes([len(part.look)]) + part.look if part.look else b"")
            layout = struct.pack("<H", part.style) + part.layout
            padded = layout + b"\0" * (len(layout) % 2)
            layouts.append(b"\0" + bytes([len(padded) // 2]) + padded)
    edges.append(at)
    counts = [len(text.encode("utf-16-le")) // 2 for text in texts]
    plc = struct.pack("<3I", 0, counts[0], sum(counts))
    plc += struct.pack("<HIH", 0, 2 * _TEXT_AT | 0x40000000, 0) + struct.pack("<HIH", 0, wide_at, 0)
    pieces = b"\x02" + struct.pack("<I", len(plc)) + plc
    runs = struct.pack("<3I", edges[0], edges[-1], 1) + struct.pack("<3I", edges[0], edges[-1], 2)
    header = bytearray(_PAGE)
    struct.pack_into("<HH6xH", header, 0, 0xA5EC, 0xC1, 0x0200 | flags)
    struct.pack_into("<I", header, 0x4C, sum(counts))
    for at, start, length in ((0xFA, 0, 12), (0x102, 12, 12), (0x1A2, 24, len(pieces))):
        struct.pack_into("<II", header, at, start, length)
    body = encoded[0].ljust(wide_at - _TEXT_AT, b"\0") + encoded[1]
    main = bytes(header) + _formatting(edges, looks, 1) + _formatting(edges, layouts, 13) + body
    return packed({"WordDocument": main, "1Table": runs + pieces})


def _formatting(edges: Sequence[int], entries: Sequence[bytes], width: int) -> bytes:
    page = bytearray(_PAGE)
    struct.pack_into(f"<{len(edges)}I", page, 0, *edges)
    end = _PAGE - 2
    for index, entry in enumerate(entries):
        if entry:
            end = (end - len(entry)) // 2 * 2
            page[end : end + len(entry)] = entry
            page[4 * len(edges) + index * width] = end // 2
    page[-1] = len(entries)
    return bytes(page)


def record(kind: int, body: bytes = b"", *, instance: int = 0, container: bool = False) -> bytes:
    """A record of a PowerPoint file."""
    return struct.pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(body)) + body


class Box(NamedTuple):
    """A box on a slide; `kind` is 0 for a title, 1 for a list, 4 for anything else."""

    top: int
    left: int
    text: str
    kind: int = 4


def older_slides(slides: Iterable[Sequence[Box]], *, hidden: Sequence[int] = (), token: int = 0xE391C05F) -> bytes:
    """A PowerPoint file; the slides in `hidden` are counted from 1. Every slide has a note that nobody shows."""
    stream, offsets, listed = b"", [], b""
    for number, boxes in enumerate(slides, start=1):
        listed += record(0x03F3, struct.pack("<IIIII", number + 1, 0, 0, 255 + number, 0))
        offsets.append(len(stream))
        stream += _slide(boxes, is_hidden=number in hidden)
    note = record(0x0F9F, struct.pack("<I", 2)) + _characters("secret note")
    notes = record(0x0FF0, note, instance=2, container=True)
    top = len(stream)
    stream += record(0x03E8, record(0x0FF0, listed, container=True) + notes, container=True)
    directory = len(stream)
    stream += record(0x1772, struct.pack(f"<{2 + len(offsets)}I", 1 | (1 + len(offsets)) << 20, top, *offsets))
    edit = len(stream)
    stream += record(0x0FF5, struct.pack("<7I", 0, 0, 0, directory, 1, 0, 0))
    user = record(0x0FF6, struct.pack("<III", 20, token, edit) + bytes(8))
    return packed({"PowerPoint Document": stream, "Current User": user})


def _slide(boxes: Sequence[Box], *, is_hidden: bool) -> bytes:
    shapes = record(0xF004, record(0xF009, bytes(16)), container=True)
    for box in boxes:
        anchor = record(0xF010, struct.pack("<4h", box.top, box.left, box.left + 100, box.top + 100))
        text = record(0xF00D, record(0x0F9F, struct.pack("<I", box.kind)) + _characters(box.text), container=True)
        shapes += record(0xF004, anchor + text, container=True)
    drawing = record(0x040C, record(0xF002, record(0xF003, shapes, container=True), container=True), container=True)
    show = record(0x03F9, struct.pack("<IIBBHI", 0, 0, 0, 0, 4 if is_hidden else 0, 0))
    return record(0x03EE, show + drawing, container=True)


def _characters(text: str) -> bytes:
    return record(0x0FA8, text.encode("latin-1")) if text.isascii() else record(0x0FA0, text.encode("utf-16-le"))


class Sheet(NamedTuple):
    """A sheet of an Excel file; `merged` names a first row, a last row and their column, counted from 0."""

    name: str
    rows: Sequence[Sequence[str | float | None]]
    hidden: bool = False
    merged: tuple[int, int, int] | None = None


class Day(float):
    """A day, counted as Excel counts them."""


def older_sheets(*sheets: Sheet, password: bool = False) -> bytes:
    """An Excel file of version 8."""
    bodies = [_sheet(sheet) for sheet in sheets]
    opening = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0))
    if password:
        opening += _biff(0x002F, bytes(54))
    opening += _biff(0x0042, struct.pack("<H", 1200))
    opening += b"".join(_biff(0x00E0, struct.pack("<HH16x", 0, number_format)) for number_format in (0, 14))
    names = [_biff(0x0085, struct.pack("<IBB", 0, 0, 0) + _short(sheet.name)) for sheet in sheets]
    at = len(opening) + sum(map(len, names)) + 4
    starts = [at + length for length in itertools.accumulate([0, *map(len, bodies[:-1])])]
    named = b"".join(
        _biff(0x0085, struct.pack("<IBB", start, sheet.hidden, 0) + _short(sheet.name))
        for start, sheet in zip(starts, sheets, strict=True)
    )
    return packed({"Workbook": opening + named + _biff(0x000A) + b"".join(bodies)})


def _sheet(sheet: Sheet) -> bytes:
    body = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    width = max(map(len, sheet.rows), default=0)
    body += _biff(0x0200, struct.pack("<IIHHH", 0, len(sheet.rows), 0, width, 0))
    for number, row in enumerate(sheet.rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                body += _biff(0x0204, struct.pack("<HHH", number, column, 0) + text)
            elif value is not None:
                body += _biff(0x0203, struct.pack("<HHHd", number, column, isinstance(value, Day), value))
    if sheet.merged:
        first, last, column = sheet.merged
        body += _biff(0x00E5, struct.pack("<5H", 1, first, last, column, column))
    return body + _biff(0x000A)


def _short(text: str) -> bytes:
    return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")


def _biff(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body
