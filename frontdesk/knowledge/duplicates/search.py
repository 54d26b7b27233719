"""Reading the draft of a knowledge base for what it says twice."""

import re
import time
import unicodedata
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from sqlalchemy import and_, func, select

from frontdesk.database import Sessions
from frontdesk.knowledge.duplicates.grouping import SharedTexts, shared_texts
from frontdesk.knowledge.duplicates.likeness import Rarity, likeness
from frontdesk.knowledge.duplicates.lookalikes import Lookalikes, Reread
from frontdesk.knowledge.index_models import TermCount
from frontdesk.knowledge.lexical import DIMENSION, unpack
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.spans import holds

CHUNKS_AT_ONCE = 2000
MOST_GROUPS = 1000
MOST_PLACES = 20

ALIKE_TEXTS = 0.7
ALIKE_QUESTIONS = 0.85
SAME_ANSWER = 0.9
LEAST_TERMS = 24
"""About a dozen words. Shorter passages say the same in many places, and nobody minds."""

_IS_QUESTION = and_(Chunk.entry_id.is_not(None), Chunk.heading.is_(None))
_FIGURES = re.compile(r"\d+|[零〇一二三四五六七八九十百千万两]+")
_NO_FIGURE = {"一", "两", "万"}
"""Alone they are parts of other words more often than figures."""


class Kind(StrEnum):
    """What is twice."""

    TWO_ANSWERS = "two_answers"  # entries with the same question, but not the same answer
    SAME_ENTRY = "same_entry"  # entries with the same question and the same answer
    SAME_TEXT = "same_text"  # passages of documents, or answers


@dataclass(frozen=True, slots=True)
class Group:
    """Sources that say the same.

    `chunks` are chunks that do, one of each source, up to MOST_PLACES; `sources` says how many sources there are,
    `texts` how many texts they have in common, `likeness` how alike the most alike of them are, from 0 to 1.
    """

    kind: Kind
    likeness: float
    chunks: Sequence[uuid.UUID]
    sources: int
    texts: int


@dataclass(frozen=True, slots=True)
class Found:
    """The groups that matter most, and the number of all; not complete if the time did not suffice."""

    groups: Sequence[Group]
    total: int
    is_complete: bool


class _Text(NamedTuple):
    """A chunk with the number of its source and its packed terms; `is_question`: a variant of an entry's."""

    chunk: uuid.UUID
    source: int
    is_question: bool
    terms: bytes


class DuplicateSearch:
    """One pass over one knowledge base, for at most `seconds`."""

    def __init__(self, sessions: Sessions, base: KnowledgeBase, seconds: float) -> None:
        self._sessions = sessions
        self._draft = (Chunk.knowledge_base_id == base.id, holds(Chunk.valid, base.draft))
        self._base = base
        self._due = time.monotonic() + seconds
        self._is_complete = True
        self._source_numbers: dict[uuid.UUID, int] = {}

    def run(self) -> Found:
        """What is twice: several answers to one question first, then what concerns most texts."""
        rarity = self._rarity()
        questions = _Pool(Lookalikes(rarity, ALIKE_QUESTIONS, least_terms=1))
        texts = _Pool(Lookalikes(rarity, ALIKE_TEXTS, LEAST_TERMS))
        for batch in self._batches():
            questions.add([text for text in batch if text.is_question])
            texts.add([text for text in batch if not text.is_question])
        same_questions = self._shared(questions)
        known = {questions.sources_of(shared) for shared in same_questions}
        groups = [self._entries_group(questions, shared, rarity) for shared in same_questions]
        groups += [
            texts.group(Kind.SAME_TEXT, shared)
            for shared in self._shared(texts)
            if texts.sources_of(shared) not in known
        ]
        order = list(Kind)
        groups.sort(key=lambda group: (order.index(group.kind), -group.texts, -group.likeness, group.chunks[0]))
        return Found(groups[:MOST_GROUPS], len(groups), self._is_complete)

    def _rarity(self) -> Rarity:
        with self._sessions() as session:
            counted = session.execute(
                select(TermCount.term, TermCount.sources).where(TermCount.knowledge_base_id == self._base.id)
            ).all()
        table = np.array(counted, np.int64).reshape(-1, 2)
        return Rarity(table[:, 0].astype(DIMENSION), table[:, 1], self._base.sources)

    def _batches(self) -> Iterator[list[_Text]]:
        """All texts of the draft, as long as there is time."""
        source = func.coalesce(Chunk.document_id, Chunk.entry_id)
        after = uuid.UUID(int=0)
        while not self._is_late():
            with self._sessions() as session:
                batch = session.execute(
                    select(Chunk.id, source, _IS_QUESTION, Chunk.terms)
                    .where(*self._draft, Chunk.id > after)
                    .order_by(Chunk.id)
                    .limit(CHUNKS_AT_ONCE)
                ).all()
            if not batch:
                return
            after = batch[-1][0]
            numbers = self._source_numbers
            yield [
                _Text(chunk_id, numbers.setdefault(source_id, len(numbers)), is_question, terms)
                for chunk_id, source_id, is_question, terms in batch
            ]

    def _is_late(self) -> bool:
        if time.monotonic() > self._due:
            self._is_complete = False
        return not self._is_complete

    def _shared(self, pool: "_Pool") -> list[SharedTexts]:
        def reread(numbers: Sequence[int]) -> list[Reread]:
            return self._reread([pool.chunks[number] for number in numbers])

        pairs = takewhile(lambda _: not self._is_late(), pool.lookalikes.pairs(reread))
        return shared_texts(pairs, pool.sources)

    def _reread(self, chunks: Sequence[uuid.UUID]) -> list[Reread]:
        """Chunks that are gone meanwhile are like none."""
        columns = (Chunk.id, Chunk.terms, Chunk.text, Chunk.entry_id, Chunk.location)
        with self._sessions() as session:
            rows = session.execute(select(*columns).where(Chunk.id.in_(chunks))).all()
        found = {
            chunk_id: Reread(terms, _must_share(text, entry_id is not None, location))
            for chunk_id, terms, text, entry_id, location in rows
        }
        return [found.get(chunk_id, Reread(b"")) for chunk_id in chunks]

    def _entries_group(self, pool: "_Pool", shared: SharedTexts, rarity: Rarity) -> Group:
        """Whether the entries that ask the same give the same answer."""
        asked = [pool.chunks[number] for number in shared.texts[:MOST_PLACES]]
        of_entries = Chunk.entry_id.in_(select(Chunk.entry_id).where(Chunk.id.in_(asked)))
        with self._sessions() as session:
            answers = [
                (text, terms)
                for text, terms in session.execute(
                    select(Chunk.text, Chunk.terms).where(*self._draft, of_entries, Chunk.heading.is_not(None))
                )
            ]
        is_one = all(_says_the_same(answers[0], answer, rarity) for answer in answers[1:])
        return pool.group(Kind.SAME_ENTRY if is_one else Kind.TWO_ANSWERS, shared)


class _Pool:
    """Texts that are compared with each other: the chunk and the source of each by its number."""

    def __init__(self, lookalikes: Lookalikes) -> None:
        self.lookalikes = lookalikes
        self.chunks: list[uuid.UUID] = []
        self.sources: list[int] = []

    def add(self, texts: Sequence[_Text]) -> None:
        """Take in texts."""
        self.chunks += [text.chunk for text in texts]
        self.sources += [text.source for text in texts]
        self.lookalikes.add([(text.source, text.terms) for text in texts])

    def sources_of(self, shared: SharedTexts) -> frozenset[int]:
        """Who shares them."""
        return frozenset(self.sources[number] for number in shared.texts)

    def group(self, kind: Kind, shared: SharedTexts) -> Group:
        """The same by chunks."""
        chunks = [self.chunks[number] for number in shared.texts[:MOST_PLACES]]
        return Group(kind, shared.likeness, chunks, len(shared.texts), shared.count)


def _must_share(text: str, is_entry: bool, location: Mapping[str, object]) -> str | None:
    """What tells texts of nearly the same words apart: the figures in entries, the first cell of a table's row."""
    if is_entry:
        return _figures(text)
    return text.partition("; ")[0] if "row" in location else None


def _says_the_same(one: tuple[str, bytes], other: tuple[str, bytes], rarity: Rarity) -> bool:
    (text, terms), (other_text, other_terms) = one, other
    if text == other_text:
        return True
    is_alike = likeness(unpack(terms)[0], unpack(other_terms)[0], rarity) >= SAME_ANSWER
    return is_alike and _figures(text) == _figures(other_text)


def _figures(text: str) -> str:
    found = _FIGURES.findall(unicodedata.normalize("NFKC", text))
    return " ".join(figure for figure in found if figure not in _NO_FIGURE)
