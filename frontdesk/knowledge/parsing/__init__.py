"""Reading an uploaded document: a stream of blocks, each with its place, or Invalid with what to do about it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing import delimited, markdown, pdf, plain_text, spreadsheets, web_pages, word
from frontdesk.knowledge.parsing.blocks import HEADING_SEPARATOR, Block, BlockKind, Location, Piece
from frontdesk.knowledge.parsing.composition import compose
from frontdesk.knowledge.parsing.uploads import ACCEPTED, check_upload, suffix_of

__all__ = ["ACCEPTED", "HEADING_SEPARATOR", "Block", "BlockKind", "Location", "check_upload", "parse"]

_READERS: dict[str, Callable[[Path], Iterator[Piece]]] = {
    ".txt": plain_text.read,
    ".md": markdown.read,
    ".html": web_pages.read,
    ".htm": web_pages.read,
    ".pdf": pdf.read,
    ".docx": word.read,
    ".xlsx": spreadsheets.read,
    ".csv": delimited.read,
    ".tsv": delimited.read,
}


def parse(path: Path, name: str) -> Iterator[Block]:
    """The document's blocks in the order of reading; `name` tells by its extension how to read the file.

    Raises Invalid while the file is being read, with a message for the administrator who uploaded it and one of
    the codes file_empty, file_wrong_type, file_broken, file_encrypted, file_no_text, file_type_unsupported and
    file_too_large.
    """
    check_upload(path, name)
    suffix = suffix_of(name)
    empty = True
    for block in compose(_READERS[suffix](path)):
        empty = False
        yield block
    if empty:
        raise Invalid(_NO_TEXT.get(suffix, "There is no text in this file."), code="file_no_text")


_NO_TEXT = {
    ".pdf": "This PDF holds no text, only pictures: it is probably a scan. Run text recognition (OCR) on it and "
    "upload the result.",
    ".xlsx": "No visible sheet of this workbook holds any text.",
}
