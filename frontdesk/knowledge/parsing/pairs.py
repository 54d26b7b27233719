"""Documents that are made of questions with their answers: each question becomes the heading of its own answer.

A document counts as one when at least two pairs stand near each other; any other passes as it is.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from frontdesk.knowledge.parsing.asking import (
    QUESTION_MARK,
    Marks,
    Part,
    Said,
    asks,
    is_marked,
    without_number,
)
from frontdesk.knowledge.parsing.blocks import LONGEST_HEADING, BlockKind, Piece
from frontdesk.knowledge.parsing.levels import FIRST_LEVEL_BY_WORDING, QUESTION_LEVEL

LEAST_PAIRS = 2
_LOOK_AHEAD = 400
_LONGEST_QUESTION = 300
_BETWEEN_VARIANTS = " / "


def paired(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces in order. In a document of pairs a question is a heading, several that share an answer are one
    heading, the marks are gone, and `part` tells which is which.
    """
    remaining = iter(pieces)
    window: deque[Piece] = deque()
    while True:
        window.extend(islice(remaining, _LOOK_AHEAD - len(window)))
        if _pairs_in(window) >= LEAST_PAIRS:
            yield from _Telling().apart(chain(window, remaining))
            return
        is_end = len(window) < _LOOK_AHEAD
        for _ in range(len(window) if is_end else _LOOK_AHEAD // 2):
            yield window.popleft()
        if is_end:
            return


def _pairs_in(pieces: Iterable[Piece]) -> int:
    telling = _Telling()
    deque(telling.apart(pieces), maxlen=0)
    return telling.pairs


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that waits for its answer, and the piece that it was read from.

    It is `bare` when only its looks say so: it has no mark, and no reader took it for a heading.
    """

    piece: Piece
    words: str
    marked: bool
    sure: bool = True

    @property
    def bare(self) -> bool:
        return not self.marked and self.piece.kind is not BlockKind.HEADING

    def has_answer(self, piece: Piece, *, marked: bool) -> bool:
        """Whether this piece, coming next, answers it."""
        if self.bare and without_number(piece.text) != piece.text:
            return False  # both are items of one list
        return marked or self.sure or asks(self.words)


@dataclass(slots=True)
class _Telling:
    """Reads pieces and tells questions from answers; `pairs` counts those that are clearly so."""

    pairs: int = 0
    _marks: Marks = field(default_factory=Marks)
    _asked: list[_Asked] = field(default_factory=list)
    _answers_mark: bool = False
    _part: Part | None = None

    def apart(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces with their parts."""
        for piece in pieces:
            if piece.kind is BlockKind.ROW:
                yield from self._answer(piece)
            elif piece.kind is BlockKind.HEADING and not is_marked(piece.text):
                yield from self._heading(piece)
            elif _is_bare_question(piece) and not (self._answers_mark or self._marked()):
                yield from self._close()
                self._asked = [_Asked(piece, without_number(piece.text), marked=False)]
            else:
                yield from self._lines(piece)
        yield from self._close()

    def _marked(self) -> bool:
        return bool(self._asked) and self._asked[-1].marked

    def _heading(self, piece: Piece) -> Iterator[Piece]:
        yield from self._close()
        if asks(piece.text):
            self._asked = [_Asked(piece, piece.text, marked=False)]
        else:
            yield piece

    def _lines(self, piece: Piece) -> Iterator[Piece]:
        said = _put_together([said for line in piece.text.split("\n") for said in self._marks.read(line)])
        for one in said:
            narrowed = piece if len(said) == 1 else replace(piece, text=one.words)
            if one.part is Part.QUESTION and 0 < len(one.words) <= _LONGEST_QUESTION:
                if not self._marked():
                    yield from self._close()
                self._part, self._answers_mark = None, False
                self._asked.append(_Asked(narrowed, one.words, marked=True, sure=one.sure))
            elif one.part is Part.ANSWER:
                if one.words:
                    yield from self._answer(replace(piece, text=one.words, kind=BlockKind.PROSE), marked=True)
            else:
                yield from self._answer(narrowed)

    def _answer(self, piece: Piece, *, marked: bool = False) -> Iterator[Piece]:
        """A piece that begins an answer, goes on with one, or has nothing to do with any."""
        if self._asked and not all(asked.has_answer(piece, marked=marked) for asked in self._asked):
            yield from self._close(as_they_were=True)
        elif self._asked:
            self.pairs += marked or asks(self._asked[-1].words)
            question = self._question(self._asked)
            # Under a heading of its own an answer may have headings too; under a mere line it has none.
            self._part = Part.ANSWER if question.level >= FIRST_LEVEL_BY_WORDING else None
            self._answers_mark, self._asked = self._marked(), []
            yield question
        yield replace(piece, part=self._part) if piece.kind is not BlockKind.ROW else piece

    def _question(self, asked: list[_Asked]) -> Piece:
        first = asked[0].piece
        level = first.level if first.kind is BlockKind.HEADING else QUESTION_LEVEL
        words = _BETWEEN_VARIANTS.join(dict.fromkeys(one.words for one in asked))
        pictures = tuple(dict.fromkeys(chain.from_iterable(one.piece.pictures for one in asked)))
        return replace(
            first, text=words, kind=BlockKind.HEADING, level=level, part=Part.QUESTION, pictures=pictures
        )

    def _close(self, *, as_they_were: bool = False) -> Iterator[Piece]:
        """End the pair. A question that nobody answers stays one where its mark or its reader says so."""
        asked, self._asked, self._part, self._answers_mark = self._asked, [], None, False
        for one in asked:
            is_question = one.sure and not one.bare and asks(one.words)
            yield self._question([one]) if is_question and not as_they_were else one.piece


def _put_together(said: list[Said]) -> list[Said]:
    """What goes on with the line above it joined to that: to a question only where its answer comes below."""
    joined: list[Said] = []
    for at, one in enumerate(said):
        before = joined[-1] if joined else None
        if one.part is not Part.MORE or before is None:
            joined.append(one)
        elif before.part is not Part.QUESTION:
            joined[-1] = replace(before, words=f"{before.words}\n{one.words}".strip())
        elif any(later.part is Part.ANSWER for later in said[at:]):
            joined[-1] = replace(before, words=f"{before.words} {one.words}")
        else:
            joined.append(one)
    return joined


def _is_bare_question(piece: Piece) -> bool:
    """A line of its own that ends with a question mark and stands out: by a number, a "##", or in bold."""
    if piece.kind is BlockKind.HEADING or "\n" in piece.text or len(piece.text) > LONGEST_HEADING:
        return False
    stands_out = piece.emphasised or without_number(piece.text) != piece.text
    return stands_out and QUESTION_MARK.search(piece.text) is not None and not is_marked(piece.text)
