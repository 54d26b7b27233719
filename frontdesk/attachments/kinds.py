"""What a file is, by its content: what may be sent with a message, and nothing that runs when it is opened."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import (
    EXCEL,
    POWERPOINT,
    WORD,
    OfficeType,
    check_office_file,
    open_archive,
)
from frontdesk.knowledge.parsing.decoding import detect_encoding
from frontdesk.texts import without_controls

LONGEST_NAME = 120
_HEAD_BYTES = 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MACROS = re.compile(r"vbaProject\.bin|activeX/", re.IGNORECASE)
# What a browser takes for a page or a drawing with scripts, whatever it is called.
_MARKUP = re.compile(
    rb"\s*<(?:!doctype|!--|\?xml|html|head|body|title|script|style|iframe|object|embed|svg|math|meta|link|div|p|a|b|br"
    rb"|h1|table|font|form|img)[\s>/]",
    re.IGNORECASE,
)
_SCRIPT = b"#!"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file; the first of the `suffixes` is given to a name that ends in none of them."""

    media_type: str
    suffixes: tuple[str, ...]


PICTURE = Kind("image/webp", (".webp",))
"""Whatever picture is sent, this is what it is kept as."""
PDF = Kind("application/pdf", (".pdf",))
TEXT = Kind("text/plain", (".txt",))
TABLE = Kind("text/csv", (".csv",))
_OFFICE_KINDS = (
    (WORD, Kind(f"{_OFFICE}.wordprocessingml.document", (".docx",))),
    (EXCEL, Kind(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",))),
    (POWERPOINT, Kind(f"{_OFFICE}.presentationml.presentation", (".pptx",))),
)
# Only what calls itself text is: a program's lines are text, too, and its name would have them run.
_TEXTS = {suffix: kind for kind in (TEXT, TABLE) for suffix in kind.suffixes}
ACCEPTED = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".pdf", ".txt", ".csv", ".docx", ".xlsx", ".pptx")


def kind_of(path: Path, name: str) -> Kind:
    """The kind of a file, told by what is in it; its name decides only between kinds of text.

    Raises Invalid: file_empty, attachment_type for what may not be sent, and as `check_office_file` does.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise Invalid("This file is empty (0 bytes). Check it and send it again.", code="file_empty")
    if is_picture(head):
        return PICTURE
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(path)
    kind = _TEXTS.get(PurePosixPath(name).suffix.lower())
    if kind is None or head.startswith(_SCRIPT) or _MARKUP.match(head):
        raise _not_accepted()
    try:
        detect_encoding(path)
    except Invalid as error:
        raise _not_accepted() from error
    return kind


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so is a picture in PNG, JPEG, GIF or WebP format."""
    is_webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    return head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")) or is_webp


def clean_name(name: str, kind: Kind) -> str:
    """A name to show and to save a file under: without folders, and with the ending of its kind for all to see.

    Characters that say in which direction to read could make "gpj.exe" look like "exe.jpg".
    """
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    plain = "".join(
        one for one in without_controls(last) if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl")
    )
    plain = plain.strip(" .")
    suffix = PurePosixPath(plain).suffix
    if suffix.lower() in kind.suffixes:
        stem, suffix = plain.removesuffix(suffix), suffix.lower()
    else:
        stem = plain.removesuffix(suffix) if suffix.lower() in ACCEPTED else plain
        suffix = kind.suffixes[0]
    return (stem.strip(" .")[: LONGEST_NAME - len(suffix)] or "file") + suffix


def _office_kind(path: Path) -> Kind:
    with open_archive(path) as archive:
        names = archive.namelist()
    for office_type, kind in _OFFICE_KINDS:
        if _is_of(office_type, names):
            check_office_file(path, office_type)
            return kind
    raise _not_accepted()


def _is_of(office_type: OfficeType, names: list[str]) -> bool:
    has_macros = any(_MACROS.search(name) for name in names)
    return not has_macros and any(office_type.main_part.fullmatch(name) for name in names)


def _not_accepted() -> Invalid:
    return Invalid(
        "Files of this kind can not be sent. Send a picture (PNG, JPEG, WebP, GIF), a PDF, a text or CSV file, or "
        "a Word, Excel or PowerPoint file without macros.",
        code="attachment_type",
        details=[{"accepted": list(ACCEPTED)}],
    )
