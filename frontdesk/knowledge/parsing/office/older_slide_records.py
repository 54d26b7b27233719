"""The records of a PowerPoint 97 to 2003 file: which slides there are, in their order, and where each one lies."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from frontdesk.knowledge.parsing.archives import encrypted

DRAWING, LIST_OF_SLIDES = 0x040C, 0x0FF0
SLIDE_SHOW, PLACEHOLDER, SLIDE_IN_LIST = 0x03F9, 0x0BC3, 0x03F3
TEXT_KIND, TEXT_FROM_LIST, WIDE_TEXT, NARROW_TEXT = 0x0F9F, 0x0F9E, 0x0FA0, 0x0FA8
_EDIT, _OFFSETS = 0x0FF5, 0x1772
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_EDIT_WITH_KEY = 0x20
_CONTAINER = 0xF
_SHOWN_SLIDES = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `body` is cut short where its length would reach beyond what encloses it."""

    kind: int
    instance: int
    is_container: bool
    body: memoryview

    def children(self) -> Iterator["Record"]:
        """The records inside of a container."""
        return records(self.body) if self.is_container else iter(())

    def find(self, *path: int) -> "Record | None":
        """The first record on this path of kinds below this one."""
        found: Record | None = self
        for kind in path:
            found = next((child for child in found.children() if child.kind == kind), None) if found else None
        return found

    def number(self, at: int = 0) -> int:
        """The unsigned number of four bytes there."""
        return int(struct.unpack_from("<I", self.body, at)[0])


@dataclass(slots=True)
class Text:
    """A text as its box or the list of slides holds it; `kind` tells titles from bodies."""

    kind: int
    text: str = ""


@dataclass(slots=True)
class Listed:
    """A slide in the list of slides, which also holds the texts of its placeholders."""

    record: Record
    texts: list[Text] = field(default_factory=list)


def records(data: memoryview) -> Iterator[Record]:
    """Records one after the other, as far as they can be told apart."""
    at = 0
    while at + 8 <= len(data):
        version, kind, length = struct.unpack_from("<HHI", data, at)
        yield Record(kind, version >> 4, version & 0xF == _CONTAINER, data[at + 8 : at + 8 + length])
        at += 8 + length


def slides(current_user: bytes, document: bytes) -> Iterator[Listed]:
    """The slides of a presentation in the order in which they are shown.

    Raises Invalid with file_encrypted; for a damaged file struct.error, KeyError or RuntimeError.
    """
    stream = memoryview(document)
    places, top = _places(current_user, stream)
    listed: Listed | None = None
    for child in next(records(stream[top:])).children():
        if child.kind != LIST_OF_SLIDES or child.instance != _SHOWN_SLIDES:
            continue
        for record in child.children():
            if record.kind == SLIDE_IN_LIST:
                if listed:
                    yield listed
                listed = Listed(next(records(stream[places[record.number()] :])))
            elif listed:
                add_text(listed.texts, record)
    if listed:
        yield listed


def add_text(texts: list[Text], record: Record) -> None:
    """Gather a text: first comes a record with its kind, then one with its characters."""
    if record.kind == TEXT_KIND:
        texts.append(Text(record.number()))
    elif texts and record.kind == WIDE_TEXT:
        texts[-1].text = bytes(record.body).decode("utf-16-le", errors="replace")
    elif texts and record.kind == NARROW_TEXT:
        texts[-1].text = bytes(record.body).decode("latin-1")


def _places(current_user: bytes, stream: memoryview) -> tuple[dict[int, int], int]:
    """Offsets of all objects by their number, and that of the document; later edits count before earlier ones."""
    token, edit = struct.unpack_from("<II", current_user, 12)
    if token == _ENCRYPTED_TOKEN:
        raise encrypted()
    places: dict[int, int] = {}
    seen: set[int] = set()
    latest = 0
    while edit not in seen:
        seen.add(edit)
        record = next(records(stream[edit:]))
        if record.kind != _EDIT:
            raise KeyError(f"no edit at {edit}")
        if len(record.body) >= _EDIT_WITH_KEY:
            raise encrypted()
        edit, directory, top = (record.number(at) for at in (8, 12, 16))
        for number, offset in _directory(next(records(stream[directory:]))):
            places.setdefault(number, offset)
        latest = latest or places[top]
        if edit == 0:
            break
    return places, latest


def _directory(record: Record) -> Iterator[tuple[int, int]]:
    at = 0
    while record.kind == _OFFSETS and at + 4 <= len(record.body):
        first, count = record.number(at) & 0xFFFFF, record.number(at) >> 20
        at += 4
        for number in range(first, first + count):
            yield number, record.number(at)
            at += 4
