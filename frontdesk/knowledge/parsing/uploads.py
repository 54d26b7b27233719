"""The first look at an uploaded file: cheap enough for the moment of upload, before anything is stored."""

from pathlib import Path, PurePath

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing import pictures
from frontdesk.knowledge.parsing.archives import (
    BOOK,
    EXCEL,
    OPEN_SHEETS,
    OPEN_SLIDES,
    OPEN_TEXT,
    PACK,
    POWERPOINT,
    WORD,
    check_office_file,
)
from frontdesk.knowledge.parsing.decoding import detect_encoding, page_encoding
from frontdesk.knowledge.parsing.mail import check_mail
from frontdesk.knowledge.parsing.office.compound_files import (
    OLDER_EXCEL,
    OLDER_POWERPOINT,
    OLDER_WORD,
    OUTLOOK,
    check_compound_file,
)

ACCEPTED = (
    *(".txt", ".md", ".html", ".htm", ".pdf", ".docx", ".xlsx", ".csv", ".tsv"),
    *(".pptx", ".doc", ".xls", ".ppt", ".odt", ".ods", ".odp", ".rtf"),
    *(".eml", ".msg", ".epub", ".json", ".jsonl", ".zip", *pictures.SUFFIXES),
)

_ARCHIVES = {
    kind.suffix: kind for kind in (WORD, EXCEL, POWERPOINT, OPEN_TEXT, OPEN_SHEETS, OPEN_SLIDES, BOOK, PACK)
}
_COMPOUND_FILES = {kind.suffix: kind for kind in (OLDER_WORD, OLDER_EXCEL, OLDER_POWERPOINT, OUTLOOK)}
_LARGEST_MARKDOWN = 4 * 1024 * 1024
_LARGEST_PAGE = 24 * 1024 * 1024
_LARGEST_RECORDS = 32 * 1024 * 1024
_LARGEST = {
    ".md": _LARGEST_MARKDOWN,
    ".html": _LARGEST_PAGE,
    ".htm": _LARGEST_PAGE,
    ".json": _LARGEST_RECORDS,
    ".jsonl": _LARGEST_RECORDS,
}
_PDF_SIGNATURE = b"%PDF"
_PDF_SIGNATURE_WITHIN = 1024
_RICH_TEXT_SIGNATURE = b"{\\rtf"
_SAVE_AS = {
    ".docm": ".docx",
    ".wps": ".docx",
    ".pages": ".docx",
    ".xlsb": ".xlsx",
    ".xlsm": ".xlsx",
    ".et": ".xlsx",
    ".numbers": ".xlsx",
    ".pptm": ".pptx",
    ".ppsx": ".pptx",
    ".pps": ".pptx",
    ".dps": ".pptx",
    ".key": ".pptx",
}
_FOREIGN = (
    (_PDF_SIGNATURE, "a PDF"),
    (b"PK\x03\x04", "a zip archive or an Office file"),
    (b"\xd0\xcf\x11\xe0", "an older Office file"),
    (_RICH_TEXT_SIGNATURE, "a rich-text (RTF) file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "an archive"),
)


def check_upload(path: Path, name: str) -> None:
    """Refuse what can not be read, judging by `name`'s extension and a look into the file.

    Raises Invalid: file_type_unsupported, file_empty, file_wrong_type, file_broken, file_encrypted or
    file_too_large. A file that passes may still turn out broken when it is read throughout.
    """
    suffix = suffix_of(name)
    if path.stat().st_size == 0:
        raise Invalid("This file is empty (0 bytes). Check it and upload it again.", code="file_empty")
    if suffix == ".pdf":
        _check_pdf(path)
    elif suffix in _ARCHIVES:
        check_office_file(path, _ARCHIVES[suffix])
    elif suffix in _COMPOUND_FILES:
        check_compound_file(path, _COMPOUND_FILES[suffix])
    elif suffix == ".rtf":
        _check_rich_text(path)
    elif suffix == ".eml":
        check_mail(path)
    elif suffix in pictures.SUFFIXES:
        pictures.check_picture(path)
    else:
        _check_text(path, suffix)


def suffix_of(name: str) -> str:
    """The lower-case extension of an accepted name; Invalid with file_type_unsupported for any other."""
    suffix = PurePath(name).suffix.lower()
    if suffix in ACCEPTED:
        return suffix
    kind = f"Files of type {suffix}" if suffix else "Files without an extension"
    hint = f" Save it as {_SAVE_AS[suffix]} and upload that." if suffix in _SAVE_AS else ""
    raise Invalid(
        f"{kind} can not be read.{hint} Accepted are: {', '.join(ACCEPTED)}.",
        code="file_type_unsupported",
        details=[{"accepted": list(ACCEPTED)}],
    )


def _check_pdf(path: Path) -> None:
    with path.open("rb") as file:
        if _PDF_SIGNATURE not in file.read(_PDF_SIGNATURE_WITHIN):
            raise Invalid("This is not a PDF, although its name ends in .pdf.", code="file_wrong_type")


def _check_rich_text(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(_RICH_TEXT_SIGNATURE)) != _RICH_TEXT_SIGNATURE:
            raise Invalid("This is not a rich-text file, although its name ends in .rtf.", code="file_wrong_type")


def _check_text(path: Path, suffix: str) -> None:
    with path.open("rb") as file:
        head = file.read(8)
    for signature, what in _FOREIGN:
        if head.startswith(signature):
            raise Invalid(
                f"This is {what}, although its name ends in {suffix}. Give it its right extension, if that is "
                f"one of {', '.join(ACCEPTED)}.",
                code="file_wrong_type",
            )
    largest = _LARGEST.get(suffix)
    if largest and path.stat().st_size > largest:
        raise Invalid(
            f"A {suffix} file may have up to {largest // (1024 * 1024)} MB. Split it and upload the parts.",
            code="file_too_large",
        )
    if suffix in (".html", ".htm"):
        page_encoding(path)
    else:
        detect_encoding(path)
