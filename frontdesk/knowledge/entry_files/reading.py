"""The rows of a file of entries. Files are hostile: this is run by `frontdesk.knowledge.apart`."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.knowledge.entry_files.columns import BY_POSITION, Columns, read_record, without_columns
from frontdesk.knowledge.entry_files.rows import FileRow
from frontdesk.knowledge.parsing import check_upload, delimited, records
from frontdesk.knowledge.parsing.decoding import detect_encoding
from frontdesk.knowledge.parsing.office import spreadsheets
from frontdesk.knowledge.parsing.office.cell_values import shown_on_lines
from frontdesk.knowledge.parsing.tables import Row

FILE_TYPES = (".csv", ".tsv", ".xlsx", ".json", ".jsonl")
_TITLE_ROWS = 5
_LOOK_AHEAD = 50


def read_rows(path: Path, name: str) -> Iterator[FileRow]:
    """The rows of a file that hold anything; `name` tells by its extension how. Of a workbook it is the first
    visible sheet that names its columns, or else the first with anything in it.

    Raises Invalid: entries_file_type, entries_columns, and as `check_upload` and the readers of documents do.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in FILE_TYPES:
        raise Invalid(
            f"Entries are read from files of these types: {', '.join(FILE_TYPES)}.", code="entries_file_type"
        )
    check_upload(path, name)
    match suffix:
        case ".jsonl":
            yield from _json_lines(path)
        case ".json":
            yield from _json(path)
        case ".xlsx":
            yield from _workbook(path)
        case _:
            rows = (Row(cells, number) for number, cells in delimited.numbered_rows(path))
            yield from _table(_filled(rows))


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if any(cell.strip() for cell in row.cells))


def _workbook(path: Path) -> Iterator[FileRow]:
    unnamed: list[Row] = []
    for _, sheet in spreadsheets.visible_sheets(path, shown_on_lines):
        rows = _filled(sheet)
        beginning = list(islice(rows, _LOOK_AHEAD))
        if _header(beginning) is not None:
            yield from _table(chain(beginning, rows))
            return
        unnamed = unnamed or list(chain(beginning, rows) if _is_pair_of_columns(beginning) else beginning)
    yield from _table(iter(unnamed))


def _table(rows: Iterator[Row]) -> Iterator[FileRow]:
    beginning = list(islice(rows, _LOOK_AHEAD))
    if not beginning:
        raise Invalid("There is nothing in this file.", code="entries_none")
    header = _header(beginning)
    if header is not None:
        columns, beginning = header[0], beginning[header[1] + 1 :]
    elif _is_pair_of_columns(beginning):
        columns = BY_POSITION
    else:
        raise without_columns()
    for row in chain(beginning, rows):
        yield columns.read(row.number or 0, row.cells)


def _header(beginning: list[Row]) -> tuple[Columns, int] | None:
    """The columns, and the index of the row that names them: a title may stand above it."""
    for index, row in enumerate(beginning[:_TITLE_ROWS]):
        columns = Columns.named(row.cells)
        if columns is not None:
            return columns, index
    return None


def _is_pair_of_columns(beginning: list[Row]) -> bool:
    return {index for row in beginning for index, cell in enumerate(row.cells) if cell.strip()} == {0, 1}


def _json_lines(path: Path) -> Iterator[FileRow]:
    with path.open(encoding=detect_encoding(path), newline="\n") as file:
        yield from _lines(file)


def _lines(lines: Iterable[str]) -> Iterator[FileRow]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _record(number, records.parsed(line))
            except (json.JSONDecodeError, RecursionError):
                yield FileRow(number, unreadable=True)


def _json(path: Path) -> Iterator[FileRow]:
    text = path.read_text(encoding=detect_encoding(path))
    try:
        value = records.parsed(text)
    except json.JSONDecodeError as error:
        if not records.holds_several(error):
            raise records.broken(error.lineno) from error
        yield from _lines(text.split("\n"))
        return
    except RecursionError as error:
        raise records.too_deep() from error
    if isinstance(value, dict):
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        value = lists[0] if len(lists) == 1 and "entries" in value else [value]
    if not isinstance(value, list):
        raise without_columns()
    for number, record in enumerate(value, start=1):
        yield _record(number, record)


def _record(number: int, record: Any) -> FileRow:
    return read_record(number, record) if isinstance(record, dict) else FileRow(number, unreadable=True)
