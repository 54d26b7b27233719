"""OpenDocument presentations, as LibreOffice Impress saves them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lxml import etree

from frontdesk.knowledge.parsing.archives import OPEN_SLIDES, check_contents, open_archive
from frontdesk.knowledge.parsing.blocks import BlockKind, Location, Piece
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.open_blocks import Walk
from frontdesk.knowledge.parsing.office.open_text import DRAW, OFFICE, PRESENTATION, SVG, Looks, content
from frontdesk.knowledge.parsing.office.reading_order import Placed, in_reading_order
from frontdesk.knowledge.parsing.office.slides import TITLE_LEVEL
from frontdesk.knowledge.parsing.picture_sources import PictureAt, in_archive
from frontdesk.knowledge.parsing.progress import Progress, Reading
from frontdesk.knowledge.parsing.writing import one_line

_FURNITURE = frozenset(("date-time", "footer", "header", "page-number"))
_GROUP = f"{DRAW}g"
_LENGTH = re.compile(r"(-?\d+(?:\.\d+)?)(cm|mm|in|pt|pc|px)")
_IN_POINTS = {"cm": 28.35, "mm": 2.835, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}


def read(path: Path) -> Reading:
    """The texts, tables and pictures of each slide under its title.

    Hidden slides and speaker notes are left out: customers may read this.
    Raises Invalid with file_broken when the presentation can not be read to its end.
    """
    check_contents(path, OPEN_SLIDES)
    with damage_refused("An OpenDocument presentation"), open_archive(path) as archive:
        root = content(path)
        looks = Looks.of(root)
        pages = root.findall(f"{OFFICE}body/{OFFICE}presentation/{DRAW}page")
        for number, page in enumerate(pages, start=1):
            yield Progress(number - 1, len(pages))
            if looks.shows(page):
                yield from _slide(page, looks, in_archive(archive), Location(page=number))


def _slide(page: etree._Element, looks: Looks, picture_at: PictureAt, place: Location) -> Iterator[Piece]:
    walk = Walk(looks, picture_at, place)
    shapes = [shape for shape in page if looks.shows(shape) and _class(shape) not in _FURNITURE]
    titles = [shape for shape in shapes if _class(shape) == "title"]
    for title in titles:
        text = one_line("\n".join(piece.text for piece in walk.read(title)))
        yield Piece(text, BlockKind.HEADING, TITLE_LEVEL, place=place)
    yield from _shapes((shape for shape in shapes if shape not in titles), walk)


def _shapes(shapes: Iterable[etree._Element], walk: Walk) -> Iterator[Piece]:
    for shape in in_reading_order(map(_placed, shapes)):
        if shape.tag == _GROUP:
            yield from _shapes(shape, walk)
        else:
            yield from walk.read(shape)


def _placed(shape: etree._Element) -> Placed[etree._Element]:
    """The shape where it stands; a group has no place of its own and stands where its members do."""
    members = [_placed(member) for member in shape] if shape.tag == _GROUP else []
    if not members:
        top, left, height = (_points(shape.get(f"{SVG}{side}", "")) for side in ("y", "x", "height"))
        return Placed(top, left, height, shape)
    top = min(member.top for member in members)
    bottom = max(member.top + member.height for member in members)
    return Placed(top, min(member.left for member in members), bottom - top, shape)


def _points(length: str) -> float:
    found = _LENGTH.fullmatch(length)
    return float(found.group(1)) * _IN_POINTS[found.group(2)] if found else 0.0


def _class(shape: etree._Element) -> str | None:
    return shape.get(f"{PRESENTATION}class")
