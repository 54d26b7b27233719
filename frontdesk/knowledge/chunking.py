"""Cutting a document into chunks that answer on their own: along its structure first, then at sentence ends.

Sizes are estimated tokens: a Chinese character counts 1, a Latin word 1.3 or more.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import chain

from frontdesk.errors import Invalid
from frontdesk.knowledge.parsing import HEADING_SEPARATOR, Block, BlockKind, Location
from frontdesk.knowledge.parsing.sentence_ends import split_sentences
from frontdesk.knowledge.parsing.writing import CJK

SIZES = range(64, 1001)
"""How large chunks may be, in estimated tokens."""
OVERLAPS = range(201)
"""How much one chunk may repeat of the one before, in estimated tokens."""

_TOKEN = re.compile(f"[{CJK}]|[^\\W{CJK}]+")
_LETTERS_PER_TOKEN = 6
_SIGNS_PER_TOKEN = 20
_LATIN_WORD = 1.3
_CLAUSE = re.compile(r"[^，,；;、：:]*[，,；;、：:]*\s*")
_WORD = re.compile(r"\S+\s*|\s+")
_INTRODUCES = re.compile(r"[:：]$|如下|以下|\bfollowing\b|\bbelow\b", re.IGNORECASE)
_EMPTIEST = 0.25


class _Cut(IntEnum):
    """How good a place to cut is, from in front of a list's first item to between two paragraphs."""

    HARMFUL = 0
    SENTENCE = 1
    LIST_ITEM = 2
    PARAGRAPH = 3


_WORTH = {_Cut.HARMFUL: -1.0, _Cut.SENTENCE: 0.0, _Cut.LIST_ITEM: 0.35, _Cut.PARAGRAPH: 0.5}


@dataclass(frozen=True, slots=True)
class Measure:
    """How large a document's chunks may be and how much they may repeat, both in estimated tokens.

    Raises Invalid with chunking_size or chunking_overlap.
    """

    size: int = 320
    overlap: int = 0

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise Invalid(f"A passage has {SIZES[0]} to {SIZES[-1]} tokens.", code="chunking_size")
        if self.overlap not in OVERLAPS or 2 * self.overlap > self.size:
            raise Invalid(
                f"Passages repeat at most {OVERLAPS[-1]} tokens, and no more than half of their size.",
                code="chunking_overlap",
            )


@dataclass(frozen=True, slots=True)
class ChunkText:
    """A text to index and to quote, the headings that it stands under, where it begins, its pictures' digests."""

    text: str
    heading: str | None
    location: Location
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence or a part of one, with the blanks behind it; never longer than a chunk may be.

    `lead` is what a reader must know besides when a chunk begins with this unit: the sentence that introduces its
    list, the first cell of its row. A `repeated` unit stands in the chunk before already.
    """

    text: str
    tokens: float
    location: Location
    cut_before: _Cut
    on_new_line: bool
    lead: str = ""
    repeated: bool = False
    pictures: tuple[str, ...] = ()


def chunk(blocks: Iterable[Block], *, size: int = 320, overlap: int = 0) -> Iterator[ChunkText]:
    """The document as chunks of up to `size` tokens, in order and with all of its text.

    A table row is a chunk of its own; other text under the same heading is put together as far as it fits. When
    prose must be cut, up to `overlap` tokens of whole sentences are repeated in the next chunk. A heading without
    any text under it joins the text that follows. An answer that fits is one chunk with all of its sections, and a
    question without one is left out: it answers nothing, and must not join its neighbour's answer.
    """
    section: _Section | None = None
    headings: list[Block] = []
    lone: list[Block] = []
    for block in _whole_answers(blocks, size):
        lone += [heading for heading in headings if not _is_under(block, heading)]
        if block.kind is BlockKind.HEADING:
            headings = [heading for heading in headings if _is_under(block, heading)] + [block]
            continue
        block = _with_pictures_of(headings, block)
        headings = []
        if section is None or not section.takes(block):
            if section is not None:
                yield from section.close()
            section = _Section(block, size, overlap)
            section.add_headings(lone)
            lone = []
        section.add(block)
        yield from section.overflow()
    lone += headings
    if section is None and lone:
        section = _Section(replace(lone[0], location=replace(lone[0].location, heading=None)), size, overlap)
    if section is not None:
        section.add_headings(lone)
        yield from section.close()


def _whole_answers(blocks: Iterable[Block], size: int) -> Iterator[Block]:
    """The blocks, where the sections of a question's answer are one section if they fit into one chunk."""
    question: Block | None = None
    answer: list[Block] = []
    tokens = 0.0
    for block in blocks:
        if question is not None and (block.asks or not _is_under(block, question)):
            yield from _as_one(question, answer)
            question, answer = None, []
        if block.asks:
            question, tokens = block, 0.0
        elif question is None:
            yield block
        else:
            answer.append(block)
            tokens += estimated_tokens(block.text)
            if block.kind is BlockKind.ROW or tokens > size:
                yield from (question, *answer)
                question, answer = None, []
    if question is not None:
        yield from _as_one(question, answer)


def _as_one(question: Block, answer: Sequence[Block]) -> Iterator[Block]:
    if answer:
        yield question
    for block in answer:
        kind = BlockKind.PROSE if block.kind is BlockKind.HEADING else block.kind
        yield replace(block, kind=kind, location=replace(block.location, heading=question.location.heading))


def sentences(text: str) -> list[str]:
    """The sentences of a Chinese or English text, without the blanks around them."""
    return [sentence for part in split_sentences(text) if (sentence := part.strip())]


def estimated_tokens(text: str) -> float:
    """About how many tokens a model makes of the text."""
    counted = sum(
        1.0 if len(token) == 1 and not token.isascii() else max(_LATIN_WORD, len(token) / _LETTERS_PER_TOKEN)
        for token in _TOKEN.findall(text)
    )
    return max(counted, len(text) / _SIGNS_PER_TOKEN)


def _fitting(text: str, size: int, cuts: Sequence[re.Pattern[str]] = (_CLAUSE, _WORD)) -> Iterator[str]:
    """The text in parts of up to `size` tokens: cut at clauses, then at blanks, in the end anywhere."""
    if estimated_tokens(text) <= size:
        yield text
        return
    if not cuts:
        yield from (text[start : start + size] for start in range(0, len(text), size))
        return
    gathered, tokens = "", 0.0
    for part in cuts[0].findall(text):
        more = estimated_tokens(part)
        if gathered and tokens + more > size:
            yield gathered
            gathered, tokens = "", 0.0
        if more > size:
            yield from _fitting(part, size, cuts[1:])
        else:
            gathered, tokens = gathered + part, tokens + more
    if gathered:
        yield gathered


def _with_pictures_of(headings: Sequence[Block], block: Block) -> Block:
    """The first text under some headings, which has their pictures too."""
    pictures = chain.from_iterable(one.pictures for one in (*headings, block))
    return replace(block, pictures=tuple(dict.fromkeys(pictures))) if headings else block


def _is_under(block: Block, heading: Block) -> bool:
    path, above = block.location.heading or "", heading.location.heading or ""
    return path == above or path.startswith(above + HEADING_SEPARATOR)


@dataclass(slots=True)
class _Section:
    """Text under one heading, gathered until it is enough for a chunk."""

    first: Block
    size: int
    overlap: int
    _units: list[_Unit] = field(default_factory=list)
    _tokens: float = 0.0
    _lead: str = ""
    _last_kind: BlockKind | None = None

    def takes(self, block: Block) -> bool:
        """True when the block belongs to the same run of text."""
        return BlockKind.ROW not in (self.first.kind, block.kind) and (
            (block.location.heading, block.location.sheet)
            == (self.first.location.heading, self.first.location.sheet)
        )

    def add_headings(self, headings: Iterable[Block]) -> None:
        """Take in headings that have no text of their own, so that nothing is lost."""
        for heading in headings:
            self._append(heading, _Cut.PARAGRAPH, lead="")

    def add(self, block: Block) -> None:
        """Take in a block of this section."""
        cut, lead = _Cut.PARAGRAPH, ""
        if block.kind is BlockKind.LIST_ITEM:
            if self._last_kind is BlockKind.LIST_ITEM:
                cut = _Cut.LIST_ITEM
            else:
                self._lead = self._introduction()
                cut = _Cut.HARMFUL if self._lead else _Cut.PARAGRAPH
            lead = self._lead
        elif block.kind is BlockKind.ROW:
            lead = block.text.partition("; ")[0]
        self._append(block, cut, lead)
        self._last_kind = block.kind

    def overflow(self) -> Iterator[ChunkText]:
        """Chunks that are certain by now, so that a text without headings never gathers as a whole."""
        while self._tokens > 2 * self.size:
            yield self._take(self.size)

    def close(self) -> Iterator[ChunkText]:
        """The rest, in chunks of about the same size."""
        while self._units:
            chunks = max(1, math.ceil(self._tokens / self.size))
            yield self._take(self._tokens / chunks)

    def _introduction(self) -> str:
        """The sentence just before a list, if it is short enough to be repeated and says that something follows."""
        before = self._units[-1].text.strip() if self._units else ""
        return before if _INTRODUCES.search(before) and self._may_lead(before) else ""

    def _may_lead(self, text: str) -> bool:
        return estimated_tokens(text) <= self.size / 4

    def _append(self, block: Block, cut: _Cut, lead: str) -> None:
        for sentence in split_sentences(block.text):
            for part in _fitting(sentence, self.size):
                self._units.append(
                    _Unit(part, estimated_tokens(part), block.location, cut, cut is not _Cut.SENTENCE, lead)
                )
                self._tokens += self._units[-1].tokens
                cut = _Cut.SENTENCE
        self._units[-1] = replace(self._units[-1], pictures=block.pictures)  # they stand behind its text

    def _take(self, target: float) -> ChunkText:
        """Remove the first chunk, as near to the target size as a good place to cut allows."""
        count = self._best_cut(target)
        taken, self._units = self._units[:count], self._units[count:]
        self._units[:0] = self._repeated(taken)
        self._tokens = sum(unit.tokens for unit in self._units)
        text = "".join(("\n" + unit.text if unit.on_new_line else unit.text) for unit in taken)
        first = next(unit for unit in taken if not unit.repeated)
        heading = self.first.location.heading
        pictures = dict.fromkeys(chain.from_iterable(unit.pictures for unit in taken if not unit.repeated))
        return ChunkText(text.strip(), heading, replace(first.location, heading=heading), tuple(pictures))

    def _best_cut(self, target: float) -> int:
        best, best_worth, filled = 1, -math.inf, 0.0
        for count, unit in enumerate(self._units, start=1):
            filled += unit.tokens
            if filled > self.size and count > 1:
                break
            if unit.repeated:
                best = count + 1
                continue
            following = self._units[count] if count < len(self._units) else None
            worth = _WORTH[following.cut_before] if following else _WORTH[_Cut.PARAGRAPH]
            worth -= abs(filled - target) / self.size
            if filled < _EMPTIEST * target:
                worth -= 1
            if worth >= best_worth:
                best, best_worth = count, worth
        return best

    def _repeated(self, taken: list[_Unit]) -> list[_Unit]:
        """What the next chunk repeats: the end of this one, or what leads into its list or row."""
        if not self._units:
            return []
        following = self._units[0]
        again: list[_Unit] = []
        if (
            following.cut_before in (_Cut.LIST_ITEM, _Cut.SENTENCE)
            and following.lead
            and self._may_lead(following.lead)
        ):
            again = [
                _Unit(following.lead, estimated_tokens(following.lead), following.location, _Cut.PARAGRAPH, True)
            ]
        elif self.overlap:
            room = float(self.overlap)
            for unit in reversed(taken):
                room -= unit.tokens
                if room < 0 or unit.repeated:
                    break
                again.insert(0, unit)
        if sum(unit.tokens for unit in again) + following.tokens > self.size:
            return []
        return [replace(unit, repeated=True) for unit in again]
