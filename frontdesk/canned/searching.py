"""Finding a canned response by some of its words. Pure."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

Found = TypeVar("Found")


class Place(NamedTuple):
    """Where a response comes among those that were found: lower is better."""

    in_text_only: bool
    not_at_start: bool
    name: str


def place(query: str, name: str, text: str) -> Place | None:
    """Where a response comes; None unless each word of the query stands in its name or its text.

    Part of a word is enough, which is how Chinese is searched without being cut into words.
    """
    query, name, text = _folded(query), _folded(name), _folded(text)
    if not all(word in name or word in text for word in query.split()):
        return None
    return Place(not all(word in name for word in query.split()), not name.startswith(query), name)


def found(query: str, responses: Iterable[Found], words: Callable[[Found], tuple[str, str]]) -> list[Found]:
    """Those that fit, best first; `words` are the name and the text of one."""
    placed = [(place(query, *words(one)), one) for one in responses]
    fitting = [(where, one) for where, one in placed if where is not None]
    return [one for _, one in sorted(fitting, key=lambda pair: pair[0])]


def _folded(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold().strip()
