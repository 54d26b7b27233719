"""What can not be read is refused at once, and says what to do about it."""

import io
import random
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing import check_upload, parse
from tests.knowledge.files import SAMPLES, Text, archive, pdf, repacked, word

WORD_SAMPLE = SAMPLES / "退货政策.docx"
EXCEL_SAMPLE = SAMPLES / "各省运费表.xlsx"
OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)
PASSWORD_ASKED = (
    f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <{'41' * 32}> /U <{'42' * 32}> >> /ID [<00><00>]"
)


def part(source: Path, name: str) -> str:
    with zipfile.ZipFile(source) as file:
        return file.read(name).decode()


@pytest.fixture
def stored(tmp_path: Path):
    def stored(content: bytes) -> Path:
        path = tmp_path / "stored"
        path.write_bytes(content)
        return path

    return stored


class TestAtUpload:
    """`check_upload` alone already knows these, before anything is stored."""

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("a.pdf", b"", "file_empty"),
            ("a.txt", b"", "file_empty"),
            ("a.exe", b"x", "file_type_unsupported"),
            ("a", b"x", "file_type_unsupported"),
            ("a.pdf", b"Just some text", "file_wrong_type"),
            ("a.docx", b"Just some text", "file_wrong_type"),
            ("a.docx", OLD_OFFICE, "file_wrong_type"),
            ("a.docx", OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), "file_encrypted"),
            ("a.xlsx", OLD_OFFICE + "EncryptedPackage".encode("utf-16-le"), "file_encrypted"),
            ("a.docx", EXCEL_SAMPLE.read_bytes(), "file_wrong_type"),
            ("a.xlsx", WORD_SAMPLE.read_bytes(), "file_wrong_type"),
            ("a.xlsx", archive({"readme.txt": "no workbook"}), "file_wrong_type"),
            ("a.docx", WORD_SAMPLE.read_bytes()[:3000], "file_broken"),
            ("a.txt", pdf([[Text(50, 700, "x")]]), "file_wrong_type"),
            ("a.csv", EXCEL_SAMPLE.read_bytes(), "file_wrong_type"),
            ("a.md", b"\x89PNG\r\n\x1a\n", "file_wrong_type"),
            ("a.txt", bytes(range(256)) * 10, "file_wrong_type"),
            ("a.txt", b"\x1b\x01\x02 colours of a terminal" * 9, "file_wrong_type"),
        ],
    )
    def test_refusals(self, stored, name, content, code):
        with pytest.raises(Invalid) as refusal:
            check_upload(stored(content), name)
        assert refusal.value.code == code

    def test_an_unsupported_type_is_told_what_is_accepted(self, stored):
        with pytest.raises(Invalid, match=r"\.wps can not be read\. Save it as \.docx .* \.pdf, \.docx, \.xlsx"):
            check_upload(stored(b"x"), "手册.wps")

    def test_text_in_an_unknown_encoding_is_refused_rather_than_garbled(self, stored):
        with pytest.raises(Invalid, match="save it as UTF-8"):
            check_upload(stored(bytes(random.Random(1).choices(range(0x80, 0x100), k=400))), "a.txt")

    def test_damaged_utf8_says_where(self, stored):
        line = "满 99 元包邮。\n".encode()
        with pytest.raises(Invalid, match="line 16") as refusal:
            check_upload(stored(line * 15 + b"\xff" + line * 15), "a.txt")
        assert refusal.value.code == "file_broken"

    @pytest.mark.parametrize(
        ("name", "size"), [("word/media/a.png", 80_000_000), ("word/footnotes.xml", 33_000_000)]
    )
    def test_zip_bombs(self, stored, name, size):
        with pytest.raises(Invalid) as refusal:
            check_upload(stored(repacked(WORD_SAMPLE, {name: bytes(size)})), "a.docx")
        assert refusal.value.code == "file_too_large"


class TestWhileReading:
    def refusal(self, path: Path, name: str) -> str:
        with pytest.raises(Invalid) as refusal:
            list(parse(path, name))
        return refusal.value.code

    def test_a_scan_has_no_text(self, stored):
        with pytest.raises(Invalid, match="OCR") as refusal:
            list(parse(stored(pdf([[], []])), "scan.pdf"))
        assert refusal.value.code == "file_no_text"

    @pytest.mark.parametrize(
        ("name", "content"), [("a.txt", b" \n\n"), ("a.html", b"<nav>x</nav>"), ("a.docx", word())]
    )
    def test_nothing_to_read(self, stored, name, content):
        assert self.refusal(stored(content), name) == "file_no_text"

    def test_an_empty_workbook(self, stored):
        content = io.BytesIO()
        openpyxl.Workbook().save(content)
        assert self.refusal(stored(content.getvalue()), "a.xlsx") == "file_no_text"

    def test_a_pdf_that_asks_for_a_password(self, stored):
        content = pdf([[Text(50, 700, "secret")]], extra=PASSWORD_ASKED)
        assert self.refusal(stored(content), "a.pdf") == "file_encrypted"

    def test_a_pdf_cut_short(self, stored):
        content = (SAMPLES / "warranty.en.pdf").read_bytes()
        assert self.refusal(stored(content[: len(content) // 2]), "a.pdf") == "file_broken"

    def test_a_size_that_is_a_lie(self, stored):
        content = bytearray(repacked(WORD_SAMPLE, {"word/media/a.png": bytes(80_000_000)}))
        in_front, in_table = (
            content.find(b"word/media/a.png") - 30 + 22,
            content.rfind(b"word/media/a.png") - 46 + 24,
        )
        for declared in (in_front, in_table):
            struct.pack_into("<I", content, declared, 1000)
        assert self.refusal(stored(bytes(content)), "a.docx") == "file_broken"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_xml_entities_are_not_expanded(self, stored, encoding):
        xml = part(WORD_SAMPLE, "word/document.xml").partition("?>")[2]
        bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>{xml}'
        content = repacked(WORD_SAMPLE, {"word/document.xml": bomb.encode(encoding)})
        assert self.refusal(stored(content), "a.docx") == "file_broken"

    def test_a_row_far_beyond_the_last_one(self, stored):
        sheet = part(EXCEL_SAMPLE, "xl/worksheets/sheet1.xml").replace('<row r="5"', '<row r="99999999999"')
        content = repacked(EXCEL_SAMPLE, {"xl/worksheets/sheet1.xml": sheet})
        assert self.refusal(stored(content), "a.xlsx") == "file_broken"

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.html", b"<div>" * 50_000 + b"hello"),
            ("a.html", b" " * 11_000_000 + b"hello"),
            ("a.csv", b'a,b\n"' + b"x,y\n" * 50_000),
            ("a.docx", word("<w:sdt><w:sdtContent>" * 5000 + "</w:sdtContent></w:sdt>" * 5000)),
            ("a.pdf", b"%PDF-1.7\n" + bytes(100_000)),
        ],
    )
    def test_endless_nesting_and_quoting(self, stored, name, content):
        assert self.refusal(stored(content), name) == "file_broken"

    @pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
    def test_damage_anywhere_is_refused_or_survived(self, stored, sample):
        chance = random.Random(sample.name)
        whole = sample.read_bytes()
        for _ in range(15):
            at = chance.randrange(len(whole))
            damaged = bytearray(whole[:at] if chance.random() < 0.5 else whole)
            for _ in range(20):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            # Anything but Invalid fails the test.
            with suppress(Invalid):
                list(parse(stored(bytes(damaged)), sample.name))
