"""Tables of OpenDocument files, whether they stand in a text, on a slide or are a sheet."""

from collections.abc import Iterator

from lxml import etree

from frontdesk.knowledge.parsing.blocks import Location, Piece
from frontdesk.knowledge.parsing.office.cell_values import shown
from frontdesk.knowledge.parsing.office.merged_cells import Merges
from frontdesk.knowledge.parsing.office.open_text import OFFICE, TABLE, Looks
from frontdesk.knowledge.parsing.tables import WIDEST, Names, Row, table_pieces
from frontdesk.knowledge.parsing.web_text import RunningText

ROW = f"{TABLE}table-row"
_HEADER = f"{TABLE}table-header-rows"
_GROUPS = frozenset((_HEADER, f"{TABLE}table-rows", f"{TABLE}table-row-group"))
_CELL = f"{TABLE}table-cell"
_COVERED = f"{TABLE}covered-table-cell"
_VALUES = tuple(f"{OFFICE}{name}" for name in ("string-value", "date-value", "time-value", "value"))


class Grid:
    """Reads the rows of one table. Feed it the rows in order, each once."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._merges = Merges()
        self._number = 0

    def read(self, row: etree._Element) -> Row:
        """The row with its number. One that the file repeats is read once, and the rows after it count on."""
        number = self._number + 1
        texts: list[str] = []
        for cell in row.iterchildren(_CELL, _COVERED):
            covers = number_in(cell, "number-rows-spanned")
            if covers > 1:
                self._merges.last_rows[number, len(texts)] = number + covers - 1
            times = min(number_in(cell, "number-columns-repeated"), WIDEST - len(texts))
            texts += [self._text(cell) if cell.tag == _CELL else ""] * times
        while texts and not texts[-1]:
            texts.pop()
        self._merges.fill(number, texts)
        self._number += number_in(row, "number-rows-repeated")
        return Row(tuple(texts), number)

    def _text(self, cell: etree._Element) -> str:
        running = RunningText()
        self._looks.gather(cell, running)
        text = shown(running.take()[0])
        return text or next((cell.get(name) for name in _VALUES if cell.get(name)), "")


def read_table(table: etree._Element, looks: Looks, place: Location) -> Iterator[Piece]:
    """One piece per row; a single row that the author set as header names the columns."""
    grid = Grid(looks)
    rows = [Row(grid.read(row).cells) for row in _rows(table)]
    headers = [row for header in table.iterchildren(_HEADER) for row in _rows(header)]
    if len(headers) == 1 and len(rows) > 1:
        return table_pieces(rows[1:], names=Names(rows[0].cells), place=place)
    return table_pieces(rows, place=place)


def number_in(element: etree._Element, attribute: str) -> int:
    """A count that an attribute gives, at least 1."""
    value = element.get(f"{TABLE}{attribute}", "1")
    return max(1, int(value)) if value.isdecimal() and len(value) < 8 else 1


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if child.tag == ROW:
            yield child
        elif child.tag in _GROUPS:
            yield from _rows(child)
