"""Pictures and scans: their text is recognised where tesseract is installed; elsewhere there is good advice."""

import shutil
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing import Block, Location, check_upload, parse
from tests.knowledge.files import SAMPLES, Text, archive, pdf

recognised = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
    ".bmp": "BMP",
}
RETURNS = "Unused articles may be returned within seven days"


@pytest.fixture
def stored(tmp_path: Path):
    def stored(content: bytes) -> Path:
        path = tmp_path / "stored"
        path.write_bytes(content)
        return path

    return stored


@pytest.fixture
def read(stored):
    def read(name: str, content: bytes) -> list[Block]:
        path = stored(content)
        check_upload(path, name)
        return list(parse(path, name))

    return read


@pytest.fixture
def refusal(stored) -> Callable[[str, bytes], Invalid]:
    def refusal(name: str, content: bytes) -> Invalid:
        with pytest.raises(Invalid) as refused:
            list(parse(stored(content), name))
        return refused.value

    return refusal


@pytest.fixture
def _nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def drawn(document: bytes | Path) -> Image.Image:
    """The first page of a PDF as a picture."""
    opened = pypdfium2.PdfDocument(document)
    try:
        return opened[0].render(scale=150 / 72, grayscale=True).to_pil().copy()
    finally:
        opened.close()


def lines(*texts: str, x: float = 60) -> list[Text]:
    return [Text(x, 760 - 26 * at, text, 14) for at, text in enumerate(texts)]


def page(*texts: str) -> Image.Image:
    return drawn(pdf([lines(*texts)]))


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def text(blocks: list[Block]) -> str:
    return " ".join(block.text for block in blocks)


@recognised
class TestPictures:
    @pytest.mark.parametrize("suffix", FORMATS)
    def test_every_format(self, read, suffix):
        blocks = read(f"a{suffix}", saved(page(f"{RETURNS}."), FORMATS[suffix]))
        assert [(block.text, block.location) for block in blocks] == [(f"{RETURNS}.", Location())]

    @pytest.mark.parametrize("angle", [0, 90, 180, 270])
    def test_chinese_whichever_way_up(self, read, angle):
        picture = drawn(SAMPLES / "保修说明.pdf").rotate(angle, expand=True)
        assert "整机保修" in text(read("a.png", saved(picture, "PNG")))

    def test_lines_of_a_paragraph_are_joined_and_columns_read_one_after_the_other(self, read):
        left = (*["Unused articles may be returned", "within seven days of delivery,"] * 6, "with their box.")
        right = (*["The fee for the parcel is paid by", "us when the article was broken,"] * 6, "or lost.")
        columns = pdf([[*lines(*left), *lines(*right, x=330)]])
        assert text(read("a.png", saved(drawn(columns), "PNG"))) == " ".join((*left, *right))

    def test_the_pages_of_a_tiff(self, read):
        first, second = page(RETURNS), page("Refunds take three days")
        content = saved(first, "TIFF", save_all=True, append_images=[second])
        assert [(block.text, block.location) for block in read("a.tif", content)] == [
            (RETURNS, Location(page=1)),
            ("Refunds take three days", Location(page=2)),
        ]

    def test_a_picture_under_another_pictures_name(self, read):
        assert text(read("a.png", saved(page(RETURNS), "JPEG"))) == RETURNS

    def test_a_picture_in_an_archive(self, read):
        blocks = read("a.zip", archive({"photo.png": saved(page(RETURNS), "PNG")}))
        assert blocks[-1].text == RETURNS
        assert blocks[-1].location.heading == "photo.png"

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
    def test_pictures_cut_short(self, refusal, kind):
        content = saved(page(*[RETURNS] * 9), kind)
        assert refusal("a.png", content[: len(content) * 2 // 3]).code == "file_broken"

    def test_a_picture_without_text(self, refusal):
        assert refusal("a.png", saved(Image.new("L", (600, 400), 255), "PNG")).code == "file_no_text"


class TestRefusedAtUpload:
    @pytest.mark.parametrize("content", [b"Just some text", bytes(range(256)) * 16, pdf([[Text(50, 700, "x")]])])
    @pytest.mark.parametrize("suffix", FORMATS)
    def test_what_is_no_picture(self, stored, suffix, content):
        with pytest.raises(Invalid) as refused:
            check_upload(stored(content), f"a{suffix}")
        assert refused.value.code == "file_wrong_type"

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
    def test_vast_pictures_that_hardly_take_any_room(self, stored, kind):
        picture = Image.new("1" if kind in ("PNG", "TIFF") else "L", (9000, 9000))
        with pytest.raises(Invalid) as refused:
            check_upload(stored(saved(picture, kind)), "a.png")
        assert refused.value.code == "file_too_large"

    @pytest.mark.parametrize(
        "content",
        [
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xe0",
            b"\xff\xd8" + b"\xff\xe0\x00\x02" * 20_000,
            b"II*\0" + struct.pack("<I", 8) + struct.pack("<HI", 0, 8),
            b"MM\0*" + struct.pack(">I", 9_999_999),
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"BM" + bytes(30),
        ],
    )
    def test_beginnings_that_lead_nowhere(self, stored, content):
        with pytest.raises(Invalid) as refused:
            check_upload(stored(content), "a.png")
        assert refused.value.code in ("file_broken", "file_too_large")


def scan(*pictures: Image.Image) -> bytes:
    return saved(pictures[0], "PDF", resolution=150, save_all=True, append_images=pictures[1:])


@recognised
class TestScans:
    @pytest.mark.parametrize("angle", [0, 90])
    def test_every_page_of_a_scan(self, read, angle):
        pages = [page(*[f"{RETURNS}."] * 3).rotate(angle, expand=True), page("Refunds take three days")]
        blocks = read("a.pdf", scan(*pages))
        assert {block.location for block in blocks} == {Location(page=1), Location(page=2)}
        assert text(blocks).startswith(f"{RETURNS}.")
        assert blocks[-1].text == "Refunds take three days"

    def test_pages_without_pictures_are_not_drawn(self, refusal):
        assert refusal("a.pdf", pdf([[], []])).code == "file_no_text"


@pytest.mark.usefixtures("_nothing_installed")
class TestNothingInstalled:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.png", saved(page(RETURNS), "PNG")),
            ("a.pdf", scan(page(RETURNS))),
            ("a.zip", archive({"a.pdf": scan(page(RETURNS))})),
            ("a.zip", archive({"a.png": saved(page(RETURNS), "PNG")})),
        ],
    )
    def test_the_message_says_what_to_install(self, refusal, name, content):
        refused = refusal(name, content)
        assert refused.code == "file_no_text"
        assert "apt-get install tesseract-ocr tesseract-ocr-chi-sim" in refused.message

    def test_scanned_pages_do_not_hide_the_others(self, read):
        assert text(read("a.pdf", pdf([[Text(50, 700, RETURNS)], []]))) == RETURNS
