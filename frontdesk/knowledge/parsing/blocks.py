"""What every reader hands on: blocks of text and where each one stands in its document."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from frontdesk.knowledge.parsing.asking import Part

HEADING_SEPARATOR = " > "
LONGEST_HEADING = 120


class BlockKind(StrEnum):
    """What a block is, as far as cutting it into chunks is concerned."""

    HEADING = "heading"
    PROSE = "prose"
    LIST_ITEM = "list_item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a text stands: a page (from 1), a heading path "A > B", a sheet and a row (from 1)."""

    page: int | None = None
    heading: str | None = None
    sheet: str | None = None
    row: int | None = None

    def as_json(self) -> dict[str, int | str]:
        """Only what is known, ready for JSON."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item, a table row or a heading, in the order of reading.

    A heading's own location already ends with that heading. One that `asks` is a question in a document of
    questions: what stands under it is the answer. `pictures` are the digests of those that belong to it.
    """

    text: str
    location: Location
    kind: BlockKind
    asks: bool = False
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawPicture:
    """A picture as it lies in a file; `read` gives its bytes and is asked only while the file is being read.

    `crop` are the shares of width and height that its author cut off: left, top, right, bottom. `frame` counts from
    0 in a file of several pictures.
    """

    read: Callable[[], bytes]
    crop: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    frame: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """What a reader saw, before headings are worked out.

    `level` orders headings: the smaller, the higher. `emphasised` means that all of the text was bold. `part` is
    known where it belongs to a question with its answer. A `picture` comes as a piece of its own without text, in
    the place where it stands; from then on it is one of the `pictures` of the text there, told by its digest.
    """

    text: str
    kind: BlockKind = BlockKind.PROSE
    level: float = 0
    emphasised: bool = False
    place: Location = Location()
    part: Part | None = None
    picture: RawPicture | None = None
    pictures: tuple[str, ...] = ()


class Outline:
    """The headings that are open at one point of a document."""

    def __init__(self) -> None:
        self._open: list[tuple[float, str]] = []

    def enter(self, level: float, title: str) -> None:
        """Close every heading of this level or deeper, then open this one."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, title))

    @property
    def path(self) -> str | None:
        """The open headings from the top, or None outside of any."""
        return HEADING_SEPARATOR.join(title for _, title in self._open) or None

    def locate(self, place: Location) -> Location:
        """The same place with the open headings filled in."""
        return replace(place, heading=self.path)


def has_words(text: str) -> bool:
    """False for what holds nothing but blanks and signs."""
    return any(map(str.isalnum, text))


def with_following(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Piece | None]]:
    """Each piece together with the one after it."""
    remaining = iter(pieces)
    current = next(remaining, None)
    while current is not None:
        following = next(remaining, None)
        yield current, following
        current = following
