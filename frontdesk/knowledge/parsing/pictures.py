"""Photographs and scans of documents, as pictures."""

from collections.abc import Iterator
from pathlib import Path

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.blocks import Location, Piece, RawPicture
from frontdesk.knowledge.parsing.picture_sizes import sizes
from frontdesk.knowledge.parsing.recognition import LONGEST_SIDE, MOST_PIXELS, recognise

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")


def check_picture(path: Path) -> list[tuple[int, int]]:
    """The width and height of every page, none of them larger than may be read.

    Raises Invalid: file_wrong_type, file_broken or file_too_large.
    """
    pages = sizes(path)
    if any(max(page) > LONGEST_SIDE or page[0] * page[1] > MOST_PIXELS for page in pages):
        raise Invalid(
            f"A picture may have up to {MOST_PIXELS // 1_000_000} million pixels. Make it smaller and upload it "
            "again.",
            code="file_too_large",
        )
    return pages


def read(path: Path) -> Iterator[Piece]:
    """The paragraphs in a picture and the picture itself, with their page where it has several.

    Raises Invalid: file_no_text where nothing to recognise text with is installed, file_wrong_type, file_broken or
    file_too_large.
    """
    pages = len(check_picture(path))
    for number in range(pages):
        place = Location(page=number + 1 if pages > 1 else None)
        yield from recognise(path, place, page=number)
        yield Piece("", place=place, picture=RawPicture(path.read_bytes, frame=number))
