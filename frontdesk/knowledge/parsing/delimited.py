"""CSV and TSV files."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.blocks import BlockKind
from frontdesk.knowledge.parsing.decoding import detect_encoding
from frontdesk.knowledge.parsing.progress import Reading, by_bytes
from frontdesk.knowledge.parsing.tables import WIDEST, Row, table_pieces
from frontdesk.knowledge.parsing.writing import one_line

_SAMPLE_CHARACTERS = 64 * 1024
_SAMPLE_ROWS = 50
_DELIMITERS = (",", "\t", ";", "|")


def read(path: Path) -> Reading:
    """The rows of a delimited file, numbered as a spreadsheet numbers them.

    Raises Invalid when its encoding can not be told, or with file_broken when a quotation mark never closes.
    """
    with _open(path) as file:
        rows = (Row(tuple(map(one_line, cells)), number) for number, cells in _rows(file))
        yield from by_bytes(table_pieces(rows, title=BlockKind.HEADING), file)


def numbered_rows(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every row with its number, from 1; cells keep their line breaks. Raises Invalid as `read` does."""
    with _open(path) as file:
        yield from _rows(file)


def _open(path: Path) -> TextIO:
    return path.open(encoding=detect_encoding(path), newline="")


def _rows(file: TextIO) -> Iterator[tuple[int, tuple[str, ...]]]:
    number = 0
    try:
        delimiter = _delimiter(file.read(_SAMPLE_CHARACTERS))
        file.seek(0)
        for number, cells in enumerate(csv.reader(file, delimiter=delimiter), start=1):
            yield number, tuple(cells[:WIDEST])
    except csv.Error as error:
        raise Invalid(
            f"After row {number} this can not be read as a table. Look for a quotation mark that is not closed.",
            code="file_broken",
        ) from error


def _delimiter(sample: str) -> str:
    """The one that cuts most rows into the same number of cells.

    The standard library's Sniffer is not used: its patterns take minutes on rows made to delay them.
    """
    return max(_DELIMITERS, key=lambda delimiter: _regularity(sample, delimiter))


def _regularity(sample: str, delimiter: str) -> float:
    try:
        rows = list(islice(csv.reader(sample.splitlines(keepends=True), delimiter=delimiter), _SAMPLE_ROWS))
    except csv.Error:
        return 0.0
    widths = Counter(len(row) for row in rows if row)
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    return times / widths.total() if width > 1 else 0.0
