"""OpenDocument spreadsheets, as LibreOffice Calc saves them: row by row, as a person sees the values."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import IO

from lxml import etree

from frontdesk.knowledge.parsing.archives import OPEN_SHEETS, check_contents, open_archive
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.open_tables import ROW, Grid
from frontdesk.knowledge.parsing.office.open_text import STYLE, TABLE, Looks, hides, style_of
from frontdesk.knowledge.parsing.office.sheets import sheet_pieces
from frontdesk.knowledge.parsing.progress import Reading, by_position
from frontdesk.knowledge.parsing.tables import Row

_STYLE = f"{STYLE}style"
_SHEET = f"{TABLE}table"
_PLAIN = Looks(frozenset(), frozenset(), {}, {})


def read(path: Path) -> Reading:
    """The rows of each visible sheet under the sheet's name. Hidden sheets are left out: customers may read this.

    Raises Invalid with file_broken when the workbook can not be read to its end.
    """
    check_contents(path, OPEN_SHEETS)
    with (
        damage_refused("An OpenDocument spreadsheet"),
        open_archive(path) as archive,
        archive.open("content.xml") as part,
    ):
        sheets = groupby(_rows(part), key=lambda found: found[0])
        pieces = (piece for name, rows in sheets for piece in sheet_pieces(name, (row for _, row in rows)))
        yield from by_position(pieces, part.tell, archive.getinfo("content.xml").file_size)


def _rows(part: IO[bytes]) -> Iterator[tuple[str, Row]]:
    """The rows of all visible sheets, each with the name of its sheet; what has been read is let go."""
    hidden: set[str] = set()
    sheet, grid = "", Grid(_PLAIN)
    events = etree.iterparse(
        part,
        events=("start", "end"),
        tag=(_STYLE, _SHEET, ROW),
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    for event, element in events:
        if element.tag == _STYLE:
            if event == "end" and hides(element):
                hidden.add(element.get(f"{STYLE}name", ""))
        elif element.tag == _SHEET:
            if event == "start":
                sheet, grid = element.get(f"{TABLE}name", ""), Grid(_PLAIN)
        elif event == "end":
            is_shown = style_of(next(element.iterancestors(_SHEET))) not in hidden
            if is_shown:
                yield sheet, grid.read(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
