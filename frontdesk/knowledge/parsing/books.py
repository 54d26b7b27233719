"""Electronic books (.epub): chapters in the order in which the book has them read."""

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing.archives import broken, open_archive
from frontdesk.knowledge.parsing.blocks import BlockKind, Piece, has_words
from frontdesk.knowledge.parsing.decoding import decode_page
from frontdesk.knowledge.parsing.picture_sources import in_archive
from frontdesk.knowledge.parsing.progress import Progress, Reading
from frontdesk.knowledge.parsing.web_pages import page_pieces

_TITLE_LEVEL = 0.5
_LARGEST_CHAPTER = 24 * 1024 * 1024
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_TEXT = frozenset(("application/xhtml+xml", "text/html", "text/x-oeb1-document"))
# Fonts made unusable outside of their book; the text is as readable as ever.
_OBFUSCATION = frozenset(("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"))


def read(path: Path) -> Reading:
    """The book's title and its chapters with their pictures; the table of contents is left out.

    Raises Invalid: file_encrypted for a book that only its own shop's programs open, file_broken when a part is
    missing or damaged, file_too_large for a chapter beyond all measure.
    """
    with open_archive(path) as archive:
        _refuse_locked(archive)
        package_name = _package_name(archive)
        package = _xml(archive, package_name)
        title = package.findtext("{*}metadata/{*}title")
        chapters = list(_chapters(package, posixpath.dirname(package_name)))
        for number, chapter in enumerate(chapters):
            yield Progress(number, len(chapters))
            pictures = in_archive(archive, posixpath.dirname(chapter))
            for piece in page_pieces(_html(archive, chapter), pictures):
                if title and has_words(piece.text):
                    yield Piece(title, BlockKind.HEADING, _TITLE_LEVEL)
                    title = None
                yield piece


def _refuse_locked(archive: zipfile.ZipFile) -> None:
    if _ENCRYPTION not in archive.NameToInfo:
        return
    for part in _xml(archive, _ENCRYPTION).iter("{*}EncryptedData"):
        method = part.find("{*}EncryptionMethod")
        if method is None or method.get("Algorithm") not in _OBFUSCATION:
            raise Invalid(
                "This book is protected against copying (DRM), so that it can not be read. Upload a copy without "
                "the protection.",
                code="file_encrypted",
            )


def _package_name(archive: zipfile.ZipFile) -> str:
    """The part that lists all others."""
    root = _xml(archive, _CONTAINER).find("{*}rootfiles/{*}rootfile")
    if root is None:
        raise broken()
    return root.get("full-path", "")


def _chapters(package: etree._Element, folder: str) -> Iterator[str]:
    """The names of the parts with text, in the order of reading."""
    parts = {item.get("id"): item for item in package.iterfind("{*}manifest/{*}item")}
    for reference in package.iterfind("{*}spine/{*}itemref"):
        part = parts.get(reference.get("idref"))
        if part is None:
            raise broken()
        if part.get("media-type") in _TEXT:
            yield posixpath.normpath(posixpath.join(folder, unquote(urlsplit(part.get("href", "")).path)))


def _html(archive: zipfile.ZipFile, chapter: str) -> str:
    if archive.getinfo(chapter).file_size > _LARGEST_CHAPTER:
        raise Invalid(
            f"A chapter of a book may have up to {_LARGEST_CHAPTER // (1024 * 1024)} MB. Split the book and upload "
            "the parts.",
            code="file_too_large",
        )
    return decode_page(archive.read(chapter))


def _xml(archive: zipfile.ZipFile, part: str) -> etree._Element:
    try:
        return etree.fromstring(
            archive.read(part), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
    except etree.XMLSyntaxError as error:
        raise broken() from error
