"""Workbooks of Excel 97 to 2003."""

import struct
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from frontdesk.knowledge.parsing.archives import broken, encrypted, too_large
from frontdesk.knowledge.parsing.blocks import Piece
from frontdesk.knowledge.parsing.office.cell_values import shown
from frontdesk.knowledge.parsing.office.compound_files import OLDER_EXCEL, main_stream, read_stream
from frontdesk.knowledge.parsing.office.compound_packing import packed
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.merged_cells import Merges
from frontdesk.knowledge.parsing.office.sheets import sheet_pieces
from frontdesk.knowledge.parsing.tables import WIDEST, Row

_MOST_CELLS = 20_000_000
_BEGINNING, _PASSWORD, _STRINGS, _DIMENSIONS = 0x0809, 0x002F, 0x00FC, 0x0200
_SEVERAL_CELLS = frozenset((0x00BD, 0x00BE))
_CELLS = _SEVERAL_CELLS | {0x0006, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}


def read(path: Path) -> Iterator[Piece]:
    """The rows of each visible sheet under the sheet's name. Hidden sheets are left out: customers may read this.

    Raises Invalid: file_wrong_type, file_encrypted, file_too_large, or file_broken when the workbook can not be
    read to its end.
    """
    name = main_stream(path, OLDER_EXCEL)
    stream = read_stream(path, name)
    with damage_refused("An older workbook"):
        _refuse_unreadable(stream)
        workbook = _open(packed({name: stream}))
        for sheet in workbook.sheets_metadata:
            if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet:
                yield from sheet_pieces(sheet.name, _rows(workbook.get_sheet_by_name(sheet.name)))


def _open(container: bytes) -> CalamineWorkbook:
    """The file is packed anew for this, because calamine runs in circles where a damaged container leads it so."""
    try:
        return CalamineWorkbook.from_filelike(BytesIO(container))
    except BaseException as error:
        # What is written in Rust may panic, and that reaches Python as no ordinary exception.
        if type(error).__name__ == "PanicException":
            raise broken() from error
        raise


def _refuse_unreadable(stream: bytes) -> None:
    """Calamine reserves memory for all that a file announces, and for a whole sheet between two distant cells."""
    total = rows = columns = 0
    for kind, body in _records(stream):
        if kind == _PASSWORD:
            raise encrypted()
        if kind == _STRINGS and len(body) >= 8 and struct.unpack_from("<I", body, 4)[0] > len(stream):
            raise broken()
        if kind == _DIMENSIONS and len(body) >= 12:
            first_row, last_row, first_column, last_column = struct.unpack_from("<IIHH", body)
            if first_row > last_row or first_column > last_column:
                raise broken()
            if last_row * last_column > _MOST_CELLS:
                raise too_large()
        elif kind == _BEGINNING:
            total += rows * columns
            rows = columns = 0
        elif kind in _CELLS and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            column += len(body) // 6 if kind in _SEVERAL_CELLS else 0
            rows, columns = max(rows, row + 1), max(columns, column + 1)
    if total + rows * columns > _MOST_CELLS:
        raise too_large()


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _rows(sheet: Any) -> Iterator[Row]:
    merges = Merges()
    for (first, column), (last, _) in sheet.merged_cell_ranges or ():
        if last > first:
            merges.last_rows[first + 1, column] = last + 1
    for number, values in enumerate(sheet.iter_rows(), start=1):
        texts = [shown(value) for value in values[:WIDEST]]
        merges.fill(number, texts)
        yield Row(tuple(texts), number)
