"""What the sheets of any spreadsheet program have in common."""

import re
from collections.abc import Iterable, Iterator

from frontdesk.knowledge.parsing.blocks import BlockKind, Location, Piece
from frontdesk.knowledge.parsing.tables import Row, table_pieces

_UNNAMED = re.compile(r"(?:sheet|工作表|表)\s*\d*$", re.IGNORECASE)


def sheet_pieces(name: str, rows: Iterable[Row]) -> Iterator[Piece]:
    """The rows of a sheet under its name, if somebody gave it one; nothing at all for an empty sheet."""
    place = Location(sheet=name)
    pieces = table_pieces(rows, place=place, title=BlockKind.HEADING)
    first = next(pieces, None)
    if first is not None:
        if not _UNNAMED.fullmatch(name):
            yield Piece(name, BlockKind.HEADING, 1, place=place)
        yield first
        yield from pieces
