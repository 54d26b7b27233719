"""Presentations of PowerPoint 97 to 2003, slide by slide, as their audience sees them."""

import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from frontdesk.knowledge.parsing.blocks import BlockKind, Location, Piece
from frontdesk.knowledge.parsing.office import older_slide_records as ppt
from frontdesk.knowledge.parsing.office.compound_files import OLDER_POWERPOINT, main_stream, read_stream
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.merged_cells import Merges
from frontdesk.knowledge.parsing.office.older_slide_records import Listed, Record, Text
from frontdesk.knowledge.parsing.office.reading_order import Placed, in_reading_order
from frontdesk.knowledge.parsing.office.slides import TITLE_LEVEL
from frontdesk.knowledge.parsing.tables import Row, table_pieces
from frontdesk.knowledge.parsing.writing import one_line

_PAGE, _GROUP, _SHAPE = 0xF002, 0xF003, 0xF004
_TEXT_BOX, _IN_GROUP, _ON_SLIDE, _OF_SHAPE, _MORE_OPTIONS = 0xF00D, 0xF00F, 0xF010, 0xF011, 0xF122
_TITLES = frozenset((0, 6))
_BODIES = frozenset((1, 7, 8))
_FURNITURE = frozenset((0x07, 0x08, 0x09, 0x0A))
_IS_HIDDEN = 0x0004
_TABLE_OPTION = 0x039F


def read(path: Path) -> Iterator[Piece]:
    """The texts and tables of each slide under its title.

    Hidden slides and speaker notes are left out: customers may read this.
    Raises Invalid: file_wrong_type, file_encrypted, or file_broken when it can not be read to its end.
    """
    main = read_stream(path, main_stream(path, OLDER_POWERPOINT))
    current_user = read_stream(path, "Current User")
    with damage_refused("An older presentation"):
        for number, slide in enumerate(ppt.slides(current_user, main), start=1):
            if not _is_hidden(slide.record):
                yield from _slide(slide, Location(page=number))


def _is_hidden(slide: Record) -> bool:
    show = slide.find(ppt.SLIDE_SHOW)
    return show is not None and bool(struct.unpack_from("<H", show.body, 10)[0] & _IS_HIDDEN)


def _slide(slide: Listed, place: Location) -> Iterator[Piece]:
    group = slide.record.find(ppt.DRAWING, _PAGE, _GROUP)
    boxes = list(_boxes(group, slide.texts, place)) if group else []
    pieces = _in_order(boxes)
    yield from (piece for piece in pieces if piece.kind is BlockKind.HEADING)
    yield from (piece for piece in pieces if piece.kind is not BlockKind.HEADING)


def _boxes(group: Record, listed: list[Text], place: Location) -> Iterator[Placed[list[Piece]]]:
    """What a group holds, a table or a group in it as one box; the first shape of a group is the group itself."""
    for child in group.children():
        if child.kind == _GROUP:
            anchor = child.find(_SHAPE)
            inside = list(_boxes(child, listed, place))
            pieces = (
                _table(inside, place) if _is_table(child) else [p for box in in_reading_order(inside) for p in box]
            )
            if anchor and pieces:
                yield Placed(*_position(anchor), pieces)
        elif child.kind == _SHAPE:
            pieces = [piece for text in _texts(child, listed) for piece in _pieces(text, place)]
            if pieces:
                yield Placed(*_position(child), pieces)


def _in_order(boxes: Iterable[Placed[list[Piece]]]) -> list[Piece]:
    return [piece for box in in_reading_order(boxes) for piece in box]


def _texts(shape: Record, listed: list[Text]) -> list[Text]:
    placeholder = shape.find(_OF_SHAPE, ppt.PLACEHOLDER)
    if placeholder and placeholder.body[4] in _FURNITURE:
        return []
    texts: list[Text] = []
    box = shape.find(_TEXT_BOX)
    for record in box.children() if box else ():
        if record.kind == ppt.TEXT_FROM_LIST and record.number() < len(listed):
            texts.append(listed[record.number()])
        else:
            ppt.add_text(texts, record)
    return texts


def _pieces(text: Text, place: Location) -> Iterator[Piece]:
    if text.kind in _TITLES:
        yield Piece(one_line(text.text.replace("\v", "\n")), BlockKind.HEADING, TITLE_LEVEL, place=place)
        return
    for paragraph in text.text.split("\r"):
        line = paragraph.replace("\v", "\n").strip()
        if line and text.kind in _BODIES:
            yield Piece(f"- {line}", BlockKind.LIST_ITEM, place=place)
        elif line:
            yield Piece(line, place=place)


def _is_table(group: Record) -> bool:
    options = group.find(_SHAPE, _MORE_OPTIONS)
    if options is None:
        return False
    numbers = (struct.unpack_from("<H", options.body, 6 * at)[0] & 0x3FFF for at in range(options.instance))
    return _TABLE_OPTION in numbers


def _table(cells: Iterable[Placed[list[Piece]]], place: Location) -> list[Piece]:
    """Cells are boxes: a row or a column begins where any of them does; a high one reaches over several rows."""
    ordered = sorted(cells, key=lambda cell: (cell.top, cell.left))
    tops, lefts = (sorted(set(edges)) for edges in zip(*((cell.top, cell.left) for cell in ordered), strict=True))
    merges = Merges()
    rows = []
    for number, (_, row) in enumerate(groupby(ordered, key=lambda cell: cell.top)):
        texts = [""] * len(lefts)
        for cell in row:
            column = bisect_left(lefts, cell.left)
            texts[column] = one_line("\n".join(piece.text for piece in cell.content))
            merges.last_rows[number, column] = bisect_left(tops, cell.top + cell.height) - 1
        merges.fill(number, texts)
        rows.append(Row(tuple(texts)))
    return list(table_pieces(rows, place=place))


def _position(shape: Record) -> tuple[float, float, float]:
    """Top, left and height of a shape, in units of its group."""
    anchor = shape.find(_ON_SLIDE) or shape.find(_IN_GROUP)
    if anchor is None:
        return 0, 0, 0
    layout = "<4h" if len(anchor.body) == 8 else "<4i"
    first, second, _, fourth = struct.unpack_from(layout, anchor.body)
    if anchor.kind == _ON_SLIDE:
        return first, second, fourth - first
    return second, first, fourth - second
