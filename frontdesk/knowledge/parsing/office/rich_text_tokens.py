"""What an RTF file is made of: braces, control words and text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from frontdesk.knowledge.parsing.archives import broken

_TOKEN = re.compile(
    rb"""\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,9})?[ ]?
    | \\'(?P<byte>[0-9A-Fa-f]{2})
    | \\(?P<sign>[^A-Za-z])
    | (?P<brace>[{}])
    | (?P<text>[^\\{}\r\n]+)
    | [\r\n]+""",
    re.DOTALL | re.VERBOSE,
)


class Token(NamedTuple):
    """A brace or a control word by its `name`; one without a name is text, a byte for each character."""

    name: str
    number: int | None = None
    text: bytes = b""


def tokens(content: bytes) -> Iterator[Token]:
    """The tokens up to the brace that closes the file.

    Raises Invalid with file_broken when there is none: the file is cut short.
    """
    depth = at = 0
    while found := _TOKEN.match(content, at):
        at = found.end()
        word, number, byte, sign, brace, text = found.groups()
        if text is not None:
            yield Token("", text=text)
        elif byte is not None:
            yield Token("", text=bytes.fromhex(byte.decode()))
        elif brace is not None:
            yield Token(brace.decode())
            depth += 1 if brace == b"{" else -1
            if depth <= 0:
                return
        elif sign is not None and sign in b"{}\\":
            yield Token("", text=sign)
        elif word == b"bin":
            at += max(0, int(number or 0))
        elif word is not None or sign is not None:
            yield Token((word or sign).decode("latin-1"), int(number) if number else None)
    raise broken()
