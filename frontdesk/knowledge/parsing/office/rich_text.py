"""Rich text (RTF), as WordPad and older programs save it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from striprtf.striprtf import destinations, specialchars

from frontdesk.knowledge.parsing.blocks import BlockKind, Piece
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.rich_text_fonts import CodePages
from frontdesk.knowledge.parsing.office.rich_text_tokens import tokens
from frontdesk.knowledge.parsing.tables import Row, table_pieces
from frontdesk.knowledge.parsing.writing import one_line

_PARAGRAPH_ENDS = frozenset(("par", "sect", "page", "column", "\r", "\n"))
_PARTS_OF_A_CELL = frozenset(("nestcell", "nestrow"))
_HEADINGS = range(9)


def read(path: Path) -> Iterator[Piece]:
    """The pieces of an RTF file.

    Comments, footnotes, hidden text, deletions that are only tracked, page headers and footers are left out.
    Raises Invalid with file_broken when the file can not be read to its end or is cut short.
    """
    with damage_refused("A rich-text file"):
        yield from _Reader().read(path.read_bytes())


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until the closing brace."""

    is_text: bool = True
    hidden: bool = False
    bold: bool = False
    font: int | None = None
    stands_for: int = 1

    @property
    def shown(self) -> bool:
        """False for settings, notes and what the author hid."""
        return self.is_text and not self.hidden


class _Reader:
    """Goes through an RTF file once and turns it into pieces."""

    def __init__(self) -> None:
        self._pages = CodePages()
        self._group = _Group()
        self._enclosing: list[_Group] = []
        self._skipped = 0
        self._text: list[str] = []
        self._undecoded = bytearray()
        self._plain = False
        self._cells: list[str] = []
        self._rows: list[Row] = []
        self._level: int | None = None
        self._in_table = False

    def read(self, content: bytes) -> Iterator[Piece]:
        """The pieces in order. Raises Invalid with file_broken when the file is cut short."""
        for token in tokens(content):
            if not token.name:
                self._add(token.text[self._skipped :])
                self._skipped = max(0, self._skipped - len(token.text))
                continue
            self._decode()
            self._skipped = 0
            if token.name == "{":
                self._enclosing.append(self._group)
            elif token.name == "}":
                self._group = self._enclosing.pop()
            else:
                yield from self._word(token.name, token.number)
        yield from self._end_paragraph()
        yield from table_pieces(self._rows)

    def _add(self, text: bytes) -> None:
        """Text in the code page of its font; a character may begin in one token and end in the next."""
        if self._group.shown:
            self._undecoded += text
            self._plain = self._plain or not (self._group.bold or text.isspace())

    def _decode(self) -> None:
        if self._undecoded:
            self._text.append(self._pages.decode(bytes(self._undecoded), self._group.font))
            self._undecoded.clear()

    def _word(self, name: str, number: int | None) -> Iterator[Piece]:
        if name == "*" or name in destinations:
            self._group = replace(self._group, is_text=False)
        self._pages.hear(name, number, self._group.font)
        self._format(name, number)
        if not self._group.shown:
            return
        if name == "u" and number is not None:
            self._text.append(self._pages.character(number))
            self._plain = self._plain or not self._group.bold
            self._skipped = self._group.stands_for
        elif name in _PARAGRAPH_ENDS:
            yield from self._end_paragraph()
        elif name == "cell":
            self._cells.append(one_line(self._taken()))
        elif name == "row":
            self._rows.append(Row(tuple(self._cells)))
            self._cells = []
        elif name in _PARTS_OF_A_CELL:
            self._text.append(" ")
        elif name in specialchars:
            self._text.append(specialchars[name])

    def _format(self, name: str, number: int | None) -> None:
        on = number != 0
        match name:
            case "f":
                self._group = replace(self._group, font=number or 0)
            case "uc":
                self._group = replace(self._group, stands_for=max(0, number or 0))
            case "b":
                self._group = replace(self._group, bold=on)
            case "v" | "deleted":
                self._group = replace(self._group, hidden=on)
            case "plain":
                self._group = replace(self._group, bold=False, hidden=False)
            case "pard":
                self._level, self._in_table = None, False
            case "intbl":
                self._in_table = True
            case "outlinelevel" if number in _HEADINGS and self._group.is_text:
                self._level = number

    def _end_paragraph(self) -> Iterator[Piece]:
        if self._in_table:
            self._text.append("\n")
            return
        yield from table_pieces(self._rows)
        self._rows = []
        emphasised = not self._plain
        text = self._taken()
        if text.strip() and self._level is not None:
            yield Piece(one_line(text), BlockKind.HEADING, self._level + 1)
        elif text.strip():
            yield Piece(text, emphasised=emphasised)

    def _taken(self) -> str:
        """What has gathered, with the halves of rare characters joined; begins anew."""
        text = "".join(self._text)
        self._text, self._plain = [], False
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
