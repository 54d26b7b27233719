"""The zip around an Office file: is it whole, honest about its size, and free of XML traps?"""

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from frontdesk.errors import Invalid

_MOST_MEMBERS = 10_000
_MOST_UNPACKED = 512 * 1024 * 1024
_SUSPICIOUS_UNPACKED = 32 * 1024 * 1024
_SUSPICIOUS_RATIO = 150
_BLOCK_BYTES = 1024 * 1024
# An office file never declares a document type; one that does is after the parser's entities.
_DECLARATION = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)")
_LONGEST_DECLARATION = 32
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
_ANY_XML = re.compile(r".*\.(?:xml|rels)", re.IGNORECASE | re.DOTALL)
_CONTENT = re.compile(r"content\.xml")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_PARTS = b"encryption-data"


@dataclass(frozen=True, slots=True)
class OfficeType:
    """What tells a Word file from an Excel file, and how much XML of it may be read.

    `parsed` are the parts that a reader parses; `media_type` is how the file's own "mimetype" begins.
    """

    title: str
    suffix: str
    main_part: re.Pattern[str]
    most_xml: int
    most_tags: int
    parsed: re.Pattern[str] = _ANY_XML
    media_type: str = ""

    def parses(self, member: zipfile.ZipInfo) -> bool:
        """True for a part whose XML a reader parses."""
        return self.parsed.fullmatch(member.filename) is not None


# A Word document is read into memory as a whole, at about 25 times the size of its XML; sheets are read row by row.
WORD = OfficeType("Word document", ".docx", re.compile(r"word/document\d*\.xml"), 32 * 1024 * 1024, 1_500_000)
EXCEL = OfficeType("Excel workbook", ".xlsx", re.compile(r"xl/workbook\d*\.xml"), 256 * 1024 * 1024, 40_000_000)
POWERPOINT = OfficeType(
    "PowerPoint presentation", ".pptx", re.compile(r"ppt/presentation\d*\.xml"), 64 * 1024 * 1024, 3_000_000
)


def _open_document(title: str, suffix: str, media_type: str, most_xml: int, most_tags: int) -> OfficeType:
    # Older programs declare a document type in parts beside the content, which nobody parses.
    media_type = f"application/vnd.oasis.opendocument.{media_type}"
    return OfficeType(title, suffix, _CONTENT, most_xml, most_tags, parsed=_CONTENT, media_type=media_type)


OPEN_TEXT = _open_document("OpenDocument text", ".odt", "text", 32 * 1024 * 1024, 1_500_000)
OPEN_SLIDES = _open_document("OpenDocument presentation", ".odp", "presentation", 32 * 1024 * 1024, 1_500_000)
OPEN_SHEETS = _open_document("OpenDocument spreadsheet", ".ods", "spreadsheet", 256 * 1024 * 1024, 40_000_000)

BOOK = OfficeType(
    "book in EPUB format",
    ".epub",
    re.compile(r"META-INF/container\.xml"),
    64 * 1024 * 1024,
    3_000_000,
    parsed=re.compile(r".*\.(?:xml|opf|xhtml|html?)", re.IGNORECASE | re.DOTALL),
    media_type="application/epub+zip",
)
# Any files at all; each of them is checked by itself when its turn comes.
PACK = OfficeType(
    "zip archive of documents", ".zip", re.compile(r".*[^/]", re.DOTALL), 0, 0, parsed=re.compile(r"(?!)")
)


def check_office_file(path: Path, expected: OfficeType) -> None:
    """The cheap half, from the zip's table of contents alone.

    Raises Invalid: file_encrypted, file_wrong_type, file_broken or file_too_large.
    """
    _refuse_older_container(path, expected)
    with open_archive(path) as archive:
        members = archive.infolist()
        if any(member.flag_bits & 0x1 for member in members) or (
            expected.media_type and _ENCRYPTED_PARTS in _beginning(archive, "META-INF/manifest.xml")
        ):
            raise encrypted()
        if not _fits(archive, expected):
            raise Invalid(
                f"This is no {expected.title}, although its name ends in {expected.suffix}. "
                f"Open it in the program that made it and save it as {expected.suffix}.",
                code="file_wrong_type",
            )
        _refuse_oversize(path, members, expected)


def check_contents(path: Path, expected: OfficeType) -> None:
    """The thorough half: reads every part once, within the size that it declares.

    Raises Invalid: file_broken for a part that can not be unpacked or that declares XML entities, file_too_large
    for more XML than may be read.
    """
    tags = 0
    with open_archive(path) as archive:
        for member in archive.infolist():
            is_xml = expected.parses(member)
            with archive.open(member) as part:
                tail = b""
                while block := part.read(_BLOCK_BYTES):
                    if is_xml and _DECLARATION.search(tail + block):
                        raise Invalid(
                            "This file holds XML declarations that no office program writes, so it is not opened.",
                            code="file_broken",
                        )
                    tags += block.count(b"<") if is_xml else 0
                    tail = block[-_LONGEST_DECLARATION:]
            if tags > expected.most_tags:
                raise too_large()


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip for reading; whatever is wrong with it is Invalid with file_broken."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        NotImplementedError,
        ValueError,
        KeyError,
    ) as error:
        raise broken() from error


def broken() -> Invalid:
    """The error for a file that is damaged or cut short."""
    return Invalid(
        "This file is damaged or incomplete. Open it in the program that made it, save it and upload it again.",
        code="file_broken",
    )


def too_large() -> Invalid:
    """The error for a file that would take too much memory."""
    return Invalid(
        "Unpacked, this file is too large to be read. Split it into smaller files and upload those.",
        code="file_too_large",
    )


def encrypted() -> Invalid:
    """The error for a file that asks for a password."""
    return Invalid(
        "This file is protected by a password. Save a copy without the password and upload that.",
        code="file_encrypted",
    )


def _refuse_older_container(path: Path, expected: OfficeType) -> None:
    with path.open("rb") as file:
        signature = file.read(4)
        if signature == _OLE_SIGNATURE:
            file.seek(0)
            if _ENCRYPTED_PACKAGE in file.read(_BLOCK_BYTES) or _ends_with_package(path):
                raise encrypted()
            raise Invalid(
                f"This file is in an older Office format, although its name ends in {expected.suffix}. "
                f"Open it and save it as {expected.suffix}.",
                code="file_wrong_type",
            )
        if signature[:2] != b"PK":
            raise Invalid(
                f"This is no {expected.title}, although its name ends in {expected.suffix}.",
                code="file_wrong_type",
            )


def _ends_with_package(path: Path) -> bool:
    """The directory that names the encrypted package may also stand at the end of the container."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _BLOCK_BYTES, 0))
        return _ENCRYPTED_PACKAGE in file.read()


def _fits(archive: zipfile.ZipFile, expected: OfficeType) -> bool:
    has_main_part = any(expected.main_part.fullmatch(name) for name in archive.namelist())
    media_type = _beginning(archive, "mimetype")
    return has_main_part and (not media_type or media_type.startswith(expected.media_type.encode()))


def _beginning(archive: zipfile.ZipFile, part: str) -> bytes:
    """The first megabyte of a part; nothing when there is no such part."""
    if part not in archive.NameToInfo:
        return b""
    with archive.open(part) as file:
        return file.read(_BLOCK_BYTES)


def _refuse_oversize(path: Path, members: list[zipfile.ZipInfo], expected: OfficeType) -> None:
    unpacked = sum(member.file_size for member in members)
    xml = sum(member.file_size for member in members if expected.parses(member))
    swollen = unpacked > _SUSPICIOUS_UNPACKED and unpacked > _SUSPICIOUS_RATIO * path.stat().st_size
    if swollen or len(members) > _MOST_MEMBERS or unpacked > _MOST_UNPACKED or xml > expected.most_xml:
        raise too_large()
