"""The pictures of one document: each kept once, as many as a document may have, without what stands everywhere."""

import hashlib
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from frontdesk.knowledge.parsing.blocks import Location, RawPicture
from frontdesk.knowledge.parsing.redrawing import MEDIA_TYPE, MOST_BYTES, Drawing, redraw

log = logging.getLogger(__name__)

MOST_PICTURES = 200
MOST_BYTES_KEPT = 20 * 1024 * 1024
_MOST_TRIED = 1000
_MOST_SECONDS = 180.0
"""So long may all of them take, since the words wait meanwhile, and would be given up if they waited for ever."""
_OFTEN = 5
"""A picture that stands in so many places is a sign or a logo."""
_REPEATED = 3
"""One that stands on so many pages is a logo too, if these are half of all."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a document; `digest` tells it apart from all others, the sizes are in pixels."""

    digest: str
    media_type: str
    width: int
    height: int
    content: bytes


@dataclass(slots=True)
class Album:
    """Takes in the pictures while the document is read; ask for them at its end."""

    _drawings: dict[str, Drawing] = field(default_factory=dict)
    _known: dict[bytes, str | None] = field(default_factory=dict)
    _places: Counter[str] = field(default_factory=Counter)
    _pages: defaultdict[str, set[int | None]] = field(default_factory=lambda: defaultdict(set))
    _all_pages: set[int | None] = field(default_factory=set)
    _size: int = 0
    _tried: int = 0
    _seconds: float = 0.0

    def turn_to(self, place: Location) -> None:
        """Something stands on this page."""
        self._all_pages.add(place.page)

    def keep(self, picture: RawPicture, place: Location) -> str | None:
        """The digest of a picture that stands at this place; None for one that is left out."""
        if self._tried == _MOST_TRIED or self._seconds > _MOST_SECONDS:
            return None
        began = time.monotonic()
        digest = self._kept(picture)
        self._tried += 1
        self._seconds += time.monotonic() - began
        if digest is not None:
            self._places[digest] += 1
            self._pages[digest].add(place.page)
        return digest

    def pictures(self) -> Iterator[Picture]:
        """What was kept, but for what turned out to stand everywhere."""
        for digest, drawing in self._drawings.items():
            if not self._is_furniture(digest):
                yield Picture(digest, MEDIA_TYPE, drawing.width, drawing.height, drawing.content)

    def _kept(self, picture: RawPicture) -> str | None:
        content = _content(picture)
        if not content or len(content) > MOST_BYTES:
            return None
        source = hashlib.blake2b(content + repr((picture.crop, picture.frame)).encode(), digest_size=16).digest()
        if source not in self._known:
            self._known[source] = self._added(content, picture)
        return self._known[source]

    def _added(self, content: bytes, picture: RawPicture) -> str | None:
        drawing = redraw(content, picture) if len(self._drawings) < MOST_PICTURES else None
        if drawing is None:
            return None
        digest = hashlib.blake2b(drawing.content, digest_size=16).hexdigest()
        if digest not in self._drawings:
            if self._size + len(drawing.content) > MOST_BYTES_KEPT:
                return None
            self._size += len(drawing.content)
            self._drawings[digest] = drawing
        return digest

    def _is_furniture(self, digest: str) -> bool:
        pages = self._pages[digest]
        return (
            self._places[digest] >= _OFTEN
            or (len(pages) >= _REPEATED and 2 * len(pages) >= len(self._all_pages))
            or (len(pages) > 1 and pages == self._all_pages)
        )


def _content(picture: RawPicture) -> bytes:
    try:
        return picture.read()
    except (Exception, MemoryError) as error:  # a damaged picture costs the document nothing but that picture
        log.warning("A picture can not be read: %s", error)
        return b""
