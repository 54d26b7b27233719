"""Rows of a table as sentences of their own: "Region: Hainan; First kg: 18"."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from frontdesk.knowledge.parsing.blocks import BlockKind, Location, Piece, RawPicture
from frontdesk.knowledge.parsing.writing import one_line

WIDEST = 256
TITLE_LEVEL = 2
_MOST_TITLE_ROWS = 3
_LOOK_AHEAD = 40
_LONGEST_NAME = 40
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"[。！!；;.]$")
_WORDS_IN_NAMES = (
    "question answer questions answers q a item description term definition topic details name value service price "
    "fee 问题 答案 回答 问 答 名称 项目 内容 说明 描述 标题 详情 备注 地区 省份 国家 城市 运费 费用 价格 型号 商品 "
    "产品 时效"
)
_USUAL_NAMES = frozenset(_WORDS_IN_NAMES.split())


@dataclass(frozen=True, slots=True)
class Row:
    """The texts of one row and its pictures; `number` counts from 1 where rows have numbers that a person sees."""

    cells: tuple[str, ...]
    number: int | None = None
    pictures: tuple[RawPicture, ...] = ()

    @property
    def filled(self) -> tuple[int, ...]:
        """Indexes of the cells that hold something."""
        return tuple(index for index, cell in enumerate(self.cells) if cell)


@dataclass(frozen=True, slots=True)
class Names:
    """What the columns are called; empty for a table whose rows carry their own names in the first column."""

    columns: tuple[str, ...] = ()

    def describe(self, row: Row) -> str:
        """The row as text, each value with the name of its column."""
        parts: list[str] = []
        for index in row.filled:
            name = self.columns[index] if index < len(self.columns) else ""
            part = f"{name}: {row.cells[index]}" if name and name != row.cells[index] else row.cells[index]
            if part not in parts[-1:]:
                parts.append(part)
        if not self.columns and len(parts) == 2 and len(parts[0]) <= _LONGEST_NAME:
            return f"{parts[0].rstrip('：:')}: {parts[1]}"
        return "; ".join(parts)


def table_pieces(
    rows: Iterable[Row],
    *,
    place: Location = Location(),
    names: Names | None = None,
    title: BlockKind = BlockKind.PROSE,
) -> Iterator[Piece]:
    """One piece per row, in order, and its pictures. Finds the names of the columns unless they are given.

    What stands above the names is the table's title, handed on as the kind of piece that `title` says. After an
    empty row a table may bring a title and names of its own.
    """
    for section in _sections(rows):
        beginning = list(islice(section, _LOOK_AHEAD))
        if len(beginning) <= _MOST_TITLE_ROWS and all(len(row.filled) == 1 for row in beginning):
            yield from _titles(beginning, place, title)
            continue
        found = find_names(beginning)
        if found is not None and (names is None or _begins_anew(beginning, found, names)):
            yield from _titles(beginning[:found], place, title)
            yield from row_pictures(beginning[found], place)
            names, beginning = Names(beginning[found].cells), beginning[found + 1 :]
        elif names is None:
            names = Names()
        for row in chain(beginning, section):
            if row.filled == (0,) and len(names.columns) > 1:
                yield _piece(Names(), row, place, BlockKind.PROSE)
            elif row.cells != names.columns:
                yield _piece(names, row, place)
            yield from row_pictures(row, place)


def find_names(rows: Sequence[Row]) -> int | None:
    """Index of the row that names the columns, among the first rows of a table; None when no row does."""
    widest = max((len(row.filled) for row in rows), default=0)
    for index, row in enumerate(rows[:-1]):
        if len(row.filled) < 2 or len(row.filled) < 0.6 * widest:
            continue
        texts = [row.cells[at] for at in row.filled]
        if not all(_may_be_name(text) for text in texts) or len(set(texts)) < len(texts):
            return None
        if len(row.filled) > 2 or widest > 2 or _contrasts(row, rows[index + 1 :]):
            return index
        return None
    return None


def _sections(rows: Iterable[Row]) -> Iterator[Iterator[Row]]:
    """Runs of rows between empty ones, each read only as far as its consumer goes."""
    remaining = iter(rows)
    for first in remaining:
        if first.filled:
            yield chain([first], _until_empty(remaining))


def _until_empty(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        if not row.filled:
            return
        yield row


def _begins_anew(beginning: Sequence[Row], found: int, names: Names) -> bool:
    """An empty row in the middle of a long table must not make names of an ordinary row."""
    if found > 0:
        return all(len(row.filled) == 1 for row in beginning[:found])
    named = {index for index, name in enumerate(names.columns) if name}
    return beginning[found].cells == names.columns or not named.issuperset(beginning[found].filled)


def _titles(rows: Sequence[Row], place: Location, kind: BlockKind) -> Iterator[Piece]:
    for row in rows:
        first = row is rows[0] and len(row.filled) == 1
        yield _piece(Names(), row, place, kind if first else BlockKind.PROSE)
        yield from row_pictures(row, place)


def row_pictures(row: Row, place: Location) -> Iterator[Piece]:
    """The pictures of a row where they stand."""
    for picture in row.pictures:
        yield Piece("", place=place, picture=picture)


def _piece(names: Names, row: Row, place: Location, kind: BlockKind = BlockKind.ROW) -> Piece:
    return Piece(names.describe(row), kind, TITLE_LEVEL, place=replace(place, row=row.number))


def _may_be_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and _LETTERS.search(text) is not None and not _SENTENCE.search(text)


def _contrasts(row: Row, body: Sequence[Row]) -> bool:
    """Two columns: are they named by the first row, or is every row a name with its value?

    Wrong names garble all rows, missing ones hardly matter; so there must be a sign of names.
    """
    names = [row.cells[at] for at in row.filled]
    if all(name.lower() in _USUAL_NAMES for name in names):
        return True
    values = [[other.cells[at] for other in body if at < len(other.cells) and other.cells[at]] for at in row.filled]
    if not all(values):
        return False
    if all(sum(map(len, cells)) > 2 * len(name) * len(cells) for name, cells in zip(names, values, strict=True)):
        return True
    shapes = Counter(_shape(value) for value in values[1])
    shape, times = shapes.most_common(1)[0]
    return len(body) > 1 and shape.startswith("9") and times > 0.6 * len(values[1]) and _shape(names[1]) != shape


def _shape(text: str) -> str:
    """The text with digits as 9 and letters as a: prices in one column look alike, facts about a shop do not."""
    return _LETTERS.sub("a", _DIGITS.sub("9", one_line(text)))
