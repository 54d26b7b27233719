"""HTML, whether it came as a page or stands for a Word or Markdown document."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.blocks import LONGEST_HEADING, BlockKind, Piece
from frontdesk.knowledge.parsing.decoding import page_encoding
from frontdesk.knowledge.parsing.levels import EMPHASISED_LEVEL, QUESTION_LEVEL
from frontdesk.knowledge.parsing.picture_sources import PictureAt, in_address
from frontdesk.knowledge.parsing.progress import Reading, by_characters
from frontdesk.knowledge.parsing.web_tables import is_layout, read_table
from frontdesk.knowledge.parsing.web_text import BLOCKS, BOLD, HIDDEN, RunningText, is_noise

TITLE_CLASS = "document-title"
_TITLE_LEVEL = 0.5
_FOLDING = {"dt": EMPHASISED_LEVEL, "summary": QUESTION_LEVEL, "button": QUESTION_LEVEL}
_HEADINGS = {f"h{level}": float(level) for level in range(1, 7)}


def read(path: Path) -> Reading:
    """The pieces of a web page without its menus, header and footer.

    Raises Invalid when its encoding can not be told, or with file_broken when it is nested beyond all measure.
    """
    html = path.read_text(encoding=page_encoding(path))
    root = _tree(html)
    if root is None:
        return
    title = root.findtext("head/title")
    body = _body(root)
    if title and next(body.iter("h1"), None) is None:
        yield Piece(title, BlockKind.HEADING, _TITLE_LEVEL)
    yield from by_characters(_Walk(in_address).read(body), sum(map(len, body.itertext())))


def page_pieces(html: str, picture_at: PictureAt = in_address) -> Iterator[Piece]:
    """The same for HTML that was made from another format, so that all of it is content.

    `picture_at` finds the pictures by what the HTML calls them.
    """
    root = _tree(html)
    if root is not None:
        yield from _Walk(picture_at).read(root)


def _tree(html: str) -> etree._Element | None:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(html.replace("\x00", "").encode("utf-8", errors="replace"), parser)
    except etree.XMLSyntaxError as error:
        raise _endless() from error
    # The parser mends ordinary faults; at these it stops, and the rest of the text would be lost unnoticed.
    if any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log):
        raise _endless()
    return root


def _endless() -> Invalid:
    return Invalid(
        "This page is nested too deeply or holds an endless paragraph, so it can not be read to its end.",
        code="file_broken",
    )


def _body(root: etree._Element) -> etree._Element:
    """The page's main part if it names one with text in it, otherwise all of it."""
    mains = root.xpath("//main | //*[@role='main']")
    if len(mains) == 1 and "".join(mains[0].itertext()).strip():
        return mains[0]
    return root


class _Walk:
    """Goes through a tree in the order of reading and turns it into pieces."""

    def __init__(self, picture_at: PictureAt, *, in_heading: bool = False) -> None:
        self._picture_at = picture_at
        self._pictures: list[Piece] = []
        self._text = RunningText()
        self._marker: str | None = None
        self._in_heading = in_heading

    def read(self, root: etree._Element) -> Iterator[Piece]:
        yield from self._children(root)
        yield from self._flush()

    def _children(self, element: etree._Element) -> Iterator[Piece]:
        self._text.add(element.text)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in HIDDEN and (self._in_heading or not is_noise(child)):
                yield from self._element(child)
            self._text.add(child.tail)

    def _element(self, element: etree._Element) -> Iterator[Piece]:
        tag = element.tag
        if tag in _HEADINGS:
            yield from self._heading(
                element, _TITLE_LEVEL if element.get("class") == TITLE_CLASS else _HEADINGS[tag]
            )
        elif tag in _FOLDING and not self._in_heading:
            yield from self._heading(element, _FOLDING[tag])
        elif tag == "table" and not is_layout(element):
            yield from self._flush()
            yield from read_table(element, self._picture_at)
        elif tag in ("ol", "ul"):
            yield from self._list(element)
        elif tag == "br":
            self._text.break_line()
        elif tag == "img":
            picture = self._picture_at(element.get("src", ""))
            if picture is not None:
                self._pictures.append(Piece("", picture=picture))
        elif tag == "pre":
            yield from self._flush()
            self._text.add_verbatim("".join(element.itertext()))
            yield from self._flush()
        elif tag in BLOCKS:
            yield from self._flush()
            yield from self._children(element)
            yield from self._flush()
        elif tag in BOLD:
            self._text.bold += 1
            yield from self._children(element)
            self._text.bold -= 1
        else:
            yield from self._children(element)

    def _heading(self, element: etree._Element, level: float) -> Iterator[Piece]:
        yield from self._flush()
        inside = list(_Walk(self._picture_at, in_heading=True).read(element))
        title = " ".join(piece.text for piece in inside if piece.text)
        if len(title) <= LONGEST_HEADING:
            yield Piece(title, BlockKind.HEADING, level)
            yield from (piece for piece in inside if piece.picture)
        else:
            yield from inside

    def _list(self, element: etree._Element) -> Iterator[Piece]:
        yield from self._flush()
        enclosing, number = self._marker, _start(element)
        for child in element:
            self._marker = f"{number}. " if element.tag == "ol" else "- "
            if isinstance(child.tag, str) and child.tag not in HIDDEN:
                yield from self._element(child)
                number += child.tag == "li"
            self._text.add(child.tail)
            yield from self._flush()
        self._marker = enclosing

    def _flush(self) -> Iterator[Piece]:
        """What has gathered as one piece, and the pictures in it; the first one of a list item carries the item's
        marker.
        """
        text, emphasised = self._text.take()
        if text.strip():
            if self._marker is None:
                yield Piece(text, emphasised=emphasised)
            else:
                yield Piece(self._marker + text.strip(), BlockKind.LIST_ITEM)
                self._marker = ""
        yield from self._pictures
        self._pictures = []


def _start(element: etree._Element) -> int:
    start = element.get("start", "")
    return int(start) if start.isdecimal() and len(start) < 6 else 1
