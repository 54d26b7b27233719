"""Mail as files (.eml): the subject above the text that was written."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import EmailMessage, MIMEPart
from email.policy import default
from io import StringIO
from pathlib import Path

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import encrypted
from frontdesk.knowledge.parsing.blocks import BlockKind, Piece
from frontdesk.knowledge.parsing.decoding import decode, decode_page
from frontdesk.knowledge.parsing.office.damage import damage_refused
from frontdesk.knowledge.parsing.plain_text import text_pieces
from frontdesk.knowledge.parsing.web_pages import page_pieces

SUBJECT_LEVEL = 0.5
_HEAD_BYTES = 64 * 1024
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_USUAL_FIELD = re.compile(
    rb"^(?:from|to|subject|date|message-id|received|return-path|delivered-to|mime-version|content-type)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)


def check_mail(path: Path) -> None:
    """Raises Invalid with file_wrong_type when the file does not begin as a mail does."""
    with path.open("rb") as file:
        head = _END_OF_HEAD.split(file.read(_HEAD_BYTES).lstrip(), maxsplit=1)[0]
    if not _USUAL_FIELD.search(head):
        raise Invalid("This is not a mail, although its name ends in .eml.", code="file_wrong_type")


def read(path: Path) -> Iterator[Piece]:
    """The subject as a heading and the body below it.

    Attachments are left out, and so are the names and addresses of the people: customers may read this.
    Raises Invalid: file_encrypted, file_no_text for a mail without a body, file_broken when it can not be read,
    file_wrong_type when the encoding of its text can not be told.
    """
    with damage_refused("A mail"):
        message = message_from_bytes(path.read_bytes().lstrip(), EmailMessage, policy=default)
        if _is_encrypted(message):
            raise encrypted()
        yield from mail_pieces(_subject(message), *_bodies(message))


def mail_pieces(subject: str, *bodies: Iterator[Piece]) -> Iterator[Piece]:
    """The subject above the first body that holds any text. Raises Invalid with file_no_text if there is none."""
    for body in bodies:
        pieces = [piece for piece in body if any(map(str.isalnum, piece.text))]
        if pieces:
            yield Piece(subject, BlockKind.HEADING, SUBJECT_LEVEL)
            yield from pieces
            return
    raise Invalid("There is no text in this mail, at most in its attachments.", code="file_no_text")


def _is_encrypted(message: EmailMessage) -> bool:
    kind = message.get_content_type()
    enveloped = kind in ("application/pkcs7-mime", "application/x-pkcs7-mime")
    return kind == "multipart/encrypted" or (enveloped and message.get_param("smime-type") != "signed-data")


def _bodies(message: EmailMessage) -> Iterator[Iterator[Piece]]:
    plain = message.get_body(("plain",))
    if plain is not None:
        yield text_pieces(StringIO(decode(_content(plain), plain.get_content_charset())))
    page = message.get_body(("html",))
    if page is not None:
        yield page_pieces(decode_page(_content(page), page.get_content_charset()))


def _content(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _subject(message: EmailMessage) -> str:
    """The subject as its bytes tell, which may contradict what it declares; nothing when it can not be decoded."""
    source = next((str(value) for name, value in message.raw_items() if name.lower() == "subject"), "")
    try:
        if not source.isascii():
            return decode(source.encode("utf-8", errors="surrogateescape"))
        parts = decode_header(source)
        return "".join(part if isinstance(part, str) else decode(part, charset) for part, charset in parts)
    except (HeaderParseError, Invalid):
        return ""
