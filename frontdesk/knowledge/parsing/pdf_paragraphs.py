"""From the lines of PDF pages to paragraphs and headings; what repeats on every page is dropped."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from frontdesk.knowledge.parsing.blocks import LONGEST_HEADING, BlockKind, Location, Piece
from frontdesk.knowledge.parsing.pdf_page import Line, Page
from frontdesk.knowledge.parsing.writing import UNSPACED, begins_anew, ends_sentence, is_bullet, join_wrapped

_LARGER = 1.12
_SAME_SIZE = 0.08
_LOOSE = 1.95
_STEADY = 1.25
_SAME_BASELINE = 0.5
_INDENT = 1.2
_NEAR = 2.5
_NEIGHBOURS = 8
_FEWEST_IN_COLUMN = 3
_MARGIN = 0.085
_REPEATED_ON = 0.5
_FEWEST_PAGES = 3
_SAME_HEIGHT = 4.0
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|第)?\s*\d{1,4}\s*(?:(?:/|of|页|頁|共|\W)+\s*\d{0,4}\s*(?:页|頁)?)?\W*", re.IGNORECASE
)
_SENTENCE_LIKE = re.compile(r"[。.；;，,]$")
_FIRST_WIDE = re.compile(f"[{UNSPACED}]")
_LOWERCASE = re.compile(r"[a-zà-öø-ÿ]")


@dataclass(frozen=True, slots=True)
class Style:
    """What is ordinary in a document: the size of its running text and the lines that repeat on its pages."""

    body: float = 0.0
    repeated: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, pages: Sequence[Page]) -> "Style":
        """The style seen on a sample of pages."""
        sizes: Counter[float] = Counter()
        for line in chain.from_iterable(page.lines for page in pages):
            sizes[round(line.size * 2) / 2] += len(line.text)
        plain = cls(body=sizes.most_common(1)[0][0] if sizes else 0.0)
        margins = Counter(
            chain.from_iterable({plain._pattern(line) for line in _in_margins(page)} for page in pages)
        )
        least = max(_FEWEST_PAGES, _REPEATED_ON * len(pages))
        return cls(plain.body, frozenset(pattern for pattern, times in margins.items() if times >= least))

    def without_furniture(self, page: Page) -> list[Line]:
        """The lines without page numbers and without running headers and footers."""
        margin = {id(line) for line in _in_margins(page)}
        return [
            line
            for line in page.lines
            if any(character.isalnum() for character in line.text)
            and not (id(line) in margin and self._is_furniture(line))
        ]

    def _pattern(self, line: Line) -> tuple[str, int]:
        """What a running line has in common on all pages: its words and its height on the page.

        Numbers may differ, but not in large letters: "Chapter 3" at the top of a page is a heading.
        """
        text = line.text.strip()
        height = round(line.baseline / _SAME_HEIGHT)
        return (text if line.size >= _LARGER * self.body else _DIGITS.sub("#", text)), height

    def _is_furniture(self, line: Line) -> bool:
        return self._pattern(line) in self.repeated or _PAGE_NUMBER.fullmatch(line.text.strip()) is not None


class RightEdges:
    """How far right the lines around a line reach, where they begin at about the same place."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._extents = [(line.left, line.right, line.size) for line in lines]
        self._positions = {id(line): position for position, line in enumerate(lines)}
        self._of_page = max((right for _, right, _ in self._extents), default=0.0)

    def beside(self, line: Line) -> float:
        """The right edge of the column that the line stands in; that of the page where few lines make a column."""
        position = self._positions.get(id(line))
        if position is None:
            return self._of_page
        around = self._extents[max(0, position - _NEIGHBOURS) : position + _NEIGHBOURS + 1]
        left, _, size = self._extents[position]
        rights = [
            right
            for other, right, other_size in around
            if abs(other - left) <= _NEAR * size and abs(other_size - size) <= _SAME_SIZE * size
        ]
        return max(rights) if len(rights) >= _FEWEST_IN_COLUMN else self._of_page


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together, growing line by line."""

    lines: list[Line]
    text: str
    place: Location
    edges: RightEdges

    @classmethod
    def begin(cls, line: Line, place: Location, edges: RightEdges) -> "Paragraph":
        """A paragraph of one line."""
        return cls([line], line.text, place, edges)

    def takes(self, line: Line, place: Location, style: Style) -> bool:
        """True when the line goes on with this paragraph; adds it then."""
        if not self._goes_on(line, place, style):
            return False
        hyphenated = self.lines[-1].hyphenated
        self.text = self.text[:-1] + line.text if hyphenated else join_wrapped(self.text, line.text)
        self.lines.append(line)
        return True

    def piece(self, style: Style) -> Piece:
        """The paragraph as a heading or as prose."""
        size = self.lines[0].size
        stands_out = size >= _LARGER * style.body and not is_bullet(self.text)
        if stands_out and len(self.text) <= LONGEST_HEADING and not _SENTENCE_LIKE.search(self.text):
            return Piece(self.text, BlockKind.HEADING, level=10 * style.body / size, place=self.place)
        return Piece(self.text, emphasised=all(line.bold for line in self.lines), place=self.place)

    def _goes_on(self, line: Line, place: Location, style: Style) -> bool:
        before = self.lines[-1]
        if before.hyphenated:
            return True
        if abs(before.size - line.size) > _SAME_SIZE * before.size or before.bold != line.bold:
            return False
        if begins_anew(line.text):
            return False
        step = before.baseline - line.baseline
        if place != self.place or step < 0:
            # The next page or the next column: only what was cut off in the middle goes on there.
            larger = line.size >= _LARGER * style.body
            return not larger and not ends_sentence(self.text) and _is_full(before, line, self.edges)
        if step < _SAME_BASELINE * line.size or step > self._widest_step():
            return False
        hangs = len(self.lines) == 1 and begins_anew(before.text)
        if line.left - before.left > _INDENT * line.size and not hangs:
            return False
        if line.size >= _LARGER * style.body:
            return len(self.text) + len(line.text) <= LONGEST_HEADING
        if _is_full(before, line, self.edges):
            return True
        return not ends_sentence(self.text) and _LOWERCASE.match(line.text) is not None

    def _widest_step(self) -> float:
        """How far below the last line the next one may stand."""
        if len(self.lines) == 1:
            return _LOOSE * self.lines[0].size
        return _STEADY * (self.lines[-2].baseline - self.lines[-1].baseline)


def _in_margins(page: Page) -> list[Line]:
    """Lines so near to the upper or lower edge that the running text of most documents does not reach there."""
    margin = _MARGIN * (page.top - page.bottom)
    return [line for line in page.lines if not page.bottom + margin < line.baseline < page.top - margin]


def _is_full(before: Line, line: Line, edges: RightEdges) -> bool:
    """True when the first word of the next line would not have fitted behind this line."""
    first = line.words[0]
    width = line.size if _FIRST_WIDE.match(first.text) else first.right - first.left + 0.2 * line.size
    return before.right + width > edges.beside(before) - 0.1 * line.size
