"""Pages of a PDF that are pictures of text, drawn for text recognition."""

import math

import pypdfium2
import pypdfium2.raw as pdfium

from frontdesk.knowledge.parsing.recognition import LONGEST_SIDE, MOST_PIXELS

_DOTS_PER_INCH = 300
_POINTS_PER_INCH = 72
_DEEPEST_PICTURE = 8


def picture_of(page: pypdfium2.PdfPage) -> bytes | None:
    """The page in shades of grey as a PGM file; None when it holds no picture."""
    pictures = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST_PICTURE)
    if next(pictures, None) is None:
        return None
    width, height = page.get_size()
    scale = min(
        _DOTS_PER_INCH / _POINTS_PER_INCH,
        math.sqrt(MOST_PIXELS / max(width * height, 1)),
        LONGEST_SIDE / max(width, height, 1),
    )
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        drawn, stride = bytes(bitmap.buffer), bitmap.stride
        rows = (drawn[at : at + bitmap.width] for at in range(0, stride * bitmap.height, stride))
        return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(rows)
    finally:
        bitmap.close()
