"""Pictures survive: each comes with the words beside it, once and drawn anew, and never instead of the words."""

import io
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image, ImageDraw
from pptx import Presentation

from deploy.local.programs import FRONTDESK
from frontdesk.errors import Invalid
from frontdesk.knowledge.apart import Reader
from frontdesk.knowledge.parsing import Picture
from frontdesk.knowledge.parsing.album import MOST_PICTURES
from tests.knowledge import pictured_files as files
from tests.knowledge.files import archive
from tests.knowledge.pictured_files import photo

LID, FILTER = "Open the lid with both hands.", "Pull the filter out slowly."
recognised = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


class Found(NamedTuple):
    """What a file holds: the words of the chunks, each with its pictures."""

    chunks: list[tuple[str, list[Picture]]]

    def beside(self, words: str) -> list[Picture]:
        """The pictures of the one chunk with these words."""
        (pictures,) = (pictures for text, pictures in self.chunks if words in text)
        return pictures

    @property
    def all(self) -> set[str]:
        return {picture.digest for _, pictures in self.chunks for picture in pictures}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture
def read(reader: Reader, tmp_path: Path) -> Callable[[str, bytes], Found]:
    def read(name: str, content: bytes) -> Found:
        path = tmp_path / "stored"
        path.write_bytes(content)
        found = list(reader.chunks_and_pictures(path, name))
        pictures = {one.digest: one for one in found if isinstance(one, Picture)}
        return Found(
            [
                (one.text, [pictures[digest] for digest in one.pictures if digest in pictures])
                for one in found
                if not isinstance(one, Picture)
            ]
        )

    return read


def is_like(picture: Picture, original: bytes) -> bool:
    """Whether a picture shows the same, be it smaller or a little blurred."""
    sizes = [
        Image.open(io.BytesIO(content)).convert("RGB").resize((16, 12)).tobytes()
        for content in (picture.content, original)
    ]
    return sum(abs(one - other) for one, other in zip(*sizes, strict=True)) / len(sizes[0]) < 6


ONE, TWO, LOGO = photo(1), photo(2), photo(99)
PARTS = [(f"Words of part {number}", photo(number)) for number in range(4)]
DOCUMENTS = {
    "a.docx": files.word("# Lid", LID, ONE, "# Filter", FILTER, TWO),
    "a.pptx": files.slides(("Lid", LID, [ONE]), ("Filter", FILTER, [TWO])),
    "a.pdf": files.pdf([LID, ONE], [FILTER, TWO]),
    "a.html": b"<h1>Lid</h1>" + files.web_page(LID, ONE) + b"<h1>Filter</h1>" + files.web_page(FILTER, TWO),
    "a.md": f"# Lid\n\n{LID}\n\n![]({files.address(ONE)})\n\n# Filter\n\n{FILTER}\n\n"
    f"![]({files.address(TWO)})\n".encode(),
    "a.epub": files.book(["1. Lid?", LID, ONE], ["2. Filter?", FILTER, TWO]),
    "a.odp": files.open_slides([LID, ONE], [FILTER, TWO]),
}


LAMP = "turn its knob once and wait until the lamp is green. " * 12
STEPS = [f"Step {number}: {LAMP}" for number in range(9)]


def lines_of(step: str) -> list[str]:
    return [step[at : at + 80] for at in range(0, len(step), 80)]


class TestWhereTheyStand:
    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_each_picture_is_beside_its_words(self, read, name):
        found = read(name, DOCUMENTS[name])
        chunks = [pictures for text, pictures in found.chunks if LID in text or FILTER in text]
        pictures = [picture for of_chunk in chunks for picture in of_chunk]
        assert [is_like(*pair) for pair in zip(pictures, (ONE, TWO), strict=True)] == [True, True]
        assert len(chunks) == 1 or list(map(len, chunks)) == [1, 1]

    @pytest.mark.parametrize("make", [files.word, files.open_text, files.web_page])
    def test_the_right_chunk_of_a_long_text(self, read, make):
        name = {files.word: "a.docx", files.open_text: "a.odt", files.web_page: "a.html"}[make]
        found = read(name, make(*STEPS[:5], ONE, *STEPS[5:]))
        assert len(found.chunks) > 4
        (picture,) = found.beside("Step 4: ")
        assert is_like(picture, ONE)
        assert len(found.all) == 1
        assert sum(len(pictures) for _, pictures in found.chunks) == 1

    def test_the_right_chunk_of_a_long_pdf(self, read):
        pages = [lines_of(step) for step in STEPS]
        pages[4].append(ONE)
        pages[7].insert(0, TWO)
        found = read("a.pdf", files.pdf(*pages))
        assert [is_like(picture, ONE) for picture in found.beside("Step 4: ")] == [True]
        assert [is_like(picture, TWO) for picture in found.beside("Step 7: ")] == [True]
        assert sum(len(pictures) for _, pictures in found.chunks) == 2

    def test_rows_of_a_table_have_their_own(self, read):
        rows = "".join(
            f"<tr><td>{part}</td><td><img src='{files.address(picture)}'></td><td>{price} yuan</td></tr>"
            for part, picture, price in (("Knob", ONE, 3), ("Lid", TWO, 5))
        )
        table = f"<table><tr><th>Part</th><th>Look</th><th>Price</th></tr>{rows}</table>"
        found = read("a.html", table.encode())
        assert is_like(found.beside("Knob")[0], ONE)
        assert is_like(found.beside("Lid")[0], TWO)

    def test_a_picture_under_a_heading_belongs_to_the_text_below(self, read):
        found = read("a.docx", files.word("# Lid", ONE, LID))
        assert is_like(found.beside(LID)[0], ONE)

    def test_pictures_in_answers(self, read):
        page = f"<p>Q: How do I clean it?</p><p>A: {FILTER}</p>{{}}<p>Q: How do I open it?</p><p>A: {LID}</p>{{}}"
        content = page.format(*(f'<img src="{files.address(picture)}">' for picture in (TWO, ONE)))
        found = read("a.html", content.encode())
        assert is_like(found.beside(FILTER)[0], TWO)
        assert is_like(found.beside(LID)[0], ONE)

    def test_files_of_an_archive_keep_theirs(self, read):
        parts = {"1.docx": files.word(ONE, LID), "2.pdf": files.pdf([TWO, FILTER])}
        found = read("a.zip", archive(parts))
        assert [is_like(picture, ONE) for picture in found.beside(LID)] == [True]
        assert [is_like(picture, TWO) for picture in found.beside(FILTER)] == [True]

    @recognised
    @pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
    def test_a_picture_of_text_is_its_own_picture(self, read, name):
        page = Image.new("RGB", (900, 300), "white")
        ImageDraw.Draw(page).text((40, 120), "Unused articles may be returned", fill="black", font_size=40)
        kind = {"a.png": "PNG", "a.tif": "TIFF", "a.webp": "WEBP"}[name]
        found = read(name, files.saved(page, kind))
        (picture,) = found.beside("Unused articles")
        assert (picture.width, picture.height) == (900, 300)

    @recognised
    def test_a_scanned_page_is_its_own_picture(self, read):
        page = Image.new("RGB", (1240, 1754), "white")
        ImageDraw.Draw(page).text((140, 220), "Unused articles may be returned", fill="black", font_size=44)
        found = read("a.pdf", files.saved(page, "PDF", resolution=150))
        (picture,) = found.beside("Unused articles")
        assert max(picture.width, picture.height) == 1600


class TestWhatIsKept:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.docx", files.word(LID, ONE, FILTER, ONE)),
            ("a.pdf", files.pdf([LID, ONE, FILTER, ONE])),
            ("a.html", files.web_page(LID, ONE, FILTER, ONE)),
        ],
    )
    def test_the_same_picture_is_kept_once(self, read, name, content):
        assert len(read(name, content).all) == 1

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            (
                "a.pptx",
                files.slides(*((f"Part {n}", f"Words of part {n}", [photo(n), photo(99)]) for n in range(4))),
            ),
            ("a.pdf", files.pdf(*([photo(99), f"Words of part {n}", photo(n)] for n in range(4)))),
            (
                "a.docx",
                files.word(*(x for n in range(4) for x in (photo(99), f"Words of part {n}", photo(n))), photo(99)),
            ),
        ],
    )
    def test_a_logo_on_every_page_is_left_out(self, read, name, content):
        found = read(name, content)
        assert len(found.all) == 4
        assert all(is_like(*pair) for pair in zip(_in_order(found), (picture for _, picture in PARTS), strict=True))

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.docx", files.word(ONE, TWO)),
            ("a.epub", files.book([ONE], [TWO])),
            ("a.pdf", files.pdf([ONE])),
            ("a.zip", archive({"a.docx": files.word(ONE)})),
        ],
    )
    def test_pictures_alone_are_no_document(self, read, name, content):
        with pytest.raises(Invalid) as refused:
            read(name, content)
        assert refused.value.code == "file_no_text"

    @pytest.mark.parametrize("size", [(30, 30), (40, 400), (900, 50), (1, 1)])
    def test_signs_and_lines_are_left_out(self, read, size):
        assert not read("a.html", files.web_page(LID, photo(1, size))).all

    def test_a_plain_area_is_left_out(self, read):
        plain = files.saved(Image.new("RGB", (300, 200), "teal"), "PNG")
        assert not read("a.html", files.web_page(LID, plain)).all

    def test_a_large_one_becomes_as_large_as_a_screen(self, read):
        (picture,) = read("a.html", files.web_page(LID, photo(1, (4000, 3000), "JPEG"))).beside(LID)
        assert (picture.width, picture.height, picture.media_type) == (1600, 1200, "image/webp")
        assert Image.open(io.BytesIO(picture.content)).size == (1600, 1200)

    def test_nothing_hidden_is_kept(self, read):
        exif = Image.Exif()
        exif[0x010E], exif[0x0112] = "Home of Wang Fang", 6
        original = photo(1, kind="JPEG", exif=exif, comment=b"a secret", icc_profile=b"profile" * 40)
        (picture,) = read("a.html", files.web_page(LID, original)).beside(LID)
        shown = Image.open(io.BytesIO(picture.content))
        assert shown.size == (240, 320)
        assert not shown.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(shown.info)
        for secret in (b"Wang", b"secret", b"profile"):
            assert secret not in picture.content

    def test_what_was_cut_off_a_slide_is_not_shown(self, read, tmp_path):
        path = tmp_path / "cut.pptx"
        path.write_bytes(files.slides(("Lid", LID, [ONE])))
        opened = Presentation(path)
        opened.slides[0].shapes[-1].crop_left = 0.5
        opened.save(path)
        (picture,) = read("a.pptx", path.read_bytes()).beside(LID)
        assert (picture.width, picture.height) == (160, 240)

    def test_what_was_cut_off_a_pdfs_picture_is_not_shown(self, read):
        (picture,) = read("a.pdf", files.pdf([LID, ONE], clip="50 0 100 75 re W n")).beside(LID)
        original = Image.open(io.BytesIO(ONE)).crop((80, 120, 240, 240))
        assert abs(picture.width - 160) <= 2
        assert abs(picture.height - 120) <= 2
        assert is_like(picture, files.saved(original, "PNG"))

    @pytest.mark.parametrize("degrees", [90, 180, 270])
    def test_a_page_that_is_turned(self, read, degrees):
        (picture,) = read("a.pdf", files.pdf([LID, ONE], turned=degrees)).beside(LID)
        original = Image.open(io.BytesIO(ONE)).rotate(-degrees, expand=True)
        assert is_like(picture, files.saved(original, "PNG"))

    def test_there_is_a_limit(self, read):
        many = (part for n in range(MOST_PICTURES + 5) for part in (f"Words {n}", photo(n, (64, 64))))
        found = read("a.html", files.web_page(*many))
        assert len(found.all) == MOST_PICTURES
        assert f"Words {MOST_PICTURES + 4}" in found.chunks[-1][0]


def _in_order(found: Found) -> list[Picture]:
    return [picture for _, pictures in found.chunks for picture in pictures]


class TestHostilePictures:
    @pytest.mark.parametrize(
        "picture",
        [
            files.bomb(),
            files.svg(),
            ONE[: len(ONE) // 2],
            photo(1, kind="JPEG")[:500],
            b"\x89PNG\r\n\x1a\n" + bytes(200),
            b"MZ not a picture",
            b"",
        ],
        ids=["bomb", "svg", "cut", "cut-jpeg", "empty-png", "program", "nothing"],
    )
    @pytest.mark.parametrize("kind", ["docx", "html", "epub", "odt"])
    def test_it_is_left_out_and_nothing_else(self, read, kind, picture):
        make = {"docx": files.word, "html": files.web_page, "odt": files.open_text}.get(kind)
        parts = (LID, picture, FILTER, TWO)
        found = read(f"a.{kind}", make(*parts) if make else files.book(parts))
        assert any(LID in text for text, _ in found.chunks)
        (picture,) = found.beside(FILTER)
        assert is_like(picture, TWO)

    @pytest.mark.parametrize(
        "address",
        [
            "https://shop.example/a.png",
            "//shop.example/a.png",
            "file:///etc/hostname",
            "../../../etc/hostname",
            "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'/%3E",
            "data:text/html;base64,PGI+",
            "data:image/png;base64,****",
        ],
    )
    @pytest.mark.parametrize("kind", ["html", "epub"])
    def test_addresses_that_lead_elsewhere(self, read, kind, address):
        page = f'<p>{LID}</p><img src="{address}">'
        content = page.encode() if kind == "html" else files.book([LID])
        found = read(f"a.{kind}", content)
        assert any(LID in text for text, _ in found.chunks)
        assert not found.all

    def test_a_pdf_that_draws_a_vast_picture(self, read):
        content = files.pdf([LID, ONE]).replace(b"/Width 320 /Height 240", b"/Width 99999 /Height 99999")
        found = read("a.pdf", content)
        assert found.chunks[0][0] == LID
        assert not found.all


def test_the_command_tells_of_pictures(tmp_path: Path) -> None:
    path = tmp_path / "guide.docx"
    path.write_bytes(files.word("# Lid", LID, ONE, "# Filter", FILTER))
    done = subprocess.run([FRONTDESK, "parse", str(path)], capture_output=True, text=True, check=True)
    first, second = map(json.loads, done.stdout.splitlines())
    (picture,) = first["pictures"]
    assert (picture["width"], picture["height"]) == (320, 240)
    assert picture["bytes"] > 1000
    assert "pictures" not in second
