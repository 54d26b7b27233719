"""Photographs and screenshots on PDF pages: which ones there are, where they stand, and how they look."""

import ctypes
import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import pypdfium2
import pypdfium2.raw as pdfium

from frontdesk.knowledge.parsing.pdf_page import Line
from frontdesk.knowledge.parsing.recognition import MOST_PIXELS
from frontdesk.knowledge.parsing.redrawing import LONGEST_DRAWN

_DEEPEST = 8
_LEAST_SIDE_POINTS = 24.0
_TOUCHING_POINTS = 4.0


_Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PlacedPicture:
    """An image by its number on the page, and the box of what is seen of it, in points from the bottom left."""

    number: int
    left: float
    bottom: float
    right: float
    top: float


def pictures_on(page: pypdfium2.PdfPage) -> list[PlacedPicture]:
    """The images of a page of which more is seen than a mere sign, from the top."""
    found = []
    with suppress(pypdfium2.PdfiumError):  # a damaged picture costs the page nothing but its pictures
        for number, image in enumerate(_images(page)):
            left, bottom, right, top = _overlap(_seen(image), page.get_cropbox())
            if min(right - left, top - bottom) >= _LEAST_SIDE_POINTS:
                found.append(PlacedPicture(number, left, bottom, right, top))
    return sorted(found, key=lambda picture: -picture.top)


def picture_on(page: pypdfium2.PdfPage, number: int) -> bytes:
    """An image as the page shows it, turned, masked and cut, as a PNG file; nothing for a vast one."""
    image = next(image for at, image in enumerate(_images(page)) if at == number)
    width, height = image.get_px_size()
    if not 0 < width * height <= MOST_PIXELS:
        return b""
    left, bottom, right, top = image.get_bounds()
    seen = _seen(image)
    drawn_width, drawn_height = right - left, top - bottom
    # As many pixels as the image has, whichever way up it lies, and no more than are kept of it.
    scale = min(
        math.sqrt(width * height / (drawn_width * drawn_height)), LONGEST_DRAWN / max(drawn_width, drawn_height)
    )
    image.set_matrix(image.get_matrix().scale(scale, scale))
    bitmap = image.get_bitmap(render=True, scale_to_original=False)
    across, down = bitmap.width / drawn_width, bitmap.height / drawn_height
    box = (seen[0] - left) * across, (top - seen[3]) * down, (seen[2] - left) * across, (top - seen[1]) * down
    shown = bitmap.to_pil().crop(tuple(map(round, box))).rotate(-page.get_rotation(), expand=True)
    out = BytesIO()
    shown.save(out, "PNG", compress_level=1)
    return out.getvalue()


def line_above(picture: PlacedPicture, lines: Iterable[tuple[int, Line]]) -> int | None:
    """The number of the line right above a picture; None when there is none."""
    above = [
        (line.bottom, number)
        for number, line in lines
        if line.bottom >= picture.top - _TOUCHING_POINTS and line.right > picture.left and line.left < picture.right
    ]
    return min(above)[1] if above else None


def _images(page: pypdfium2.PdfPage) -> Iterator[pypdfium2.PdfImage]:
    yield from page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST)


def _seen(image: pypdfium2.PdfImage) -> _Box:
    """The box of an image as far as its author did not cut it off."""
    box: _Box = image.get_bounds()
    clip = pdfium.FPDFPageObj_GetClipPath(image)
    for path in range(max(0, pdfium.FPDFClipPath_CountPaths(clip))):
        points = []
        for at in range(max(0, pdfium.FPDFClipPath_CountPathSegments(clip, path))):
            x, y = ctypes.c_float(), ctypes.c_float()
            if pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFClipPath_GetPathSegment(clip, path, at), x, y):
                points.append((x.value, y.value))
        if points:
            xs, ys = zip(*points, strict=True)
            box = _overlap(box, (min(xs), min(ys), max(xs), max(ys)))
    return box


def _overlap(one: _Box, other: _Box) -> _Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])
