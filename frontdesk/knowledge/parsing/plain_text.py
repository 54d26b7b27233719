"""Plain text: paragraphs, whether each stands on one line or is wrapped over several."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from frontdesk.knowledge.parsing.blocks import BlockKind, Piece
from frontdesk.knowledge.parsing.decoding import detect_encoding
from frontdesk.knowledge.parsing.progress import Reading, by_bytes
from frontdesk.knowledge.parsing.writing import begins_anew, display_width, ends_sentence, join_wrapped, tidy

_FULL_LINE = 0.75
_NARROWEST_WRAPPED = 40
_MOST_LINES = 400
_LONGEST_LINE = _LONGEST_PARAGRAPH = 20_000


def read(path: Path) -> Reading:
    """The paragraphs of a text file. Raises Invalid when its encoding can not be told."""
    with path.open(encoding=detect_encoding(path), newline=None) as file:
        yield from by_bytes(text_pieces(file), file)


def text_pieces(file: TextIO) -> Iterator[Piece]:
    """The same for text that is decoded already."""
    lines: list[str] = []
    while raw := file.readline(_LONGEST_LINE):
        line = tidy(raw)
        if line and _is_rule(line):
            yield from _underlined(lines)
            lines = []
        elif line and len(lines) < _MOST_LINES:
            # The blanks before a line are kept: they tell an indented paragraph from a wrapped one.
            lines.append(raw.rstrip())
        else:
            yield from _paragraphs(lines)
            lines = [raw.rstrip()] if line else []
    yield from _paragraphs(lines)


def _is_rule(line: str) -> bool:
    return len(line) >= 3 and not line.strip("=-*_~#") and len(set(line)) == 1


def _underlined(lines: list[str]) -> Iterator[Piece]:
    """What stands above a rule: a single line is a heading, more are paragraphs."""
    if len(lines) == 1:
        yield Piece(tidy(lines[0]), BlockKind.HEADING, level=1)
    else:
        yield from _paragraphs(lines)


def _paragraphs(lines: list[str]) -> Iterator[Piece]:
    widths = [display_width(line) for line in lines]
    widest = max(widths, default=0)
    wrapped = widest >= _NARROWEST_WRAPPED
    text = ""
    for index, line in enumerate(lines):
        continues = (
            wrapped
            and index > 0
            and len(text) < _LONGEST_PARAGRAPH
            and widths[index - 1] >= _FULL_LINE * widest
            and not ends_sentence(lines[index - 1])
            and not begins_anew(line)
            and _indent(line) <= _indent(lines[index - 1])
        )
        if text and not continues:
            yield Piece(text)
            text = ""
        text = join_wrapped(text, tidy(line))
    if text:
        yield Piece(text)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
