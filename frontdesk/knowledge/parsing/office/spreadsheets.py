"""Excel workbooks: every visible sheet, row by row, as a person sees the values."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl

from frontdesk.knowledge.parsing.archives import EXCEL, check_contents
from frontdesk.knowledge.parsing.blocks import Piece
from frontdesk.knowledge.parsing.office.cell_values import shown
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.merged_cells import Merges, merges_by_sheet
from frontdesk.knowledge.parsing.office.sheets import sheet_pieces
from frontdesk.knowledge.parsing.tables import WIDEST, Row

_LAST_ROW = 1_048_576


def read(path: Path) -> Iterator[Piece]:
    """The rows of each visible sheet under the sheet's name. Hidden sheets are left out: customers may read this.

    Raises Invalid with file_broken when the workbook can not be read to its end.
    """
    check_contents(path, EXCEL)
    merges = merges_by_sheet(path)
    # Opened here, because openpyxl judges a path by its extension and stored files have none.
    with damage_refused("A workbook"), path.open("rb") as file:
        yield from _sheets(file, merges)


def _sheets(file: BinaryIO, merges: Mapping[str, Merges]) -> Iterator[Piece]:
    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in workbook.worksheets:
            if sheet.sheet_state == "visible":
                yield from sheet_pieces(sheet.title, _rows(sheet, merges.get(sheet.title, Merges())))
    finally:
        workbook.close()


def _rows(sheet: Any, merges: Merges) -> Iterator[Row]:
    # Programs write wrong dimensions, and a sheet formatted to its last column would be read to there.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > _LAST_ROW:
            raise ValueError("a row beyond the last one that Excel has")
        texts = [shown(cell.value, cell.number_format) for cell in cells[:WIDEST]]
        merges.fill(number, texts)
        yield Row(tuple(texts), number)
