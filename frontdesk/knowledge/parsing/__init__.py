"""Reading an uploaded document: a stream of blocks, each with its place, or Invalid with what to do about it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing import (
    books,
    delimited,
    mail,
    markdown,
    outlook,
    packs,
    pdf,
    pictures,
    plain_text,
    records,
    web_pages,
)
from frontdesk.knowledge.parsing.album import Album, Picture
from frontdesk.knowledge.parsing.blocks import HEADING_SEPARATOR, Block, BlockKind, Location
from frontdesk.knowledge.parsing.composition import compose
from frontdesk.knowledge.parsing.office import (
    older_sheets,
    older_slides,
    older_word,
    open_documents,
    open_sheets,
    open_slides,
    rich_text,
    slides,
    spreadsheets,
    word,
)
from frontdesk.knowledge.parsing.placing import with_pictures
from frontdesk.knowledge.parsing.progress import Listener, Reading, told, unheard
from frontdesk.knowledge.parsing.recognition import HOW_TO_INSTALL, is_installed
from frontdesk.knowledge.parsing.uploads import ACCEPTED, check_upload, suffix_of

__all__ = [
    "ACCEPTED",
    "HEADING_SEPARATOR",
    "Album",
    "Block",
    "BlockKind",
    "Location",
    "Picture",
    "check_upload",
    "parse",
]


def _read(path: Path, name: str) -> Reading:
    check_upload(path, name)
    return _READERS[suffix_of(name)](path)


_READERS: dict[str, Callable[[Path], Reading]] = {
    ".txt": plain_text.read,
    ".md": markdown.read,
    ".html": web_pages.read,
    ".htm": web_pages.read,
    ".pdf": pdf.read,
    ".docx": word.read,
    ".xlsx": spreadsheets.read,
    ".csv": delimited.read,
    ".tsv": delimited.read,
    ".pptx": slides.read,
    ".doc": older_word.read,
    ".xls": older_sheets.read,
    ".ppt": older_slides.read,
    ".odt": open_documents.read,
    ".ods": open_sheets.read,
    ".odp": open_slides.read,
    ".rtf": rich_text.read,
    ".eml": mail.read,
    ".msg": outlook.read,
    ".epub": books.read,
    ".json": records.read,
    ".jsonl": records.read,
    ".zip": partial(packs.read, read_file=_read),
    **dict.fromkeys(pictures.SUFFIXES, pictures.read),
}


def parse(path: Path, name: str, album: Album | None = None, progress: Listener = unheard) -> Iterator[Block]:
    """The document's blocks in the order of reading; `name` tells by its extension how to read the file.

    Its pictures are left out unless there is an album to keep them in. `progress` hears how far it is, where the
    type of file lets that be known before the end.

    Raises Invalid while the file is being read, with a message for the administrator who uploaded it and one of
    the codes file_empty, file_wrong_type, file_broken, file_encrypted, file_no_text, file_type_unsupported and
    file_too_large.
    """
    empty = True
    for block in compose(with_pictures(told(_read(path, name), progress), album)):
        empty = False
        yield block
    if empty:
        raise Invalid(_no_text(suffix_of(name)), code="file_no_text")


def _no_text(suffix: str) -> str:
    message = _NO_TEXT.get(suffix, "There is no text in this file.")
    return message if is_installed() or suffix not in _MAY_BE_SCANS else f"{message} {HOW_TO_INSTALL}."


_MAY_BE_SCANS = (".pdf", ".zip")
_NO_TEXT = {
    ".pdf": "This PDF holds no text, only pictures: it is probably a scan. Run text recognition (OCR) on it and "
    "upload the result.",
    ".zip": "No file in this archive holds any text.",
    **dict.fromkeys(pictures.SUFFIXES, "No text could be recognised in this picture."),
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "No visible sheet of this workbook holds any text."),
    **dict.fromkeys((".pptx", ".ppt", ".odp"), "No visible slide of this presentation holds any text."),
}
