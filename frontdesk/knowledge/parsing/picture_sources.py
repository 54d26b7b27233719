"""Where the pictures of a page lie: in the page itself, or beside it in the same archive. Never on the network."""

import base64
import binascii
import posixpath
import re
import zipfile
from collections.abc import Callable
from functools import partial
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from frontdesk.knowledge.parsing.blocks import RawPicture
from frontdesk.knowledge.parsing.redrawing import MOST_BYTES

PictureAt = Callable[[str], RawPicture | None]
"""Finds the picture that an address in a page means; None for one that is somewhere else."""

_WITHIN = re.compile(r"data:image/[\w.+-]+(?P<options>(?:;[^,;]*)*),", re.IGNORECASE)


def in_address(address: str) -> RawPicture | None:
    """The picture that a `data:` address holds."""
    found = _WITHIN.match(address.lstrip()[:200])
    if found is None:
        return None
    body = address.lstrip()[found.end() :]
    is_encoded = found["options"].lower().endswith(";base64")
    return RawPicture(partial(_decoded, body) if is_encoded else partial(unquote_to_bytes, body))


def in_archive(archive: zipfile.ZipFile, folder: str = "") -> PictureAt:
    """Finds pictures by their names from a folder of the archive on, and those in the address itself."""

    def at(address: str) -> RawPicture | None:
        split = urlsplit(address)
        if split.scheme or split.netloc or not split.path:
            return in_address(address)
        name = posixpath.normpath(posixpath.join(folder, unquote(split.path)))
        return RawPicture(partial(_member, archive, name)) if name in archive.NameToInfo else None

    return at


def _decoded(body: str) -> bytes:
    try:
        return base64.b64decode(unquote(body))
    except (binascii.Error, ValueError):
        return b""


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    return archive.read(name) if archive.getinfo(name).file_size <= MOST_BYTES else b""
