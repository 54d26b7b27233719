"""The first look at an uploaded file: cheap enough for the moment of upload, before anything is stored."""

from pathlib import Path, PurePath

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import EXCEL, WORD, check_office_file
from frontdesk.knowledge.parsing.decoding import detect_encoding, page_encoding

ACCEPTED = (".txt", ".md", ".html", ".htm", ".pdf", ".docx", ".xlsx", ".csv", ".tsv")

_LARGEST_MARKDOWN = 4 * 1024 * 1024
_LARGEST_PAGE = 24 * 1024 * 1024
_PDF_SIGNATURE = b"%PDF"
_PDF_SIGNATURE_WITHIN = 1024
_SAVE_AS = {
    ".doc": ".docx",
    ".rtf": ".docx",
    ".odt": ".docx",
    ".wps": ".docx",
    ".pages": ".docx",
    ".xls": ".xlsx",
    ".xlsb": ".xlsx",
    ".xlsm": ".xlsx",
    ".ods": ".xlsx",
    ".et": ".xlsx",
    ".numbers": ".xlsx",
    ".ppt": ".pdf",
    ".pptx": ".pdf",
    ".odp": ".pdf",
}
_FOREIGN = (
    (_PDF_SIGNATURE, "a PDF"),
    (b"PK\x03\x04", "a zip archive or an Office file"),
    (b"\xd0\xcf\x11\xe0", "an older Office file"),
    (b"{\\rtf", "a rich-text (RTF) file"),
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
    elif suffix == ".docx":
        check_office_file(path, WORD)
    elif suffix == ".xlsx":
        check_office_file(path, EXCEL)
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
    largest = {".md": _LARGEST_MARKDOWN, ".html": _LARGEST_PAGE, ".htm": _LARGEST_PAGE}.get(suffix)
    if largest and path.stat().st_size > largest:
        raise Invalid(
            f"A {suffix} file may have up to {largest // (1024 * 1024)} MB. Split it and upload the parts.",
            code="file_too_large",
        )
    if suffix in (".html", ".htm"):
        page_encoding(path)
    else:
        detect_encoding(path)
