"""Excel workbooks: every visible sheet, row by row, as a person sees the values."""

import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl

from frontdesk.knowledge.parsing.archives import EXCEL, broken, check_contents
from frontdesk.knowledge.parsing.blocks import BlockKind, Location, Piece
from frontdesk.knowledge.parsing.cell_values import shown
from frontdesk.knowledge.parsing.merged_cells import Merges, merges_by_sheet
from frontdesk.knowledge.parsing.tables import WIDEST, Row, table_pieces

log = logging.getLogger(__name__)

_LAST_ROW = 1_048_576
_UNNAMED_SHEET = re.compile(r"(?:sheet|工作表|表)\s*\d*$", re.IGNORECASE)


def read(path: Path) -> Iterator[Piece]:
    """The rows of each visible sheet under the sheet's name. Hidden sheets are left out: customers may read this.

    Raises Invalid with file_broken when the workbook can not be read to its end.
    """
    check_contents(path, EXCEL)
    merges = merges_by_sheet(path)
    try:
        # Opened here, because openpyxl judges a path by its extension and stored files have none.
        with path.open("rb") as file:
            yield from _sheets(file, merges)
    except Exception as error:
        # What openpyxl raises on a damaged workbook is whatever its parsing happens to trip over.
        log.warning("A workbook can not be read.", exc_info=True)
        raise broken() from error


def _sheets(file: BinaryIO, merges: Mapping[str, Merges]) -> Iterator[Piece]:
    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in workbook.worksheets:
            if sheet.sheet_state != "visible":
                continue
            place = Location(sheet=sheet.title)
            rows = _rows(sheet, merges.get(sheet.title, Merges()))
            pieces = table_pieces(rows, place=place, title=BlockKind.HEADING)
            first = next(pieces, None)
            if first is not None:
                if not _UNNAMED_SHEET.fullmatch(sheet.title):
                    yield Piece(sheet.title, BlockKind.HEADING, 1, place=place)
                yield first
                yield from pieces
    finally:
        workbook.close()


def _rows(sheet: Any, merges: Merges) -> Iterator[Row]:
    # Programs write wrong dimensions, and a sheet formatted to its last column would be read to there.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > _LAST_ROW:
            raise ValueError("a row beyond the last one that Excel has")
        texts = [shown(cell) for cell in cells[:WIDEST]]
        merges.fill(number, texts)
        yield Row(tuple(texts), number)
