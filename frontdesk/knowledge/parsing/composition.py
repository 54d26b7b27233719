"""From the pieces that a reader saw to blocks under their headings.

People mark headings and lists in more ways than their programs offer: a bold line, 「一、配送范围」, "Q: ...",
"2) ...". What any reader finds as plain paragraphs is understood here, in one place.
"""

import re
from collections.abc import Iterable, Iterator

from frontdesk.knowledge.parsing.blocks import (
    LONGEST_HEADING,
    Block,
    BlockKind,
    Outline,
    Piece,
    with_following,
)
from frontdesk.knowledge.parsing.writing import BULLET, ends_sentence, one_line, tidy

_CHAPTER = re.compile(r"第\s*[一二三四五六七八九十百零〇\d]{1,5}\s*([编篇章节条部])")
_CHAPTER_LEVELS = {"编": 50, "篇": 50, "部": 50, "章": 51, "节": 52, "条": 53}
_CHINESE_NUMBER = re.compile(r"[一二三四五六七八九十]{1,3}\s*[、.．]")
_CHINESE_NUMBER_LEVEL = 60
_BRACKETED = re.compile(r"[【〖][^】〗]{1,40}[】〗]$")
_BRACKETED_LEVEL = 65
EMPHASISED_LEVEL = 70
QUESTION_LEVEL = 80

_QUESTION = re.compile(r"(?:Q|Question|问题|問題|问|問)\s*\d{0,3}\s*[.、．]?\s*[:：]\s*", re.IGNORECASE)
_ANSWER = re.compile(r"(?:A|Answer|答案|答)\s*\d{0,3}\s*[.、．]?\s*[:：]\s*", re.IGNORECASE)
_NUMBER = re.compile(r"(?:[(（]?\d{1,2}[)）]|\d{1,2}[.．](?!\d)|\d{1,2}、|[①-⑳])\s*")
_QUESTION_MARK = re.compile(r"[?？][\"'”’」』）)]?$")


def compose(pieces: Iterable[Piece]) -> Iterator[Block]:
    """Blocks in the order of reading, each under the path of the headings that are open there."""
    outline = Outline()
    sheet = None
    for piece, following in with_following(_tidied(pieces)):
        if piece.place.sheet != sheet:
            outline, sheet = Outline(), piece.place.sheet
        level = _heading_level(piece, following)
        if level is not None:
            title = one_line(_QUESTION.sub("", piece.text, count=1) if level == QUESTION_LEVEL else piece.text)
            outline.enter(level, title)
            yield Block(title, outline.locate(piece.place), BlockKind.HEADING)
        elif piece.kind in (BlockKind.ROW, BlockKind.LIST_ITEM):
            yield Block(piece.text, outline.locate(piece.place), piece.kind)
        else:
            yield _paragraph(piece, outline)


def _tidied(pieces: Iterable[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        text = tidy(piece.text)
        if any(character.isalnum() for character in text):
            yield Piece(text, piece.kind, piece.level, piece.emphasised, piece.place)


def _heading_level(piece: Piece, following: Piece | None) -> float | None:
    """The level of the heading that this piece is, or None."""
    if piece.kind not in (BlockKind.HEADING, BlockKind.PROSE) or len(piece.text) > LONGEST_HEADING:
        return None
    if piece.kind is BlockKind.HEADING:
        return QUESTION_LEVEL if piece.level > EMPHASISED_LEVEL else piece.level
    return _level_by_wording(piece, following) if following is not None else None


def _level_by_wording(piece: Piece, following: Piece) -> float | None:
    if _QUESTION.match(piece.text):
        return QUESTION_LEVEL
    numbered = _NUMBER.match(piece.text)
    asks = _QUESTION_MARK.search(piece.text) is not None
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
        text, kind = (
            _ANSWER.sub("", piece.text, count=1) if _ANSWER.match(piece.text) else piece.text,
            BlockKind.PROSE,
        )
    return Block(text, outline.locate(piece.place), kind)
