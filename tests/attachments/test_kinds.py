"""What a file is, whatever it is called; and what it is called afterwards."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from frontdesk.attachments.kinds import PDF, PICTURE, TABLE, TEXT, Kind, clean_name, kind_of
from frontdesk.errors import Invalid
from tests.knowledge.pictured_files import pdf, photo, word


def zipped(**parts: bytes) -> bytes:
    """A zip of these parts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_part(content: bytes, name: str) -> bytes:
    """A zip with one part more."""
    out = BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, b"x")
    return out.getvalue()


@pytest.fixture
def told(tmp_path: Path) -> Callable[[bytes, str], Kind]:
    """Tells the kind of a content under a name."""

    def tell(content: bytes, name: str) -> Kind:
        path = tmp_path / "file"
        path.write_bytes(content)
        return kind_of(path, name)

    return tell


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (photo(1), "photo.png", PICTURE),
        (photo(1, kind="JPEG"), "photo.png", PICTURE),
        (photo(1, kind="GIF"), "moves.gif", PICTURE),
        (photo(1, kind="WEBP"), "photo", PICTURE),
        (photo(1), "setup.exe", PICTURE),
        (pdf(["Invoice"]), "invoice.doc", PDF),
        ("型号,数量\n空气炸锅,2\n".encode("gb18030"), "order.csv", TABLE),
        (b"<3 this kettle", "note.txt", TEXT),
    ],
)
def test_the_content_tells(told: Callable[[bytes, str], Kind], content: bytes, name: str, kind: Kind) -> None:
    assert told(content, name) is kind


def test_an_office_file_is_told_by_its_parts(told: Callable[[bytes, str], Kind]) -> None:
    assert told(word("Hello"), "letter.zip").suffixes == (".docx",)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\x00" + bytes(200), "photo.jpg"),
        (b"\x7fELF" + bytes(200), "report.txt"),
        (b"#!/bin/sh\nrm -rf /\n", "note.txt"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "note.txt"),
        (b"\n <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture.png"),
        (b"<?xml version='1.0'?><svg/>", "drawing.csv"),
        (b"del /s /q C:\\*\r\n", "setup.bat"),
        (b"alert(1)", "page.js"),
        (zipped(**{"setup.exe": b"MZ"}), "letter.docx"),
        (with_part(word("Hello"), "word/vbaProject.bin"), "letter.docx"),
        (bytes(range(256)) * 4, "note.txt"),
    ],
)
def test_what_runs_or_pretends_is_refused(told: Callable[[bytes, str], Kind], content: bytes, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        told(content, name)
    assert refused.value.code == "attachment_type"


def test_an_empty_file_says_nothing(told: Callable[[bytes, str], Kind]) -> None:
    with pytest.raises(Invalid, match="empty"):
        told(b"", "note.txt")


@pytest.mark.parametrize(
    ("name", "kind", "clean"),
    [
        ("C:\\Users\\ann\\invoice.PDF", PDF, "invoice.pdf"),
        ("../../etc/passwd", TEXT, "passwd.txt"),
        ("photo.jpg", PICTURE, "photo.webp"),
        ("photo\u202egpj.exe", PICTURE, "photogpj.exe.webp"),
        ("发票.2026.pdf", PDF, "发票.2026.pdf"),
        ("\0\n", PDF, "file.pdf"),
        (".pdf", PDF, "pdf.pdf"),
        ("x" * 300 + ".txt", TEXT, "x" * 116 + ".txt"),
    ],
)
def test_a_name_says_what_the_file_is(name: str, kind: Kind, clean: str) -> None:
    assert clean_name(name, kind) == clean
