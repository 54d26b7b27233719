"""Parts of the questions of which fewer answers may be wrong. Pure.

A part is what is asked in a language, or would be answered from sources with a tag. The questions that lie in the
same parts are a cell, and so are those that lie in none. A cell has a threshold of its own, found by its own
questions, for the smallest error that is wished of its parts. What is promised of cells holds of all that is put
together of them, so of each part and of the whole: no more of it is wrong than of the worst of its cells. The doubt
is shared among the cells.

Where the questions of a cell are too few or find no threshold, an answer has to be as sure itself as the answers of
the cell are to be, and as those of the whole: no average can be told then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from frontdesk.confidence.binomial import highest, lowest
from frontdesk.confidence.grounds import Ground
from frontdesk.confidence.guarantee import Bools, Certificate, Labelled, Promise
from frontdesk.confidence.outcomes import Outcome
from frontdesk.language import Language

LANGUAGE, TAG = "language:", "tag:"
REST = ""
"""The cell of what lies in no part."""
KINDS_DOUBT = 0.1
"""This share of a cell's doubt is spent on how many of its questions nothing answers."""


def of_language(language: Language) -> str:
    """The name of the questions in a language."""
    return f"{LANGUAGE}{language}"


def of_tag(tag: str) -> str:
    """The name of the answers from sources with a tag."""
    return f"{TAG}{tag}"


def cell_of(parts: Iterable[str]) -> str:
    """The name of the cell in these parts, which are told apart by lines."""
    return "\n".join(sorted(parts))


def parts_of_cell(cell: str) -> list[str]:
    """The names of its parts."""
    return cell.split("\n") if cell else []


@dataclass(frozen=True, slots=True)
class Cell:
    """The threshold of a cell, of which a share of `error` may be wrong, and what to expect of its questions."""

    error: float
    ground: Ground
    threshold: float
    certificate: Certificate

    @classmethod
    def as_sure(cls, error: float, whole: float, certificate: Certificate) -> "Cell":
        """Where too little is known: each answer as sure as the answers are to be, and as those of the `whole`."""
        return cls(error, Ground.NOTHING, max(whole, 1 - error), certificate)


@dataclass(frozen=True, slots=True)
class Seen:
    """Questions and what came of them, in the eyes of a model."""

    outcomes: Sequence[Outcome]
    labelled: Labelled

    def cells(self) -> set[str]:
        """Those that the questions lie in."""
        return {cell_of(one.parts) for one in self.outcomes}

    def inside(self, cell: str) -> Bools:
        """Which of the questions lie in a cell."""
        return np.array([cell_of(one.parts) == cell for one in self.outcomes], np.bool_)


def promised_of(seen: Seen, cell: str, wish: Promise) -> tuple[Labelled, Promise]:
    """The questions of a cell, and what has to be proved by them for the `wish` of it.

    How many of them nothing answers is seen in a sample. The most that is believable is reckoned with, at the
    expense of a share of the doubt.
    """
    inside = seen.inside(cell)
    if inside.all():
        return seen.labelled, wish
    spent = wish.doubt * KINDS_DOUBT
    outside = _outside(inside, seen.labelled.answerable, wish.outside, spent)
    return seen.labelled.some(inside), replace(wish, doubt=wish.doubt - spent, outside=outside)


def expected_of(seen: Seen, cell: str, wish: Promise) -> tuple[Labelled, Promise]:
    """The same, with the share that was seen."""
    inside = seen.inside(cell)
    outside = _outside(inside, seen.labelled.answerable, wish.outside, None)
    return seen.labelled.some(inside), replace(wish, outside=outside)


def _outside(inside: Bools, answerable: Bools, outside: float | None, doubt: float | None) -> float | None:
    """Bayes: of either kind another share lies in the cell."""
    if outside is None or not len(inside) or inside.all():
        return outside
    of_unknown, of_known = inside[~answerable], inside[answerable]
    if doubt is None:
        unknown, known = (float(kind.mean()) if len(kind) else 0.0 for kind in (of_unknown, of_known))
    else:
        unknown = highest(int(of_unknown.sum()), len(of_unknown), doubt / 2)
        known = lowest(int(of_known.sum()), len(of_known), doubt / 2)
    unknown, known = outside * unknown, (1 - outside) * known
    return unknown / (unknown + known) if unknown + known else outside
