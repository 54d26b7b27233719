"""Mail as Outlook saves it (.msg): a container of the message's properties."""

import struct
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from olefile import OleFileIO

from frontdesk.knowledge.parsing.archives import encrypted
from frontdesk.knowledge.parsing.blocks import Piece
from frontdesk.knowledge.parsing.decoding import decode, decode_page
from frontdesk.knowledge.parsing.mail import mail_pieces
from frontdesk.knowledge.parsing.office.compound_files import OUTLOOK, main_stream
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.plain_text import text_pieces
from frontdesk.knowledge.parsing.web_pages import page_pieces

_CLASS, _SUBJECT, _BODY, _PAGE = 0x001A, 0x0037, 0x1000, 0x1013
_CODE_PAGE_OF_TEXT, _CODE_PAGE_OF_BODY = 0x3FFD, 0x3FDE
_WIDE, _NARROW, _BYTES = 0x001F, 0x001E, 0x0102
_ENCODINGS = {
    20127: "ascii",
    20866: "koi8-r",
    28591: "latin-1",
    50220: "iso2022_jp",
    51932: "euc_jp",
    51949: "euc_kr",
    52936: "hz",
    54936: "gb18030",
    65001: "utf-8",
}


def read(path: Path) -> Iterator[Piece]:
    """The subject as a heading and the body below it: the plain one, or else the one in HTML.

    Attachments are left out, and so are the names and addresses of the people: customers may read this.
    Raises Invalid: file_encrypted, file_no_text for a message without such a body, file_broken when it can not be
    read, file_wrong_type when the encoding of its text can not be told.
    """
    properties = main_stream(path, OUTLOOK)
    with damage_refused("An Outlook message"), OleFileIO(path) as container:
        message = _Message(container, properties)
        kind = message.text(_CLASS).strip("\0 ").lower()
        if kind.endswith(".smime") or "rpmsg" in kind:
            raise encrypted()
        yield from mail_pieces(message.text(_SUBJECT), text_pieces(StringIO(message.text(_BODY))), message.page())


class _Message:
    """The properties of the message itself; those of its attachments lie in folders of their own."""

    def __init__(self, container: OleFileIO, properties: str) -> None:
        self._container = container
        self._numbers = dict(_numbers(container.openstream(properties).read()))

    def text(self, name: int) -> str:
        """A property as text, whichever way it is stored; empty when the message does not have it."""
        wide = self._stream(name, _WIDE)
        if wide is not None:
            return wide.decode("utf-16-le", errors="replace")
        return decode(self._stream(name, _NARROW) or b"", self._encoding(_CODE_PAGE_OF_TEXT, _CODE_PAGE_OF_BODY))

    def page(self) -> Iterator[Piece]:
        """The body in HTML."""
        stored = self._stream(_PAGE, _BYTES)
        html = self.text(_PAGE) if stored is None else decode_page(stored, self._encoding(_CODE_PAGE_OF_BODY))
        return page_pieces(html) if html.strip() else iter(())

    def _stream(self, name: int, kind: int) -> bytes | None:
        stream = f"__substg1.0_{name:04X}{kind:04X}"
        return self._container.openstream(stream).read() if self._container.exists(stream) else None

    def _encoding(self, *properties: int) -> str | None:
        code_page = next((self._numbers[name] for name in properties if name in self._numbers), None)
        return None if code_page is None else _ENCODINGS.get(code_page, f"cp{code_page}")


def _numbers(properties: bytes) -> Iterator[tuple[int, int]]:
    """The properties that are numbers: 16 bytes each, behind a header of 32."""
    for at in range(32, len(properties) - 15, 16):
        _, name, _, value = struct.unpack_from("<HHII", properties, at)
        yield name, value
