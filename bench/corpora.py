"""Knowledge bases that nobody stores, ranked exactly by the product's own code, and what they are asked."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.retrieval import lines
from frontdesk.answering.choices import best
from frontdesk.answering.choices import questions as choices_of
from frontdesk.confidence.features import Features
from frontdesk.confidence.labels import HeldOut, Wordings
from frontdesk.confidence.outcomes import Outcome
from frontdesk.evaluation import questions
from frontdesk.knowledge import lexical
from frontdesk.knowledge.chunks import chunks_of_entry
from frontdesk.knowledge.found import Passage, Retrieved
from frontdesk.knowledge.geometry import ASKED, spread
from frontdesk.knowledge.middles import DenseView
from frontdesk.knowledge.models import Chunk, Entry
from frontdesk.knowledge.ranking import Candidate, Searched, rank
from frontdesk.knowledge.retrieval import RIVALS
from frontdesk.knowledge.rows import rows_of_entry
from frontdesk.knowledge.segments import Row, Segment
from frontdesk.knowledge.trust import trust
from frontdesk.language import Language, detect

VERSION = 1
NOWHERE = uuid.UUID(int=0)
"""The knowledge base of entries that nobody stores."""
Vectors = Callable[[Sequence[str]], NDArray[np.float32]]
"""Makes the vectors of texts, of length one."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Entries, and questions with the entries that answer them."""

    name: str
    entries: Sequence[Wordings]
    asked: Sequence[tuple[str, frozenset[uuid.UUID]]]


def read(sources: str) -> QuestionSet:
    """A prepared set, or `SET+INTENTS`: with the utterances of INTENTS as ways to ask for what is named like them.

    Their texts are left away then, since they consist of such utterances. What nothing answers among the intents'
    own questions (oos_train.jsonl) is asked, too.
    """
    folders = [Path(folder) for folder in sources.split("+")]
    found = questions.read(folders[0])
    wordings = {item.id: [item.title or item.id, *item.questions] for item in found.items}
    asked = [(one.text, one.gold) for one in found.asked]
    for intents in folders[1:]:
        named = {item.title.casefold().replace("_", " "): item.id for item in found.items}
        for line in lines(intents, "train.jsonl"):
            entry = named.get(line["intent"].casefold().replace("_", " "))
            if entry is not None and line["text"].strip():
                wordings[entry].append(line["text"])
        if (intents / "oos_train.jsonl").exists():
            asked += [(line["text"], frozenset()) for line in lines(intents, "oos_train.jsonl")]
    ids = {item.id: uuid.uuid5(NOWHERE, item.id) for item in found.items}
    answers = {item.id: item.title if len(folders) > 1 else item.text for item in found.items}
    entries = [Wordings(ids[item.id], _unique(wordings[item.id]), answers[item.id]) for item in found.items]
    name = "+".join(folder.resolve().name for folder in folders)
    return QuestionSet(name, entries, [(text, frozenset(ids[one] for one in gold)) for text, gold in asked])


@dataclass(frozen=True, slots=True)
class Offer:
    """What one could choose from: what speaks for one of it, None for nothing, and whether the right is there."""

    features: Features | None
    has_right: bool


class Corpus:
    """Entries that can be ranked exactly, with a dense leg where there are vectors."""

    def __init__(self, entries: Sequence[Wordings], vectors: Vectors | None) -> None:
        self._vectors = vectors
        self._entries = {entry.entry_id: entry for entry in entries}
        if vectors is not None:
            vectors([chunk.searchable for entry in entries for chunk in _chunks_of(entry)])
        rows = [self._rows_of(entry) for entry in entries]
        self._rows = {of_entry[0].source: of_entry for of_entry in rows}
        firsts = np.cumsum([0, *map(len, rows)]).tolist()
        self._places = {of_entry[0].source: first for of_entry, first in zip(rows, firsts, strict=False)}
        self._segment = Segment.of([row for of_entry in rows for row in of_entry])
        if vectors is not None:
            of_rows = self._segment.vectors_like(np.zeros(0, np.float32)).exact
            self._mean, self._precision = spread(of_rows, self._segment.groups.bounds)
            some = sorted(entries, key=lambda entry: entry.entry_id)[:ASKED]
            sources = ((entry.questions, entry.answer) for entry in some)
            self._trust = trust(sources, lambda texts, purpose: vectors(texts))

    def trust(self, text: str) -> float | None:
        """How far the dense leg is believed for a question like this; None without one."""
        return None if self._vectors is None else self._trust[lexical.written_in_chinese(text)]

    def ask(self, text: str, gold: frozenset[uuid.UUID]) -> tuple[Outcome, Offer]:
        """A question that these entries answer."""
        found = self._found(text, [self._segment])
        choices = choices_of(found.passages, detect(text, Language.EN))
        right = {self._title(entry) for entry in gold}
        features = Features.of(found, best(found.passages)) if choices else None
        return _outcome(found, gold), Offer(features, not right.isdisjoint(choices))

    def ask_held_out(self, held: HeldOut) -> Outcome:
        """A question of an entry's own, with the entry as it says."""
        gone = {
            self._places[entry] + number: replace(row, valid=())
            for entry in held.without
            for number, row in enumerate(self._rows[entry])
        }
        segments = [self._segment.changed(gone)]
        if held.instead is not None:
            segments.append(Segment.of(self._rows_of(held.instead)))
        gold = frozenset([held.instead.entry_id]) if held.instead else frozenset[uuid.UUID]()
        return _outcome(self._found(held.text, segments), gold)

    def _found(self, text: str, segments: Sequence[Segment]) -> Retrieved:
        counts = lexical.terms(text)
        corpus = lexical.Corpus.joined([segment.corpus(VERSION) for segment in segments])
        dimensions = sorted(map(lexical.term_id, counts))
        frequencies = dict.fromkeys(dimensions, 0)
        for segment in segments:
            for dimension, frequency in segment.frequencies(VERSION, dimensions).items():
                frequencies[dimension] += frequency
        question = lexical.question(text, counts, frequencies, corpus)
        vector = None if self._vectors is None else self._vectors([text])[0]
        view = None if vector is None else DenseView(vector, self._mean, self._precision)
        searched = [Searched(NOWHERE, segments, VERSION, view)]
        trust = self.trust(text)
        ranking = rank(searched, question, corpus.average_terms, trust, RIVALS)
        passages = [self._passage(candidate) for candidate in ranking.candidates]
        return Retrieved([], frozenset(), passages, passages, ranking.nearest, trust, [], [], {})

    def _title(self, entry_id: uuid.UUID) -> str:
        return self._entries[entry_id].questions[0].strip()

    def _passage(self, candidate: Candidate) -> Passage:
        return Passage(
            knowledge_base_id=NOWHERE,
            version=VERSION,
            chunk_id=candidate.chunk,
            title=self._title(candidate.source),
            text=self._entries[candidate.source].answer,
            location={},
            document_id=None,
            entry_id=candidate.source,
            url=None,
            score=candidate.score,
            lexical=candidate.lexical,
            dense=candidate.dense,
            coverage=candidate.coverage,
            words=candidate.words,
            head=candidate.head,
        )

    def _rows_of(self, entry: Wordings) -> list[Row]:
        """The rows of an entry."""
        return rows_of_entry(entry.entry_id, entry.questions, entry.answer, self._vectors_of)

    def _vectors_of(self, chunks: Sequence[Chunk]) -> Mapping[bytes, NDArray[np.float32]]:
        if self._vectors is None:
            return {}
        made = self._vectors([chunk.searchable for chunk in chunks])
        return {chunk.digest: vector for chunk, vector in zip(chunks, made, strict=True)}


def _outcome(found: Retrieved, gold: frozenset[uuid.UUID]) -> Outcome:
    right = bool(found.passages) and found.passages[0].entry_id in gold
    return Outcome(Features.of(found), right, bool(gold))


def _chunks_of(entry: Wordings) -> list[Chunk]:
    stored = Entry(id=entry.entry_id, revision=1, questions=list(entry.questions), answer=entry.answer)
    return list(chunks_of_entry(stored))


def _unique(wordings: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(wordings))
