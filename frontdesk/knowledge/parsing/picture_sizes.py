"""How large a picture would be when unpacked, from its first bytes alone."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import broken

_Size = tuple[int, int]
_SIGNATURE_BYTES = 12
_MOST_PAGES = 500
_MOST_SEGMENTS = 5000
_MOST_ENTRIES = 200
_START_OF_IMAGE = b"\xff\xd8"
# Markers that begin the description of a picture; the three between them mean something else.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_OLDEST_BITMAP = 12
_WIDTH, _HEIGHT = 256, 257
_SHORT = 3


def sizes(path: Path) -> list[_Size]:
    """Width and height of each page; only a TIFF has more than one.

    Raises Invalid: file_wrong_type when it is no picture, file_broken when its beginning is damaged,
    file_too_large when it has more pages than may be read.
    """
    with path.open("rb") as file:
        signature = file.read(_SIGNATURE_BYTES)
        measure = _measure(signature)
        if measure is None:
            raise Invalid(
                "This is not a picture in PNG, JPEG, TIFF, WebP or BMP format, although its name says so.",
                code="file_wrong_type",
            )
        try:
            found = measure(file)
        except (struct.error, IndexError) as error:
            raise broken() from error
    if not found or not all(width > 0 and height > 0 for width, height in found):
        raise broken()
    return found


def _measure(signature: bytes) -> Callable[[BinaryIO], list[_Size]] | None:
    if signature.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png
    if signature.startswith(_START_OF_IMAGE):
        return _jpeg
    if signature.startswith((b"II*\0", b"MM\0*")):
        return _tiff
    if signature.startswith(b"RIFF") and signature.endswith(b"WEBP"):
        return _webp
    return _bmp if signature.startswith(b"BM") else None


def _unpack(file: BinaryIO, layout: str, at: int) -> tuple[int, ...]:
    file.seek(at)
    return struct.unpack(layout, file.read(struct.calcsize(layout)))


def _png(file: BinaryIO) -> list[_Size]:
    width, height = _unpack(file, ">II", 16)
    return [(width, height)]


def _jpeg(file: BinaryIO) -> list[_Size]:
    at = len(_START_OF_IMAGE)
    for _ in range(_MOST_SEGMENTS):
        mark, marker, length = _unpack(file, ">BBH", at)
        if mark != 0xFF:
            return []
        if marker == 0xFF:
            at += 1
        elif marker in _FRAMES:
            height, width = _unpack(file, ">HH", at + 5)
            return [(width, height)]
        else:
            at += 2 + length
    return []


def _bmp(file: BinaryIO) -> list[_Size]:
    (header,) = _unpack(file, "<I", 14)
    width, height = _unpack(file, "<HH" if header == _OLDEST_BITMAP else "<ii", 18)
    return [(width, abs(height))]


def _webp(file: BinaryIO) -> list[_Size]:
    kind = file.read(4)
    if kind == b"VP8X":
        low_width, high_width, low_height, high_height = _unpack(file, "<HBHB", 24)
        return [(low_width + (high_width << 16) + 1, low_height + (high_height << 16) + 1)]
    if kind == b"VP8L":
        (packed,) = _unpack(file, "<I", 21)
        return [((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)]
    width, height = _unpack(file, "<HH", 26)
    return [(width & 0x3FFF, height & 0x3FFF)]


def _tiff(file: BinaryIO) -> list[_Size]:
    (order,) = _unpack(file, "<H", 0)
    ends = "<" if order == 0x4949 else ">"
    found: list[_Size] = []
    (at,) = _unpack(file, f"{ends}I", 4)
    while at:
        if len(found) == _MOST_PAGES:
            raise Invalid(
                f"A TIFF may have up to {_MOST_PAGES} pages. Split it and upload the parts.", code="file_too_large"
            )
        (count,) = _unpack(file, f"{ends}H", at)
        size = {_WIDTH: 0, _HEIGHT: 0}
        for entry in range(at + 2, at + 2 + 12 * min(count, _MOST_ENTRIES), 12):
            tag, kind = _unpack(file, f"{ends}HH", entry)
            if tag in size:
                (size[tag],) = _unpack(file, f"{ends}H" if kind == _SHORT else f"{ends}I", entry + 8)
        found.append((size[_WIDTH], size[_HEIGHT]))
        (at,) = _unpack(file, f"{ends}I", at + 2 + 12 * count)
    return found
