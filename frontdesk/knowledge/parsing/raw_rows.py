"""The rows of a table or of JSON as they stand, for files whose columns are known by name."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing import check_upload, delimited, records
from frontdesk.knowledge.parsing.decoding import detect_encoding
from frontdesk.knowledge.parsing.office import spreadsheets
from frontdesk.knowledge.parsing.office.cell_values import shown_on_lines

FILE_TYPES = (".csv", ".tsv", ".xlsx", ".json", ".jsonl")


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row by the number that a person sees: the cells of a table, or the name and value of each key of an object.

    One that is `unreadable` is no row at all.
    """

    number: int
    cells: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] | None = None
    unreadable: bool = False


def read_raw_rows(path: Path, name: str) -> Iterator[RawRow]:
    """The rows that hold anything; `name` tells by its extension how. Of a workbook it is the first visible sheet
    with anything in it.

    Raises Invalid with table_file_type, and as `check_upload` and the readers of documents do.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in FILE_TYPES:
        raise Invalid(f"Give a file of one of these types: {', '.join(FILE_TYPES)}.", code="table_file_type")
    check_upload(path, name)
    match suffix:
        case ".jsonl" | ".json":
            yield from _json(path, by_line=suffix == ".jsonl")
        case ".xlsx":
            yield from _workbook(path)
        case _:
            yield from _filled(RawRow(number, cells) for number, cells in delimited.numbered_rows(path))


def _filled(rows: Iterable[RawRow]) -> Iterator[RawRow]:
    return (row for row in rows if any(cell.strip() for cell in row.cells))


def _workbook(path: Path) -> Iterator[RawRow]:
    for _, sheet in spreadsheets.visible_sheets(path, shown_on_lines):
        is_empty = True
        for row in _filled(RawRow(row.number or 0, tuple(row.cells)) for row in sheet):
            is_empty = False
            yield row
        if not is_empty:
            return


def _json(path: Path, by_line: bool) -> Iterator[RawRow]:
    text = path.read_text(encoding=detect_encoding(path))
    try:
        value = None if by_line else records.parsed(text)
    except json.JSONDecodeError as error:
        if not records.holds_several(error):
            raise records.broken(error.lineno) from error
        value = None
    except RecursionError as error:
        raise records.too_deep() from error
    if value is None:
        yield from _lines(text)
        return
    for number, record in enumerate(value if isinstance(value, list) else [value], start=1):
        yield _record(number, record)


def _lines(text: str) -> Iterator[RawRow]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield _record(number, records.parsed(line))
            except (json.JSONDecodeError, RecursionError):
                yield RawRow(number, unreadable=True)


def _record(number: int, record: Any) -> RawRow:
    if not isinstance(record, dict) or any(isinstance(value, dict | list) for value in record.values()):
        return RawRow(number, unreadable=True)
    told = {True: "true", False: "false", None: ""}
    return RawRow(
        number,
        named=tuple(
            (key, told[value] if isinstance(value, bool) or value is None else str(value))
            for key, value in record.items()
        ),
    )
