"""Cells merged over several rows: Excel keeps their value in the first row only, a person sees it in all."""

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lxml import etree
from openpyxl.utils import column_index_from_string

from frontdesk.knowledge.parsing.archives import broken, open_archive

_BLOCK_BYTES = 1024 * 1024
_MOST_MERGES = 100_000
_MERGE = re.compile(rb'mergeCell [^>]{0,40}?ref="\$?([A-Z]{1,3})\$?(\d{1,7}):\$?[A-Z]{1,3}\$?(\d{1,7})"')
_LONGEST_MERGE = 128
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


@dataclass(slots=True)
class Merges:
    """The merges of one sheet. Feed it the rows in order, each once."""

    last_rows: dict[tuple[int, int], int] = field(default_factory=dict)
    _open: dict[int, tuple[int, str]] = field(default_factory=dict)

    def fill(self, number: int, cells: list[str]) -> None:
        """Put into this row, in place, the values that hang down from merged cells above."""
        if not self.last_rows:
            return
        for column, (last, value) in list(self._open.items()):
            if number > last:
                del self._open[column]
            elif any(cells):
                cells.extend([""] * (column + 1 - len(cells)))
                cells[column] = cells[column] or value
        for column, value in enumerate(cells):
            lowest = self.last_rows.get((number, column))
            if lowest is not None and value:
                self._open[column] = (lowest, value)


def merges_by_sheet(path: Path) -> dict[str, Merges]:
    """Merges over several rows by the sheet's name; sheets without any are left out.

    Raises Invalid with file_broken when the workbook does not say where its sheets are.
    """
    with open_archive(path) as archive:
        try:
            parts = _sheet_parts(archive)
        except (etree.XMLSyntaxError, StopIteration) as error:
            raise broken() from error
        found = {name: _merges(archive, part) for name, part in parts}
    return {name: merges for name, merges in found.items() if merges.last_rows}


def _sheet_parts(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    workbook = next(name for name in archive.namelist() if re.fullmatch(r"xl/workbook\d*\.xml", name))
    folder = PurePosixPath(workbook).parent
    relations = etree.fromstring(archive.read(f"{folder}/_rels/{PurePosixPath(workbook).name}.rels"), _PARSER)
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    parts = []
    for sheet in etree.fromstring(archive.read(workbook), _PARSER).iter("{*}sheet"):
        relation = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        target = targets.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else str(folder / target)
        if part in archive.NameToInfo:
            parts.append((sheet.get("name", ""), part))
    return parts


def _merges(archive: zipfile.ZipFile, part: str) -> Merges:
    """Searches the bytes: merges stand behind all the rows, and parsing those twice would double the time."""
    merges = Merges()
    tail = b""
    with archive.open(part) as file:
        while (block := file.read(_BLOCK_BYTES)) and len(merges.last_rows) < _MOST_MERGES:
            for column, first, last in _MERGE.findall(tail + block):
                if int(last) > int(first):
                    merges.last_rows[int(first), column_index_from_string(column.decode()) - 1] = int(last)
            tail = block[-_LONGEST_MERGE:]
    return merges
