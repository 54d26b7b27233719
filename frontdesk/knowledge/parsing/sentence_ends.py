"""Where a sentence ends, in Chinese and in English."""

import re

from frontdesk.knowledge.parsing.writing import CJK

_CLOSING = "\"'”’」』）)\\]】》"
_CANDIDATE = re.compile(
    f"(?P<wide>[。！？；…]+[{_CLOSING}]*\\s*)|(?P<narrow>[.!?]+[{_CLOSING}]*)(?P<blank>\\s*)|\\n\\s*"
)
_WORD_BEFORE = re.compile(r"[^\s(（\[\"“‘'/,，]*$")
_WIDE = re.compile(f"[{CJK}]")
_ENUMERATOR = re.compile(r"\s*[(（]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})$")
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]$")
_ABBREVIATIONS = (
    "mr mrs ms dr prof st mt vs fig figs approx incl excl tel ext cf al dept est sec vol pp ed eds rev gen gov sgt "
    "capt lt jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri e.g i.e ca"
)
_NEVER_LAST = frozenset(_ABBREVIATIONS.split())
_BEFORE_NUMBERS = frozenset(("no", "nos", "nr", "art", "p"))
_SOMETIMES_LAST = frozenset(("a.m", "p.m", "etc", "inc", "ltd", "co", "corp", "bros", "jr", "sr"))
_LONGEST_WORD = 32


def split_sentences(text: str) -> list[str]:
    """The text in parts that end where its sentences end; put together they are the text again."""
    parts: list[str] = []
    start = 0
    for found in _CANDIDATE.finditer(text):
        if found["narrow"] is None or _ends(text, start, found):
            parts.append(text[start : found.end()])
            start = found.end()
    if start < len(text):
        parts.append(text[start:])
    return parts


def _ends(text: str, start: int, found: re.Match[str]) -> bool:
    """Whether the full stop, question or exclamation mark that was found ends the sentence begun at `start`."""
    at, following = found.start(), text[found.end() : found.end() + 1]
    if not following:
        return True
    if not found["blank"]:
        # Without a blank it is a decimal, a file name, an address, unless Chinese stands around it.
        after_wide = found["narrow"][0] != "." or _WIDE.match(text[at - 1 : at]) is not None
        return after_wide and _WIDE.match(following) is not None
    if "\n" in found["blank"]:
        return True
    if following.islower():
        return False
    if found["narrow"][0] != ".":
        return True
    return not _is_abbreviation(text, start, at, following)


def _is_abbreviation(text: str, start: int, at: int, following: str) -> bool:
    if at - start <= _LONGEST_WORD and _ENUMERATOR.match(text[start:at]):
        return True
    found = _WORD_BEFORE.search(text[max(start, at - _LONGEST_WORD) : at])
    word = found.group() if found else ""
    lower = word.lower()
    if lower in _NEVER_LAST:
        return True
    if lower in _BEFORE_NUMBERS and following.isdigit():
        return True
    if lower in _SOMETIMES_LAST:
        return not following.isupper()
    return _DOTTED.match(word) is not None or (len(word) == 1 and word.isupper())
