"""Facts about written Chinese and English that readers and chunking share."""

import re
import unicodedata
from collections.abc import Iterable

from frontdesk.knowledge.parsing.asking import is_marked

UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CJK = UNSPACED + "\uac00-\ud7af"
FULL_WIDTH = "\u3000-\u303f\uff00-\uffef\u2018-\u201d\u2026"

# As much of a text as is looked at to see how it ends; patterns that end with $ would search all of it.
_ENDING = 16

_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff]")
_BLANKS = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n[ \n]*")
_LOOKALIKES = re.compile("[\u2e80-\u2fdf\ufb00-\ufb06]")
_WIDE_ENDING = re.compile(f"[{UNSPACED}{FULL_WIDTH}]$")
_WIDE_BEGINNING = re.compile(f"^[{UNSPACED}{FULL_WIDTH}]")
_BETWEEN_WIDE = re.compile(f"(?<=[{UNSPACED}{FULL_WIDTH}]) (?=[{UNSPACED}{FULL_WIDTH}])")
_SPLIT_WORD = re.compile(r"[^\W\d_]{2}[-\u2010]$")
_LOWERCASE_BEGINNING = re.compile(r"^[a-zà-öø-ÿ]")
_WIDE = re.compile(f"[{CJK}{FULL_WIDTH}]")
BULLET = re.compile(r"[•·●▪■◆◇○◦‣⁃✓✔➢►→*–—-]\s+|[•·●▪■◆◇○◦‣⁃✓✔➢►\uf0b7\uf06c\uf0d8](?=\S)")
_OPENING = re.compile(
    BULLET.pattern + r"|[(（]?\d{1,2}[)）、]|\d{1,2}[.．]\s|[①-⑳]|[一二三四五六七八九十]{1,3}、"
    r"|第[一二三四五六七八九十百\d]{1,5}[章节条]"
)
_SENTENCE_END = re.compile(r"[.。!！?？;；:：…][\"'”’」』）)\]]*$")


def tidy(text: str) -> str:
    """Text without invisible characters and with single blanks; line breaks stay."""
    text = _UNWANTED.sub("", text)
    return _AROUND_BREAK.sub("\n", _BLANKS.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """The same on a single line; a break between two Chinese characters leaves no blank."""
    joined = ""
    for line in tidy(text).split("\n"):
        joined = join_wrapped(joined, line)
    return joined


def join_wrapped(before: str, after: str) -> str:
    """Two lines of one paragraph as one: mends hyphenated words, sets no blank between Chinese characters."""
    if not before or not after:
        return before + after
    ending = before[-_ENDING:]
    if _SPLIT_WORD.search(ending) and _LOWERCASE_BEGINNING.search(after):
        return before[:-1] + after
    if ending.endswith("-") or _WIDE_ENDING.search(ending) or _WIDE_BEGINNING.search(after):
        return before + after
    return f"{before} {after}"


def join_words(words: Iterable[str]) -> str:
    """Words of one line as text, without blanks between Chinese characters."""
    return _BETWEEN_WIDE.sub("", " ".join(words))


def begins_anew(text: str) -> bool:
    """True for a line that opens a list item, a question or an answer, so that it never continues the one above."""
    return _OPENING.match(text.lstrip()) is not None or is_marked(text)


def is_bullet(text: str) -> bool:
    """True for a line that opens with a bullet sign."""
    return BULLET.match(text) is not None


def display_width(text: str) -> int:
    """Columns that the text takes where a Chinese character is as wide as two letters."""
    return len(text) + len(_WIDE.findall(text))


def ends_sentence(text: str) -> bool:
    """True when the text ends with a mark after which a new paragraph may begin."""
    return _SENTENCE_END.search(text[-_ENDING:]) is not None


def plain_characters(text: str) -> str:
    """Replaces ligatures and radicals that some PDFs hold in place of ordinary letters and Chinese characters."""
    return _LOOKALIKES.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)
