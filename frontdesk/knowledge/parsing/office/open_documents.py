"""OpenDocument texts, as LibreOffice Writer saves them."""

from collections.abc import Iterator
from pathlib import Path

from frontdesk.knowledge.parsing.archives import OPEN_TEXT, check_contents, open_archive
from frontdesk.knowledge.parsing.blocks import Piece
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.open_blocks import Walk
from frontdesk.knowledge.parsing.office.open_text import OFFICE, Looks, content
from frontdesk.knowledge.parsing.picture_sources import in_archive


def read(path: Path) -> Iterator[Piece]:
    """The pieces of a text document and its pictures, but for those in tables.

    Comments, deletions that are only tracked, hidden text, the table of contents, page headers and footers are left
    out.
    Raises Invalid with file_broken when the document can not be read to its end.
    """
    check_contents(path, OPEN_TEXT)
    with damage_refused("An OpenDocument text"), open_archive(path) as archive:
        root = content(path)
        walk = Walk(Looks.of(root), in_archive(archive))
        for body in root.iterfind(f"{OFFICE}body/{OFFICE}text"):
            yield from walk.read(body)
