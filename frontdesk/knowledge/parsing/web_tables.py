"""Tables of a web page: cells that span rows or columns, names in the first rows or in the first column."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lxml import etree

from frontdesk.knowledge.parsing.blocks import Location, Piece, RawPicture
from frontdesk.knowledge.parsing.picture_sources import PictureAt
from frontdesk.knowledge.parsing.tables import WIDEST, Names, Row, row_pictures, table_pieces
from frontdesk.knowledge.parsing.web_text import HIDDEN, RunningText, is_bold, is_noise
from frontdesk.knowledge.parsing.writing import one_line

_MOST_ROWS_SPANNED = 1000
_ARRANGES_A_PAGE = ("table", "h1", "h2", "h3", "h4", "h5", "h6")


def is_layout(table: etree._Element) -> bool:
    """True when the table only arranges a page: it holds tables or headings, or has a single column."""
    if any(next(table.iterdescendants(tag), None) is not None for tag in _ARRANGES_A_PAGE):
        return True
    return all(len(_cells(row)) < 2 for row in table.iter("tr"))


def read_table(table: etree._Element, picture_at: PictureAt) -> Iterator[Piece]:
    """The caption, then one piece per row with the pictures in it."""
    for caption in table.iter("caption"):
        yield Piece(_text(caption))
    elements = [row for row in table.iter("tr") if _cells(row)]
    while len(_cells(elements[0])) == 1:
        title = elements.pop(0)
        yield Piece(_text(title))
        yield from row_pictures(Row((), pictures=_pictures(title, picture_at)), Location())
    rows, left = _captioned(_rows(elements, picture_at))
    names = _leading_names(elements)
    for row in rows[:names]:
        yield from row_pictures(row, Location())
    if names:
        yield from table_pieces(rows[names:], names=_joined(rows[:names]), place=Location())
    elif any(cell.tag == "th" for row in elements for cell in _cells(row)):
        yield from table_pieces(rows, names=Names())
    else:
        yield from table_pieces(rows)
    yield from row_pictures(Row((), pictures=left), Location())


def _cells(row: etree._Element) -> list[etree._Element]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _leading_names(rows: list[etree._Element]) -> int:
    """How many rows at the top hold nothing but names of columns."""
    count = 0
    for row in rows[:-1]:
        in_head = row.getparent().tag == "thead"
        if not in_head and any(cell.tag == "td" for cell in _cells(row)):
            break
        count += 1
    if (
        count == 0
        and len(rows) > 1
        and all(map(is_bold, _cells(rows[0])))
        and not all(map(is_bold, _cells(rows[1])))
    ):
        return 1
    return count


def _joined(rows: list[Row]) -> Names:
    """Names over several rows read from the top: "Fee" over "first kg" is "Fee first kg"."""
    columns = []
    for index in range(max(len(row.cells) for row in rows)):
        parts = dict.fromkeys(row.cells[index] for row in rows if index < len(row.cells) and row.cells[index])
        columns.append(" ".join(parts))
    return Names(tuple(columns))


def _captioned(rows: Iterable[Row]) -> tuple[list[Row], tuple[RawPicture, ...]]:
    """The rows, where pictures that stand alone in theirs belong to the row below; and those with no row below."""
    captioned: list[Row] = []
    waiting: tuple[RawPicture, ...] = ()
    for row in rows:
        pictures = waiting + row.pictures
        captioned.append(replace(row, pictures=pictures if row.filled else ()))
        waiting = () if row.filled else pictures
    return captioned, waiting


def _rows(elements: list[etree._Element], picture_at: PictureAt) -> Iterator[Row]:
    """The rows as a full grid: what spans rows is repeated in each, what spans columns only in rows of names."""
    hanging: dict[int, tuple[int, str]] = {}
    for element in elements:
        texts: list[str] = []
        cells = iter(_cells(element))
        cell = next(cells, None)
        while len(texts) < WIDEST:
            if len(texts) in hanging:
                left, text = hanging.pop(len(texts))
                if left > 1:
                    hanging[len(texts)] = (left - 1, text)
                texts.append(text)
                continue
            if cell is None:
                break
            text = _text(cell)
            for nth in range(_span(cell, "colspan", WIDEST - len(texts))):
                shown = text if nth == 0 or cell.tag == "th" else ""
                rows_left = _span(cell, "rowspan", _MOST_ROWS_SPANNED) - 1
                if rows_left > 0:
                    hanging[len(texts)] = (rows_left, shown)
                texts.append(shown)
            cell = next(cells, None)
        yield Row(tuple(texts), pictures=_pictures(element, picture_at))


def _pictures(element: etree._Element, picture_at: PictureAt) -> tuple[RawPicture, ...]:
    found = (picture_at(image.get("src", "")) for image in element.iter("img"))
    return tuple(picture for picture in found if picture is not None)


def _span(cell: etree._Element, attribute: str, most: int) -> int:
    value = cell.get(attribute, "1").strip()
    return max(1, min(int(value), most)) if value.isdecimal() and len(value) < 8 else 1


def _text(element: etree._Element) -> str:
    """All text of a cell on one line."""
    running = RunningText()
    _gather(element, running)
    return one_line(running.take()[0])


def _gather(element: etree._Element, running: RunningText) -> None:
    running.add(element.text)
    for child in element:
        if isinstance(child.tag, str) and child.tag not in HIDDEN and not is_noise(child):
            if child.tag in ("p", "div", "br", "li"):
                running.break_line()
            _gather(child, running)
        running.add(child.tail)
