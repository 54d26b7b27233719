"""A picture drawn anew as any browser shows it: without what its file hides, and not larger than a screen."""

import logging
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.blocks import RawPicture
from frontdesk.knowledge.parsing.recognition import LONGEST_SIDE, MOST_PIXELS

log = logging.getLogger(__name__)

MEDIA_TYPE = "image/webp"
LONGEST_DRAWN = 1600
MOST_BYTES = 40 * 1024 * 1024
_LEAST_SIDE = 48
_MOST_OBLONG = 10
_QUALITY = 82
_MOST_SENT_PIXELS = 4_000_000
_LONGEST_SENT = 16_000
# What programs put into documents; SVG is none of them, since it is a program rather than a picture.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
_SENT_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture in WebP, with its size in pixels."""

    content: bytes
    width: int
    height: int


def redraw(content: bytes, picture: RawPicture) -> Drawing | None:
    """The picture that this is the content of; None for one that only decorates or that can not be read.

    Decorations are what is tiny, what is a line, and what has one colour throughout.
    """
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as opened:
            opened.seek(picture.frame)
            if not _is_sensible(*opened.size):
                return None
            opened.draft("RGB", (LONGEST_DRAWN, LONGEST_DRAWN))
            upright = ImageOps.exif_transpose(opened)
        return _drawn(_cropped(upright, picture.crop))
    except (Exception, MemoryError) as error:  # whatever a damaged picture makes a library trip over
        log.warning("A picture is left out: %s", error)
        return None


def redraw_sent(content: bytes) -> Drawing:
    """A picture that somebody sent, in all its parts: also a small, long or plain one says something.

    It has at most 4 million pixels, so that a long screenshot can still be read. Of one that moves it is the first
    frame. Raises Invalid: picture_broken or picture_too_large.
    """
    try:
        with Image.open(BytesIO(content), formats=_SENT_FORMATS) as opened:
            opened.draft("RGB", _fitting(*opened.size))  # a photograph is unpacked no larger than it will be
            width, height = opened.size
            if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
                raise _too_large()
            upright = _plain(ImageOps.exif_transpose(opened))
            return _encoded(upright.resize(_fitting(*upright.size), Image.Resampling.LANCZOS))
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (Invalid, MemoryError):
        raise
    except Exception as error:  # whatever a damaged picture makes a library trip over
        raise Invalid(
            "This picture is damaged or incomplete. Open it, save it as PNG or JPEG and send that.",
            code="picture_broken",
        ) from error


def _too_large() -> Invalid:
    return Invalid(
        "This picture is too large. Take it with less resolution, or send a part of it.", code="picture_too_large"
    )


def _fitting(width: int, height: int) -> tuple[int, int]:
    """The size of a picture as it is kept when it is sent with one of this size."""
    shrunk = min(1.0, (_MOST_SENT_PIXELS / (width * height)) ** 0.5, _LONGEST_SENT / max(width, height))
    return max(1, int(width * shrunk)), max(1, int(height * shrunk))


def _is_sensible(width: int, height: int) -> bool:
    shorter, longer = sorted((width, height))
    return (
        shorter >= _LEAST_SIDE
        and longer <= min(_MOST_OBLONG * shorter, LONGEST_SIDE)
        and shorter * longer <= MOST_PIXELS
    )


def _cropped(image: Image.Image, crop: tuple[float, float, float, float]) -> Image.Image:
    """What is left when these shares of the width and height are cut off: left, top, right, bottom."""
    left, top, right, bottom = (min(max(share, 0.0), 1.0) for share in crop)
    if not any((left, top, right, bottom)):
        return image
    width, height = image.size
    return image.crop(
        (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    )


def _drawn(image: Image.Image) -> Drawing | None:
    if not _is_sensible(*image.size):
        return None
    image = _plain(image)
    image.thumbnail((LONGEST_DRAWN, LONGEST_DRAWN), Image.Resampling.LANCZOS)
    if image.getcolors(maxcolors=1) is not None:
        return None
    return _encoded(image)


def _plain(image: Image.Image) -> Image.Image:
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _encoded(image: Image.Image) -> Drawing:
    out = BytesIO()
    image.info.clear()  # colour profiles, comments, where and when it was taken
    image.save(out, "WEBP", quality=_QUALITY, exif=b"", xmp=b"", icc_profile=b"")
    return Drawing(out.getvalue(), *image.size)
