"""Excel workbooks: every visible sheet, row by row, as a person sees the values."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import openpyxl

from frontdesk.knowledge.parsing.archives import EXCEL, check_contents
from frontdesk.knowledge.parsing.office.cell_values import shown
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.merged_cells import Merges, merges_by_sheet
from frontdesk.knowledge.parsing.office.sheets import sheet_pieces
from frontdesk.knowledge.parsing.progress import Reading, by_parts
from frontdesk.knowledge.parsing.tables import WIDEST, Row

TextOf = Callable[[Any, str | None], str]
_LAST_ROW = 1_048_576
_SHEETS = "xl/worksheets/"
"""How the names of the sheets begin in the file."""


def read(path: Path) -> Reading:
    """The rows of each visible sheet under the sheet's name. Hidden sheets are left out: customers may read this.

    Raises Invalid with file_broken when the workbook can not be read to its end.
    """
    with path.open("rb") as file:
        sheets = _visible_sheets(path, file, shown)
        pieces = (piece for title, rows in sheets for piece in sheet_pieces(title, rows))
        yield from by_parts(pieces, file, _SHEETS)


def visible_sheets(path: Path, text_of: TextOf) -> Iterator[tuple[str, Iterator[Row]]]:
    """The name of each visible sheet and its rows, which are there until the next sheet is asked for.

    `text_of` makes text of a cell's value and its number format. Raises Invalid as `read` does.
    """
    # Opened here, because openpyxl judges a path by its extension and stored files have none.
    with path.open("rb") as file:
        yield from _visible_sheets(path, file, text_of)


def _visible_sheets(path: Path, file: IO[bytes], text_of: TextOf) -> Iterator[tuple[str, Iterator[Row]]]:
    check_contents(path, EXCEL)
    merges = merges_by_sheet(path)
    with damage_refused("A workbook"):
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
