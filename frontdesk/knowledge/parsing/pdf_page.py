"""What stands on one PDF page: words with their boxes, gathered into lines, and the rules drawn around them.

Coordinates are PDF points with the origin at the bottom left.
"""

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

from frontdesk.knowledge.parsing.writing import plain_characters

_MOST_SEGMENTS = 20_000
_SHORTEST_RULE = 6.0
_STRAIGHT = 1.0
_BOLD = re.compile(r"bold|heavy|black|semibold|demi|simhei|黑体", re.IGNORECASE)
_FORCE_BOLD = 1 << 18
# How PDFium writes a hyphen at the end of a line, depending on the call; it leaves out the line break.
_LINE_HYPHENS = "\x02\ufffe"
_TOKEN = re.compile(f"[^\\s{_LINE_HYPHENS}]+|[\r\n{_LINE_HYPHENS}]")


@dataclass(slots=True)
class Word:
    """A run of text without blanks; a whole line, where Chinese is written."""

    text: str
    left: float
    right: float
    bottom: float
    top: float

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2


@dataclass(slots=True)
class Line:
    """Words on one baseline. `size` is that of the font in points."""

    words: list[Word]
    size: float
    baseline: float
    bold: bool = False
    hyphenated: bool = False
    slanted: bool = False

    @property
    def left(self) -> float:
        return min(word.left for word in self.words)

    @property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @property
    def bottom(self) -> float:
        return min(word.bottom for word in self.words)

    @property
    def top(self) -> float:
        return max(word.top for word in self.words)

    @property
    def text(self) -> str:
        return plain_characters(" ".join(word.text for word in self.words)) + ("-" if self.hyphenated else "")


@dataclass(slots=True)
class Rules:
    """Straight lines: horizontal ones as (y, left, right), vertical ones as (x, bottom, top)."""

    horizontal: list[tuple[float, float, float]] = field(default_factory=list)
    vertical: list[tuple[float, float, float]] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """The visible lines in the order in which the page draws them, its rules, and its lower and upper edge."""

    lines: list[Line]
    rules: Rules
    bottom: float
    top: float


def read_page(page: pypdfium2.PdfPage) -> Page:
    """All of a page that matters here. Watermarks and notes up the margin are left out."""
    left, bottom, right, top = page.get_cropbox()
    textpage = page.get_textpage()
    try:
        visible = [
            line
            for line in _lines(textpage)
            if line.right > left and line.left < right and line.top > bottom and line.bottom < top
        ]
    finally:
        textpage.close()
    upright = [line for line in visible if not line.slanted]
    return Page(upright if 2 * len(upright) > len(visible) else visible, _rules(page), bottom, top)


def _rules(page: pypdfium2.PdfPage) -> Rules:
    """The rules of a page; none for a drawing with more strokes than any table has."""
    rules = Rules()
    segments = 0
    for path in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=1):
        count = pdfium.FPDFPath_CountSegments(path)
        segments += max(count, 0)
        if segments > _MOST_SEGMENTS:
            return Rules()
        matrix = path.get_matrix()
        start = before = None
        for index in range(count):
            segment = pdfium.FPDFPath_GetPathSegment(path, index)
            x, y = ctypes.c_float(), ctypes.c_float()
            pdfium.FPDFPathSegment_GetPoint(segment, x, y)
            point = matrix.on_point(x.value, y.value)
            if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO:
                start = point
            elif before is not None:
                _add_rule(rules, before, point)
            if pdfium.FPDFPathSegment_GetClose(segment) and start is not None:
                _add_rule(rules, point, start)
            before = point
    return rules


def _add_rule(rules: Rules, one: tuple[float, float], other: tuple[float, float]) -> None:
    (x0, y0), (x1, y1) = one, other
    if abs(y0 - y1) <= _STRAIGHT and abs(x0 - x1) >= _SHORTEST_RULE:
        rules.horizontal.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
    elif abs(x0 - x1) <= _STRAIGHT and abs(y0 - y1) >= _SHORTEST_RULE:
        rules.vertical.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))


def _lines(textpage: pypdfium2.PdfTextPage) -> Iterator[Line]:
    words: list[Word] = []
    starts: list[int] = []
    for token in _TOKEN.finditer(_characters(textpage)):
        if token.group() in ("\r", "\n", *_LINE_HYPHENS):
            if words:
                yield _line(textpage, words, starts, hyphenated=token.group() in _LINE_HYPHENS)
            words, starts = [], []
        else:
            words.append(_word(textpage, token.group(), token.start(), token.end() - 1))
            starts.append(token.start())
    if words:
        yield _line(textpage, words, starts, hyphenated=False)


def _characters(textpage: pypdfium2.PdfTextPage) -> str:
    """One character per index of the text page, so that a position in the text is one in the page."""
    count = textpage.count_chars()
    text = textpage.get_text_range() if count else ""
    if len(text) == count:
        return text
    codes = (pdfium.FPDFText_GetUnicode(textpage, index) for index in range(count))
    return "".join(chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else " " for code in codes)


def _word(textpage: pypdfium2.PdfTextPage, text: str, first: int, last: int) -> Word:
    start, end = pdfium.FS_RECTF(), pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(textpage, first, start)
    pdfium.FPDFText_GetLooseCharBox(textpage, last, end)
    return Word(
        text,
        left=min(start.left, end.left),
        right=max(start.right, end.right),
        bottom=min(start.bottom, end.bottom),
        top=max(start.top, end.top),
    )


def _line(textpage: pypdfium2.PdfTextPage, words: list[Word], starts: list[int], *, hyphenated: bool) -> Line:
    # The longest word stands for the line: a bullet or a footnote mark in front often has a size of its own.
    longest = max(range(len(words)), key=lambda at: len(words[at].text))
    matrix = pdfium.FS_MATRIX()
    scale, slanted = 1.0, False
    if pdfium.FPDFText_GetMatrix(textpage, starts[longest], matrix):
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        slanted = abs(matrix.b) > 0.1 * abs(matrix.a)
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(textpage, starts[longest], x, y)
    size = pdfium.FPDFText_GetFontSize(textpage, starts[longest]) * scale
    bold = all(_is_bold(textpage, starts[at]) for at in {0, longest, len(words) - 1})
    return Line(words, size, y.value, bold, hyphenated, slanted)


def _is_bold(textpage: pypdfium2.PdfTextPage, index: int) -> bool:
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    length = pdfium.FPDFText_GetFontInfo(textpage, index, name, len(name), flags)
    known = name.value.decode("utf-8", errors="replace") if 0 < length <= len(name) else ""
    return bool(flags.value & _FORCE_BOLD) or _BOLD.search(known) is not None
