"""Excel workbooks: every visible sheet, row by row, as a person sees the values."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl

from frontdesk.knowledge.parsing.archives import EXCEL, check_contents
from frontdesk.knowledge.parsing.blocks import Piece
from frontdesk.knowledge.parsing.office.cell_values import shown
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.merged_cells import Merges, merges_by_sheet
from frontdesk.knowledge.parsing.office.sheets import sheet_pieces
from frontdesk.knowledge.parsing.tables import WIDEST, Row

TextOf = Callable[[Any, str | None], str]
_LAST_ROW = 1_048_576


def read(path: Path) -> Iterator[Piece]:
    """The rows of each visible sheet under the sheet's name. Hidden sheets are left out: customers may read this.

    Raises Invalid with file_broken when the workbook can not be read to its end.
    """
    for title, rows in visible_sheets(path, shown):
        yield from sheet_pieces(title, rows)


def visible_sheets(path: Path, text_of: TextOf) -> Iterator[tuple[str, Iterator[Row]]]:
    """The name of each visible sheet and its rows, which are there until the next sheet is asked for.

    `text_of` makes text of a cell's value and its number format. Raises Invalid as `read` does.
    """
    check_contents(path, EXCEL)
    merges = merges_by_sheet(path)
    # Opened here, because openpyxl judges a path by its extension and stored files have none.
    with damage_refused("A workbook"), path.open("rb") as file:
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in workbook.worksheets:
                if sheet.sheet_state == "visible":
                    yield sheet.title, _rows(sheet, merges.get(sheet.title, Merges()), text_of)
        finally:
            workbook.close()


def _rows(sheet: Any, merges: Merges, text_of: TextOf) -> Iterator[Row]:
    # Programs write wrong dimensions, and a sheet formatted to its last column would be read to there.
    sheet.reset_dimensions()
    with damage_refused("A sheet"):
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            if number > _LAST_ROW:
                raise ValueError("a row beyond the last one that Excel has")
            texts = [text_of(cell.value, cell.number_format) for cell in cells[:WIDEST]]
            merges.fill(number, texts)
            yield Row(tuple(texts), number)
