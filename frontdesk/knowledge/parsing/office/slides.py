"""PowerPoint presentations, slide by slide, as their audience sees them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.shapes.group import GroupShape
from pptx.shapes.picture import Picture
from pptx.shapes.placeholder import PlaceholderPicture

from frontdesk.knowledge.parsing.archives import POWERPOINT, check_contents
from frontdesk.knowledge.parsing.blocks import BlockKind, Location, Piece, RawPicture
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.merged_cells import Merges
from frontdesk.knowledge.parsing.office.reading_order import Placed, in_reading_order
from frontdesk.knowledge.parsing.office.slide_bullets import Bullets
from frontdesk.knowledge.parsing.progress import Progress, Reading
from frontdesk.knowledge.parsing.tables import WIDEST, Row, table_pieces
from frontdesk.knowledge.parsing.writing import one_line

TITLE_LEVEL = 1
_FURNITURE = frozenset(
    (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER, PP_PLACEHOLDER.SLIDE_NUMBER)
)


def read(path: Path) -> Reading:
    """The texts, tables and pictures of each slide under its title.

    Hidden slides, speaker notes and what was cut off a picture are left out: customers may see this.
    Raises Invalid with file_broken when the presentation can not be read to its end.
    """
    check_contents(path, POWERPOINT)
    with damage_refused("A presentation"), path.open("rb") as file:
        all_slides = Presentation(file).slides
        for number, slide in enumerate(all_slides, start=1):
            yield Progress(number - 1, len(all_slides))
            if slide.element.get("show") not in ("0", "false"):
                yield from _slide(slide, Location(page=number))


def _slide(slide: Any, place: Location) -> Iterator[Piece]:
    title = slide.shapes.title
    if title is not None and not _unseen(title):
        yield Piece(_in_one_line(title), BlockKind.HEADING, TITLE_LEVEL, place=place)
    yield from _shapes((shape for shape in slide.shapes if shape != title), slide, place)


def _shapes(shapes: Iterable[Any], slide: Any, place: Location) -> Iterator[Piece]:
    boxes = (
        Placed(shape.top or 0, shape.left or 0, shape.height or 0, shape) for shape in shapes if not _unseen(shape)
    )
    for shape in in_reading_order(boxes):
        if isinstance(shape, GroupShape):
            yield from _shapes(shape.shapes, slide, place)
        elif shape.has_text_frame:
            yield from _paragraphs(shape, slide, place)
        elif shape.has_table:
            yield from table_pieces(_rows(shape.table), place=place)
        elif isinstance(shape, Picture | PlaceholderPicture):
            yield Piece("", place=place, picture=_picture(shape))


def _picture(shape: Any) -> RawPicture:
    crop = (shape.crop_left, shape.crop_top, shape.crop_right, shape.crop_bottom)
    return RawPicture(lambda: shape.image.blob, crop)


def _unseen(shape: Any) -> bool:
    """True for what is hidden, and for dates, footers and numbers that stand on every slide."""
    if shape.element.xpath("./*/p:cNvPr[@hidden='1' or @hidden='true']"):
        return True
    return shape.is_placeholder and shape.placeholder_format.type in _FURNITURE


def _paragraphs(shape: Any, slide: Any, place: Location) -> Iterator[Piece]:
    bullets = Bullets(shape, slide)
    for paragraph in shape.text_frame.paragraphs:
        text = paragraph.text.replace("\v", "\n").strip()
        if not text:
            continue
        marker = bullets.marker(paragraph)
        if marker:
            yield Piece(marker + text, BlockKind.LIST_ITEM, place=place)
        else:
            runs = [run for run in paragraph.runs if run.text.strip()]
            yield Piece(text, emphasised=bool(runs) and all(run.font.bold for run in runs), place=place)


def _rows(table: Any) -> Iterator[Row]:
    merges = Merges()
    for number, row in enumerate(table.rows):
        texts = []
        for column, cell in enumerate(list(row.cells)[:WIDEST]):
            if cell.is_merge_origin and cell.span_height > 1:
                merges.last_rows[number, column] = number + cell.span_height - 1
            texts.append("" if cell.is_spanned else _in_one_line(cell))
        merges.fill(number, texts)
        yield Row(tuple(texts))


def _in_one_line(shape: Any) -> str:
    return one_line(shape.text_frame.text.replace("\v", "\n"))
