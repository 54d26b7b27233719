"""From the pieces that a reader saw to blocks under their headings.

People mark headings and lists in more ways than their programs offer: a bold line, 「一、配送范围」, "Q: ...",
"2) ...". What any reader finds as plain paragraphs is understood here, in one place.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from frontdesk.knowledge.parsing.asking import QUESTION_MARK, Part, without_mark
from frontdesk.knowledge.parsing.blocks import (
    LONGEST_HEADING,
    Block,
    BlockKind,
    Outline,
    Piece,
    has_words,
    with_following,
)
from frontdesk.knowledge.parsing.levels import EMPHASISED_LEVEL, QUESTION_LEVEL
from frontdesk.knowledge.parsing.pairs import paired
from frontdesk.knowledge.parsing.writing import BULLET, ends_sentence, one_line, tidy

_CHAPTER = re.compile(r"第\s*[一二三四五六七八九十百零〇\d]{1,5}\s*([编篇章节条部])")
_CHAPTER_LEVELS = {"编": 50, "篇": 50, "部": 50, "章": 51, "节": 52, "条": 53}
_CHINESE_NUMBER = re.compile(r"[一二三四五六七八九十]{1,3}\s*[、.．]")
_CHINESE_NUMBER_LEVEL = 60
_BRACKETED = re.compile(r"[【〖][^】〗]{1,40}[】〗]$")
_BRACKETED_LEVEL = 65
_NUMBER = re.compile(r"(?:[(（]?\d{1,2}[)）]|\d{1,2}[.．](?!\d)|\d{1,2}、|[①-⑳])\s*")


def compose(pieces: Iterable[Piece]) -> Iterator[Block]:
    """Blocks in the order of reading, each under the path of the headings that are open there."""
    outline = Outline()
    sheet = None
    in_list = False
    for piece, following in with_following(paired(_tidied(pieces))):
        if piece.place.sheet != sheet:
            outline, sheet = Outline(), piece.place.sheet
        level = _heading_level(piece, following)
        if piece.part is Part.QUESTION:
            in_list = False
        elif piece.part is Part.ANSWER:
            # Between two pairs may stand the title of what follows; one line of several is the answer's own.
            is_title = not in_list and following is not None and following.part is Part.QUESTION
            in_list = in_list or level is not None or _CHINESE_NUMBER.match(piece.text) is not None
            level = level if is_title else None
        if level is not None:
            title = one_line(_unmarked(piece.text, Part.QUESTION) if level == QUESTION_LEVEL else piece.text)
            outline.enter(level, title)
            asks = piece.part is Part.QUESTION
            yield Block(title, outline.locate(piece.place), BlockKind.HEADING, asks, piece.pictures)
        elif piece.kind in (BlockKind.ROW, BlockKind.LIST_ITEM):
            yield Block(piece.text, outline.locate(piece.place), piece.kind, pictures=piece.pictures)
        else:
            yield _paragraph(piece, outline)


def _tidied(pieces: Iterable[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        text = tidy(piece.text)
        if has_words(text):
            yield replace(piece, text=text)


def _heading_level(piece: Piece, following: Piece | None) -> float | None:
    """The level of the heading that this piece is, or None."""
    if piece.part is Part.QUESTION:
        return piece.level
    if piece.kind not in (BlockKind.HEADING, BlockKind.PROSE) or len(piece.text) > LONGEST_HEADING:
        return None
    if piece.kind is BlockKind.HEADING:
        return QUESTION_LEVEL if piece.level > EMPHASISED_LEVEL else piece.level
    return _level_by_wording(piece, following) if following is not None else None


def _level_by_wording(piece: Piece, following: Piece) -> float | None:
    if without_mark(piece.text, Part.QUESTION) is not None:
        return QUESTION_LEVEL
    numbered = _NUMBER.match(piece.text)
    asks = QUESTION_MARK.search(piece.text) is not None
    if numbered and asks and following.kind is BlockKind.PROSE and not _NUMBER.match(following.text):
        return QUESTION_LEVEL
    if ends_sentence(piece.text) and not (asks and piece.emphasised):
        return None
    chapter = _CHAPTER.match(piece.text)
    if chapter:
        return _CHAPTER_LEVELS[chapter.group(1)]
    if _CHINESE_NUMBER.match(piece.text) and not _CHINESE_NUMBER.match(following.text):
        return _CHINESE_NUMBER_LEVEL
    if _BRACKETED.match(piece.text):
        return _BRACKETED_LEVEL
    if piece.emphasised and (numbered or not following.emphasised):
        return EMPHASISED_LEVEL
    return None


def _paragraph(piece: Piece, outline: Outline) -> Block:
    bullet = BULLET.match(piece.text)
    if bullet:
        text, kind = f"- {piece.text[bullet.end() :].lstrip()}", BlockKind.LIST_ITEM
    elif _NUMBER.match(piece.text):
        text, kind = piece.text, BlockKind.LIST_ITEM
    else:
        text, kind = _unmarked(piece.text, Part.ANSWER), BlockKind.PROSE
    return Block(text, outline.locate(piece.place), kind, pictures=piece.pictures)


def _unmarked(text: str, part: Part) -> str:
    words = without_mark(text, part)
    return text if words is None else words
