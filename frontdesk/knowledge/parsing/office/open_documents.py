"""OpenDocument texts, as LibreOffice Writer saves them."""

from collections.abc import Iterator
from pathlib import Path

from frontdesk.knowledge.parsing.archives import OPEN_TEXT, check_contents
from frontdesk.knowledge.parsing.blocks import Piece
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.office.open_blocks import Walk
from frontdesk.knowledge.parsing.office.open_text import OFFICE, Looks, content


def read(path: Path) -> Iterator[Piece]:
    """The pieces of a text document.

    Comments, deletions that are only tracked, hidden text, the table of contents, page headers and footers are left
    out.
    Raises Invalid with file_broken when the document can not be read to its end.
    """
    check_contents(path, OPEN_TEXT)
    with damage_refused("An OpenDocument text"):
        root = content(path)
        walk = Walk(Looks.of(root))
        for body in root.iterfind(f"{OFFICE}body/{OFFICE}text"):
            yield from walk.read(body)
