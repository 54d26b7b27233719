"""Tables on a PDF page, found by the rules drawn around their cells or, without rules, by columns that line up."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from frontdesk.knowledge.parsing.pdf_page import Line, Rules, Word
from frontdesk.knowledge.parsing.pdf_rules import connected, covers, distinct
from frontdesk.knowledge.parsing.tables import WIDEST, Names, Row
from frontdesk.knowledge.parsing.writing import begins_anew, join_wrapped, plain_characters

_LONGEST_CELL = 600
_GUTTER = 0.9
_FEWEST_ALIGNED = 3


@dataclass(slots=True)
class Table:
    """Rows from top to bottom, standing where the page draws its first word.

    `names` are those of the columns when the first row stands out by bold letters; it is then no longer in `rows`.
    """

    rows: list[Row]
    names: Names | None = None


def with_tables(lines: list[Line], rules: Rules) -> list[Line | Table]:
    """The lines of a page in order, those that make up a table replaced by it."""
    return _with_aligned(_with_ruled(lines, rules))


def _with_ruled(lines: list[Line], rules: Rules) -> list[Line | Table]:
    grids = [grid for group in connected(rules) if (grid := _Grid.of(group)) is not None]
    owners = [[_owner(grids, word) for word in line.words] for line in lines]
    for line, found in zip(lines, owners, strict=True):
        for word, grid in zip(line.words, found, strict=True):
            if grid is not None:
                grid.place(word, line)
    flow: list[Line | Table] = []
    emitted: set[int] = set()
    for line, found in zip(lines, owners, strict=True):
        kept = [grid is None or grid.is_layout for grid in found]
        for grid in found:
            if grid is not None and not grid.is_layout and id(grid) not in emitted:
                emitted.add(id(grid))
                flow.append(grid.table())
        if any(kept):
            words = [word for word, keep in zip(line.words, kept, strict=True) if keep]
            flow.append(replace(line, words=words))
    return flow


def _owner(grids: Sequence["_Grid"], word: Word) -> "_Grid | None":
    return next((grid for grid in grids if grid.contains(word)), None)


class _Grid:
    """Cells between rules. Where a rule is missing between two of them, they are one cell."""

    def __init__(self, xs: list[float], ys: list[float], rules: Rules) -> None:
        self._xs, self._ys = xs, ys
        self._columns, self._rows = len(xs) - 1, len(ys) - 1
        self._root = list(range(self._columns * self._rows))
        self._words: dict[int, list[tuple[Word, Line]]] = {}
        for row in range(self._rows):
            for column in range(self._columns):
                self._merge_across_missing_rules(row, column, rules)

    @classmethod
    def of(cls, rules: Rules) -> "_Grid | None":
        """The grid that connected rules make; None when they enclose fewer than two by two cells."""
        spans = [(left, right) for _, left, right in rules.horizontal]
        if not spans:
            return None
        xs = distinct([x for x, _, _ in rules.vertical] + [min(spans)[0], max(right for _, right in spans)])
        ys = distinct([y for y, _, _ in rules.horizontal])
        return cls(xs, ys, rules) if 3 <= len(xs) <= WIDEST and len(ys) >= 3 else None

    def _merge_across_missing_rules(self, row: int, column: int, rules: Rules) -> None:
        cell = row * self._columns + column
        middle_x = (self._xs[column] + self._xs[column + 1]) / 2
        middle_y = (self._ys[row] + self._ys[row + 1]) / 2
        if column + 1 < self._columns and not covers(rules.vertical, self._xs[column + 1], middle_y):
            self._join(cell, cell + 1)
        if row + 1 < self._rows and not covers(rules.horizontal, self._ys[row + 1], middle_x):
            self._join(cell, cell + self._columns)

    def _join(self, one: int, other: int) -> None:
        self._root[self._find(other)] = self._find(one)

    def _find(self, cell: int) -> int:
        while self._root[cell] != cell:
            self._root[cell] = self._root[self._root[cell]]
            cell = self._root[cell]
        return cell

    def contains(self, word: Word) -> bool:
        """True when the middle of the word lies within the outer rules."""
        x, y = word.centre
        return self._xs[0] <= x <= self._xs[-1] and self._ys[0] <= y <= self._ys[-1]

    def place(self, word: Word, line: Line) -> None:
        """Put a word of the line into its cell."""
        x, y = word.centre
        column = min(bisect_right(self._xs, x) - 1, self._columns - 1)
        row = min(bisect_right(self._ys, y) - 1, self._rows - 1)
        self._words.setdefault(self._find(row * self._columns + column), []).append((word, line))

    @property
    def is_layout(self) -> bool:
        """True when the rules frame parts of the page rather than values: some cell holds a whole page of text."""
        lengths = [sum(len(word.text) for word, _ in cell) for cell in self._words.values()]
        return len(lengths) < 3 or max(lengths) > _LONGEST_CELL

    def table(self) -> Table:
        """The cells as a table; one that spans rows is repeated in each, one that spans columns is not."""
        texts = {root: _cell_text(words) for root, words in self._words.items()}
        bold = {root for root, words in self._words.items() if all(line.bold for _, line in words)}
        rows, in_bold = [], []
        for row in reversed(range(self._rows)):
            roots = [self._find(row * self._columns + column) for column in range(self._columns)]
            shown = [
                "" if column and root == roots[column - 1] else texts.get(root, "")
                for column, root in enumerate(roots)
            ]
            if any(shown):
                rows.append(Row(tuple(shown)))
                in_bold.append(all(root in bold for root in roots if root in texts))
        if len(rows) > 1 and in_bold[0] and not in_bold[1] and len(rows[0].filled) > 1:
            return Table(rows[1:], Names(rows[0].cells))
        return Table(rows)


def _cell_text(words: Sequence[tuple[Word, Line]]) -> str:
    text, before = "", None
    for word, line in words:
        if line is before or begins_anew(word.text + " "):
            text = f"{text} {word.text}"
        else:
            text = join_wrapped(text, word.text)
        before = line
    return plain_characters(text)


def _with_aligned(flow: list[Line | Table]) -> list[Line | Table]:
    result: list[Line | Table] = []
    run: list[Line] = []
    for element in [*flow, None]:
        if isinstance(element, Line) and len(_fragments(element)) > 1:
            run.append(element)
            continue
        rows = _aligned_rows(run)
        result.extend([Table(rows)] if rows else run)
        run = []
        if element is not None:
            result.append(element)
    return result


def _fragments(line: Line) -> list[tuple[float, float, str]]:
    """The parts of a line between gaps wider than any blank in running text: left, right, text."""
    fragments: list[tuple[float, float, str]] = []
    for word in line.words:
        if fragments and word.left - fragments[-1][1] < _GUTTER * line.size:
            left, right, text = fragments.pop()
            fragments.append((left, max(right, word.right), f"{text} {word.text}"))
        else:
            fragments.append((word.left, word.right, word.text))
    return fragments


def _aligned_rows(lines: Sequence[Line]) -> list[Row]:
    """The lines as rows if one set of columns fits all of them, otherwise nothing."""
    if len(lines) < _FEWEST_ALIGNED or any(one.baseline <= other.baseline for one, other in pairwise(lines)):
        return []
    fragments = [_fragments(line) for line in lines]
    columns: list[list[float]] = []
    for left, right, _ in sorted(fragment for line in fragments for fragment in line):
        if columns and left < columns[-1][1]:
            columns[-1][1] = max(columns[-1][1], right)
        else:
            columns.append([left, right])
    if not 2 <= len(columns) <= WIDEST:
        return []
    starts = [left for left, _ in columns]
    rows = []
    for line in fragments:
        cells = [""] * len(columns)
        for left, _, text in line:
            cells[bisect_right(starts, left) - 1] = plain_characters(text)
        if sum(map(bool, cells)) < 2:
            return []
        rows.append(Row(tuple(cells)))
    return rows
