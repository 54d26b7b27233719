"""What changed within a text, word by word. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

LEAST_ALIKE = 0.35
"""Below this share of common words, a text is shown as replaced: a patchwork of both can not be read."""
SHORTEST_SAME = 2
"""A shorter run of characters between two changes is shown as changed, too."""

# A word of letters and digits, a single Chinese character, a run of spaces, or any other sign.
_WORD = re.compile(r"[^\W_\u3400-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)

Kind = Literal["same", "removed", "added"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stands in both versions, or in just one of them."""

    kind: Kind
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """Both texts as one, in the order to read them: what was removed before what was added in its place."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        return [Piece("removed", before), Piece("added", after)]
    return list(_joined(matcher, old, new))


def _joined(matcher: "SequenceMatcher[str]", old: list[str], new: list[str]) -> Iterator[Piece]:
    codes = matcher.get_opcodes()
    last = len(codes) - 1

    def is_same(place: int) -> bool:
        kind, start, end, *_ = codes[place]
        between = 0 < place < last
        return kind == "equal" and not (between and len("".join(old[start:end]).strip()) < SHORTEST_SAME)

    for same, places in groupby(range(len(codes)), is_same):
        run = [codes[place] for place in places]
        removed = "".join(old[run[0][1] : run[-1][2]])
        added = "".join(new[run[0][3] : run[-1][4]])
        if same:
            yield Piece("same", added)
            continue
        if removed:
            yield Piece("removed", removed)
        if added:
            yield Piece("added", added)
