"""Paragraphs, lists and tables of OpenDocument files, in the order of reading."""

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from frontdesk.knowledge.parsing.blocks import BlockKind, Location, Piece
from frontdesk.knowledge.parsing.office.open_tables import read_table
from frontdesk.knowledge.parsing.office.open_text import (
    DRAW,
    PARAGRAPHS,
    TABLE,
    TEXT,
    XLINK,
    Looks,
    is_aside,
    style_of,
)
from frontdesk.knowledge.parsing.picture_sources import PictureAt
from frontdesk.knowledge.parsing.web_text import RunningText

_TITLE_LEVEL = 0.5
_HEADING = f"{TEXT}h"
_LIST = f"{TEXT}list"
_ITEMS = (f"{TEXT}list-item", f"{TEXT}list-header")


class Walk:
    """Goes through what stands at one place of a document and turns it into pieces."""

    def __init__(self, looks: Looks, picture_at: PictureAt, place: Location = Location()) -> None:
        self._looks = looks
        self._picture_at = picture_at
        self._place = place
        self._counted: dict[str, int] = {}

    def read(self, element: etree._Element) -> Iterator[Piece]:
        """The pieces of everything inside."""
        for child in element:
            yield from self._block(child)

    def _block(self, element: etree._Element) -> Iterator[Piece]:
        if not self._looks.shows(element):
            return
        if element.tag in PARAGRAPHS:
            yield from self._paragraph(element)
        elif element.tag == _LIST:
            yield from self._list(element, style_of(element), 1)
        elif element.tag == f"{TABLE}table":
            yield from read_table(element, self._looks, self._place)
        elif element.tag == f"{DRAW}image":
            picture = self._picture_at(element.get(f"{XLINK}href", ""))
            if picture is not None:
                yield Piece("", place=self._place, picture=picture)
        else:
            yield from self.read(element)

    def _paragraph(self, element: etree._Element) -> Iterator[Piece]:
        running = RunningText()
        self._looks.gather(element, running)
        text, emphasised = running.take()
        if text.strip():
            yield self._piece(element, text.strip(), emphasised)
        for aside in self._asides(element):
            yield from self.read(aside)

    def _piece(self, element: etree._Element, text: str, emphasised: bool) -> Piece:
        if element.tag == _HEADING:
            level = float(element.get(f"{TEXT}outline-level", "1"))
            return Piece(text, BlockKind.HEADING, level, place=self._place)
        if self._looks.is_title(element):
            return Piece(text, BlockKind.HEADING, _TITLE_LEVEL, place=self._place)
        return Piece(text, emphasised=emphasised, place=self._place)

    def _asides(self, element: etree._Element) -> Iterator[etree._Element]:
        """Notes and boxes that hang on a paragraph; their text is read behind it."""
        for child in element:
            if is_aside(child):
                yield child
            elif self._looks.shows(child):
                yield from self._asides(child)

    def _list(self, element: etree._Element, style: str, level: int) -> Iterator[Piece]:
        begins = self._looks.lists.get((style, level), "-")
        goes_on = element.get(f"{TEXT}continue-numbering") == "true" or element.get(f"{TEXT}continue-list")
        number = self._counted.get(style, 0) if goes_on else 0
        for item in element.iterchildren(*_ITEMS):
            number = int(item.get(f"{TEXT}start-value") or number + 1)
            yield from self._item(item, f"{number}. " if begins == "1" else f"{begins} ".lstrip(), style, level)
        self._counted[style] = number

    def _item(self, item: etree._Element, marker: str, style: str, level: int) -> Iterator[Piece]:
        """The first paragraph carries the marker; an item without one is an ordinary paragraph."""
        kind = BlockKind.LIST_ITEM if marker else BlockKind.PROSE
        for child in item:
            if child.tag == _LIST:
                yield from self._list(child, style_of(child) or style, level + 1)
                continue
            for piece in self._block(child):
                if piece.kind is BlockKind.PROSE:
                    yield replace(piece, text=marker + piece.text, kind=kind)
                    marker = ""
                else:
                    yield piece
