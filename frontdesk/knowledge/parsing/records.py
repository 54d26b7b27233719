"""JSON: an array of objects, one object, or an object on each line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.blocks import BlockKind, Location, Piece
from frontdesk.knowledge.parsing.decoding import detect_encoding
from frontdesk.knowledge.parsing.progress import Reading, by_characters
from frontdesk.knowledge.parsing.tables import TITLE_LEVEL, Names, Row
from frontdesk.knowledge.parsing.writing import one_line

_SEVERAL_VALUES = "Extra data"


def read(path: Path) -> Reading:
    """One row for each object, "key: value" for each of its values; numbers stay as they are written.

    An object around lists of objects, or around other objects, gives each of those a row of its own under its key.
    Raises Invalid when the encoding can not be told, or with file_broken and the line where the JSON breaks off.
    """
    text = path.read_text(encoding=detect_encoding(path))
    try:
        yield from by_characters(_pieces(parsed(text)), len(text))
    except json.JSONDecodeError as error:
        if not holds_several(error):
            raise broken(error.lineno) from error
        yield from by_characters(_lines(text), len(text))
    except RecursionError as error:
        raise too_deep() from error


def _lines(text: str) -> Iterator[Piece]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield from _row(parsed(line), number)
            except json.JSONDecodeError as error:
                raise broken(number) from error


def parsed(text: str) -> Any:
    """The value that a text stands for, numbers as they are written; raises JSONDecodeError and RecursionError."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def holds_several(error: json.JSONDecodeError) -> bool:
    """Whether more stands behind the first value: a text of JSON lines, and not broken JSON."""
    return error.msg == _SEVERAL_VALUES


def too_deep() -> Invalid:
    """The error for values in values without end."""
    return Invalid("This JSON is nested too deeply.", code="file_broken")


def broken(line: int) -> Invalid:
    """The error for JSON that breaks off."""
    return Invalid(
        f"This is no valid JSON from line {line} on. Mend it there and upload it again.", code="file_broken"
    )


def _pieces(value: Any) -> Iterator[Piece]:
    if isinstance(value, list):
        for number, record in enumerate(value, start=1):
            yield from _row(record, number)
    elif isinstance(value, dict):
        yield from _row({key: inner for key, inner in value.items() if not _holds_objects(inner)})
        for key, inner in value.items():
            if _holds_objects(inner):
                yield Piece(one_line(key), BlockKind.HEADING, TITLE_LEVEL)
                yield from _pieces(inner) if isinstance(inner, list) else _row(inner)
    else:
        yield from _row(value)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))


def _row(record: Any, number: int | None = None) -> Iterator[Piece]:
    values = list(_values(record))
    if values:
        names, cells = zip(*values, strict=True)
        text = Names(names).describe(Row(cells))
        yield Piece(text, BlockKind.ROW, TITLE_LEVEL, place=Location(row=number))


def _values(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The texts in a value with their keys, those of nested objects joined by dots."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from _values(inner, f"{name}.{key}" if name else key)
        case list() if not _holds_objects(value):
            yield name, ", ".join(text for inner in value for _, text in _values(inner))
        case list():
            for inner in value:
                yield from _values(inner, name)
        case bool():
            yield name, "true" if value else "false"
        case str():
            yield name, one_line(value)
