"""Documents of Word 97 to 2003."""

import re
from collections.abc import Iterator
from pathlib import Path

from frontdesk.knowledge.parsing.blocks import BlockKind, Piece
from frontdesk.knowledge.parsing.office.compound_files import OLDER_WORD, main_stream, read_stream
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.older_word_looks import Look
from frontdesk.knowledge.parsing.office.older_word_text import WordText, table_stream
from frontdesk.knowledge.parsing.tables import Row, table_pieces
from frontdesk.knowledge.parsing.writing import one_line

_MARK = re.compile("[\r\x07\x0c\x0e]")
_CELL = "\x07"
_SPECIAL = str.maketrans({"\x0b": "\n", "\x1e": "-", "\0": None})


def read(path: Path) -> Iterator[Piece]:
    """The pieces of a document: its text, then its notes and text boxes.

    Comments, hidden text, deletions that are only tracked, page headers and footers are left out.
    Raises Invalid: file_wrong_type, file_encrypted, file_type_unsupported for Word 95 and older, or file_broken
    when the document can not be read to its end.
    """
    main = read_stream(path, main_stream(path, OLDER_WORD))
    table = read_stream(path, table_stream(main))
    with damage_refused("An older Word document"):
        text = WordText(main, table)
        for start, end in text.stories():
            yield from _story(text, start, end)


def _story(text: WordText, start: int, end: int) -> Iterator[Piece]:
    rows: list[Row] = []
    cells: list[str] = []
    cell = ""
    for found in _MARK.finditer(text.characters, start, end):
        content, look = _plain(text.characters[start : found.start()]), text.paragraph(found.start())
        if found.group() == _CELL and look.row_end:
            rows.append(Row(tuple(cells)))
            cells = []
        elif found.group() == _CELL:
            cells.append(one_line(cell + content))
            cell = ""
        elif look.in_table:
            cell += content + "\n"
        else:
            yield from table_pieces(rows)
            rows = []
            if content.strip():
                yield _paragraph(content, look, emphasised=text.is_bold(start, found.start()))
        start = found.end()
    yield from table_pieces(rows)
    if start < end:
        yield Piece(_plain(text.characters[start:end]))


def _paragraph(content: str, look: Look, *, emphasised: bool) -> Piece:
    if look.level is not None:
        return Piece(one_line(content), BlockKind.HEADING, look.level)
    if look.listed:
        return Piece(f"- {content.strip()}", BlockKind.LIST_ITEM)
    return Piece(content, emphasised=emphasised)


def _plain(text: str) -> str:
    """The text without marks, the halves of rare characters joined."""
    return text.translate(_SPECIAL).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
