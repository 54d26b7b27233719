"""Pictures that people send, drawn anew in a process of their own."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from frontdesk.errors import Invalid
from frontdesk.knowledge.apart import Reader
from tests.knowledge.pictured_files import photo, saved


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """Has pictures drawn."""
    reader = Reader(silent_s=30)
    yield reader
    reader.close()


def drawn(reader: Reader, folder: Path, content: bytes) -> Image.Image:
    """What is kept of a picture."""
    path = folder / "picture"
    path.write_bytes(content)
    drawing = reader.drawing(path)
    image = Image.open(io.BytesIO(drawing.content))
    assert (image.format, image.size) == ("WEBP", (drawing.width, drawing.height))
    return image


@pytest.mark.parametrize(
    ("sent", "kept"),
    [((320, 240), (320, 240)), ((4000, 3000), (2309, 1732)), ((900, 14000), (507, 7888)), ((2, 1), (2, 1))],
)
def test_it_is_as_large_as_it_can_be_read(
    reader: Reader, tmp_path: Path, sent: tuple[int, int], kept: tuple[int, int]
) -> None:
    assert drawn(reader, tmp_path, saved(Image.new("RGB", sent, "white"), "PNG")).size == kept


def test_a_large_photograph_is_unpacked_in_part(reader: Reader, tmp_path: Path) -> None:
    image = drawn(reader, tmp_path, saved(Image.new("RGB", (9000, 6000), "red"), "JPEG"))
    assert image.size[0] * image.size[1] <= 4_000_000
    assert image.size[0] > 2000


def test_what_shines_through_goes_on_doing_so(reader: Reader, tmp_path: Path) -> None:
    image = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    assert drawn(reader, tmp_path, saved(image, "PNG")).getpixel((5, 5))[3] == 0
    assert drawn(reader, tmp_path, photo(1, kind="GIF")).size == (320, 240)


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 60,000 pixels wide and high."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checked)

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb(), "picture_too_large"),
        (saved(Image.new("RGB", (8000, 6000)), "PNG"), "picture_too_large"),
        (photo(1)[:500], "picture_broken"),
        (b"\x89PNG\r\n\x1a\nnothing", "picture_broken"),
        (saved(Image.new("RGB", (20, 20)), "TIFF"), "picture_broken"),
    ],
)
def test_what_can_not_be_drawn_is_refused(reader: Reader, tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        drawn(reader, tmp_path, content)
    assert refused.value.code == code
