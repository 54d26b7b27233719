"""What in a text says who somebody is, and the text without it. Pure; Chinese and English."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from frontdesk.privacy.rules import RULES, Kind

# One sign for one sign, so that places stay what they are.
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＠．－＋（）：　", "0123456789@.-+(): ")
_SHORTEST_PART = 3
"""Of a name of several words, each of so many letters stands for it."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something personal, from one place of a text to another."""

    kind: Kind
    start: int
    end: int


def find(text: str, names: Iterable[str] = (), order_numbers: re.Pattern[str] | None = None) -> Sequence[Found]:
    """What is personal in a text, in its order; `names` are those of people who are known to be in it.

    The numbers of orders look different in every shop; they are found by the shop's own pattern.
    """
    plain = text.translate(_FULL_WIDTH)
    taken: list[Found] = []
    for kind, start, end in _candidates(plain, names, order_numbers):
        if all(end <= other.start or other.end <= start for other in taken):
            taken.append(Found(kind, start, end))
    return sorted(taken, key=lambda found: found.start)


def without_personal(
    text: str, names: Iterable[str] = (), order_numbers: re.Pattern[str] | None = None, public: str = ""
) -> str:
    """The text with `[phone]`, `[email]` and the like in place of what is personal.

    What stands in `public` word for word (the shop's own telephone number in the passage that is quoted) stays.
    """
    pieces, end = [], 0
    for found in find(text, names, order_numbers):
        if text[found.start : found.end] in public:
            continue
        pieces += [text[end : found.start], f"[{found.kind}]"]
        end = found.end
    return "".join([*pieces, text[end:]])


def _candidates(
    plain: str, names: Iterable[str], order_numbers: re.Pattern[str] | None
) -> Iterator[tuple[Kind, int, int]]:
    """Everything that may be personal; what comes first has the better claim."""
    for rule in RULES:
        for match in rule.pattern.finditer(plain):
            group = 1 if rule.pattern.groups else 0
            if rule.holds is None or rule.holds(match[group]):
                yield rule.kind, *match.span(group)
    if order_numbers is not None:
        yield from ((Kind.ORDER, *match.span()) for match in order_numbers.finditer(plain) if match[0])
    if spelt := [re.escape(part) for name in names for part in _parts(name)]:
        pattern = re.compile("|".join(sorted(spelt, key=len, reverse=True)))
        yield from ((Kind.NAME, *match.span()) for match in pattern.finditer(plain) if _is_apart(plain, match))


def _parts(name: str) -> Iterator[str]:
    yield from [name] if name.strip() else []
    words = name.split()
    if len(words) > 1:
        yield from (word for word in words if len(word) >= _SHORTEST_PART and word[0].isupper())


def _is_apart(text: str, match: re.Match[str]) -> bool:
    """Whether a name is not the middle of a longer Latin word."""
    around = text[max(match.start() - 1, 0) : match.start()] + text[match.end() : match.end() + 1]
    return not match[0].isascii() or not any(sign.isascii() and sign.isalnum() for sign in around)
