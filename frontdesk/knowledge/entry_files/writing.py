"""Entries as the bytes of a file, made piece by piece."""

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from enum import StrEnum

import openpyxl
from openpyxl.cell import WriteOnlyCell

from frontdesk.knowledge.entry_files import variants
from frontdesk.knowledge.entry_files.formulas import disarm
from frontdesk.knowledge.models import Entry

FULLEST_CELL = 32_000
"""In characters; Excel holds 32,767."""
_PIECE_BYTES = 256 * 1024
_COLUMN_WIDTHS = (38, 50, 80)
# XML has no way to write these, and nobody reads them.
_NOT_IN_XML = re.compile("[\ufffe\uffff]")


class FileFormat(StrEnum):
    """What entries can be exported as."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


def columns_for(longest: int) -> int:
    """How many columns of questions a table needs whose longest entry has so many characters in them."""
    return 1 + longest // (FULLEST_CELL - 1_200)


def write(file_format: FileFormat, entries: Iterable[Entry], question_columns: int) -> Iterator[bytes]:
    """The file, in pieces; tables get so many columns of questions."""
    match file_format:
        case FileFormat.CSV:
            return _csv(entries, question_columns)
        case FileFormat.XLSX:
            return _xlsx(entries, question_columns)
        case FileFormat.JSONL:
            return _json_lines(entries)


def _csv(entries: Iterable[Entry], question_columns: int) -> Iterator[bytes]:
    piece = io.StringIO()
    piece.write("\ufeff")  # or Excel takes it for the encoding of the country it was sold in
    writer = csv.writer(piece)
    writer.writerow(_names(question_columns))
    for entry in entries:
        writer.writerow([disarm(text) for text in _cells(entry, question_columns)])
        if piece.tell() > _PIECE_BYTES:
            yield piece.getvalue().encode()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue().encode()


def _json_lines(entries: Iterable[Entry]) -> Iterator[bytes]:
    for entry in entries:
        record = {"id": str(entry.id), "questions": list(entry.questions), "answer": entry.answer}
        yield (json.dumps(record, ensure_ascii=False) + "\n").encode()


def _xlsx(entries: Iterable[Entry], question_columns: int) -> Iterator[bytes]:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Entries")
    sheet.freeze_panes = "A2"
    first, other, last = _COLUMN_WIDTHS
    for index, width in enumerate((first, *[other] * question_columns, last)):
        sheet.column_dimensions[chr(ord("A") + index)].width = width
    sheet.append(_names(question_columns))
    for entry in entries:
        sheet.append([text_cell(sheet, text) for text in _cells(entry, question_columns)])
    with tempfile.TemporaryFile() as file:
        workbook.save(file)
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


def text_cell(sheet: object, text: str) -> WriteOnlyCell:
    """A cell of a sheet that says this and is never run."""
    # A cell of text is never run, so only what `rearm` would take for disarmed needs another apostrophe.
    cell = WriteOnlyCell(sheet, _NOT_IN_XML.sub("", disarm(text) if text.startswith("'") else text))
    if text[:1] in ("=", "'"):
        cell.data_type = "s"
        cell.quotePrefix = True
    return cell


def _names(question_columns: int) -> list[str]:
    return ["id", "questions", *(f"questions {number}" for number in range(2, question_columns + 1)), "answer"]


def _cells(entry: Entry, question_columns: int) -> list[str]:
    packed = [""]
    for question in map(variants.escaped, entry.questions):
        if packed[-1] and len(packed[-1]) + len(question) >= FULLEST_CELL and len(packed) < question_columns:
            packed.append(question)
        else:
            packed[-1] = f"{packed[-1]}\n{question}" if packed[-1] else question
    return [str(entry.id), *packed, *[""] * (question_columns - len(packed)), entry.answer]
