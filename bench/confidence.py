"""`python -m bench.confidence DIR ...`: fit the confidence logistic and show how well it separates.

Each DIR is a set as `frontdesk evaluate` reads it. The sample shop takes part with every variant asked while it is
held out, and asked again while its whole entry is. Ranking and features are the product's own, by words alone.
"""

import argparse
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from frontdesk.answering.confidence import covered_lead
from frontdesk.evaluation import questions
from frontdesk.knowledge import lexical
from frontdesk.knowledge.chunks import chunks_of_entry
from frontdesk.knowledge.found import Passage
from frontdesk.knowledge.models import Chunk, Entry
from frontdesk.knowledge.ranking import Candidate, Searched, rank
from frontdesk.knowledge.sample_entries import sample_entries
from frontdesk.knowledge.segments import Row, Segment
from frontdesk.knowledge.spans import OPEN
from frontdesk.language import Language

MOST_QUERIES = 600
ALWAYS = ((1, OPEN),)
NOWHERE = uuid.UUID(int=0)
"""The knowledge base of entries that nobody stores."""


@dataclass(frozen=True)
class Asked:
    """A question, the entries that answer it, and an entry that is left out meanwhile, or replaced by a lesser."""

    text: str
    gold: frozenset[uuid.UUID]
    without: uuid.UUID | None = None
    instead: Entry | None = None


class Corpus:
    """Entries that can be ranked exactly."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        rows = [row for entry in entries for row in rows_of(entry)]
        self._answers = {entry.id: entry.answer for entry in entries}
        self._rows = {row.id: (number, row) for number, row in enumerate(rows)}
        self._segment = Segment.of(rows)
        self._corpus = lexical.Corpus.of([row.source_terms for row in rows if row.source_terms])
        dimensions, counts = self._segment.wholes.dimensions, np.diff(self._segment.wholes.bounds)
        self._frequencies = dict(zip(dimensions.tolist(), counts.tolist(), strict=True))

    def passages(self, asked: Asked) -> tuple[list[Passage], list[uuid.UUID]]:
        """The best entries as passages, and which they are."""
        segments = [self._segment]
        if asked.without:
            gone = {n: replace(row, valid=()) for n, row in self._rows.values() if row.source == asked.without}
            segments = [self._segment.changed(gone)]
        if asked.instead:
            segments.append(Segment.of(rows_of(asked.instead)))
        question = lexical.question(asked.text, lexical.terms(asked.text), self._frequencies, self._corpus)
        searched = Searched(NOWHERE, segments, version=1)
        found = rank([searched], question, self._corpus.average_terms, None)[:5]
        return [self._passage(candidate) for candidate in found], [candidate.source for candidate in found]

    def _passage(self, candidate: Candidate) -> Passage:
        return Passage(
            knowledge_base_id=candidate.knowledge_base_id,
            version=1,
            chunk_id=candidate.chunk,
            title="",
            text=self._answers[candidate.source],
            location={},
            document_id=None,
            entry_id=candidate.source,
            url=None,
            score=candidate.score,
            lexical=candidate.lexical,
            dense=None,
            coverage=candidate.coverage,
        )


def rows_of(entry: Entry) -> list[Row]:
    """The rows of an entry."""
    return [row_of(entry, chunk) for chunk in chunks_of_entry(entry)]


def row_of(entry: Entry, chunk: Chunk) -> Row:
    """One of them."""
    return Row(chunk.id, entry.id, chunk.terms, None, chunk.source_terms, ALWAYS, None)


def entry_of(wordings: Sequence[str], answer: str, identity: uuid.UUID | None = None) -> Entry:
    """An entry that nobody stores."""
    return Entry(id=identity or uuid.uuid4(), revision=1, questions=list(wordings), answer=answer)


def read(folder: Path) -> tuple[Corpus, list[Asked]]:
    """A prepared set."""
    found = questions.read(folder)
    entries = {item.id: entry_of([item.title or item.id], item.text) for item in found.items}
    asked = [Asked(one.text, frozenset(entries[gold].id for gold in one.gold)) for one in found.asked]
    picked = np.random.default_rng(7).permutation(len(asked))[:MOST_QUERIES]
    return Corpus(list(entries.values())), [asked[i] for i in picked]


def read_sample_shop() -> tuple[Corpus, list[Asked]]:
    """The sample shop's entries, each variant held out alone and with its entry."""
    entries = [entry_of(text.questions, text.answer) for language in Language for text in sample_entries(language)]
    return Corpus(entries), [asked for entry in entries for asked in held_out(entry)]


def held_out(entry: Entry) -> Iterator[Asked]:
    """Each variant, to be found by the others, and to be handed over without its entry."""
    for variant in entry.questions:
        others = [question for question in entry.questions if question != variant]
        if others:
            yield Asked(variant, frozenset([entry.id]), entry.id, entry_of(others, entry.answer, entry.id))
        yield Asked(variant, frozenset(), entry.id)


def measure(corpus: Corpus, asked: Sequence[Asked]) -> tuple[np.ndarray, np.ndarray]:
    """Covered leads, and whether the first passage is right."""
    rows, right = [], []
    for question in asked:
        passages, sources = corpus.passages(question)
        if passages:
            rows.append([covered_lead(passages)])
            right.append(sources[0] in question.gold)
    return np.array(rows), np.array(right)


def main() -> None:
    """Measure every set, fit on all of them with equal weight, print the coefficients and the separation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    arguments = parser.parse_args()
    sets = {folder.name: read(folder) for folder in arguments.folders}
    sets["sample shop"] = read_sample_shop()
    measured = {name: measure(*read_set) for name, read_set in sets.items()}
    x = np.concatenate([rows for rows, _ in measured.values()])
    y = np.concatenate([right for _, right in measured.values()])
    weights = np.concatenate([np.full(len(right), 1 / len(right)) for _, right in measured.values()])
    model = LogisticRegression(C=1e3, max_iter=1000).fit(x, y, sample_weight=weights * len(y) / len(measured))
    print("intercept", np.round(model.intercept_, 2), "coefficients", np.round(model.coef_[0], 2))
    print(
        f"{'set':28} {'asked':>6} {'right':>6} {'AUROC':>6}   answered and wrong among answered at 0.4 0.5 0.6 0.7"
    )
    for name, (rows, right) in measured.items():
        scores = model.predict_proba(rows)[:, 1]
        shares = "   ".join(
            f"{(scores >= t).mean():.2f} {(~right[scores >= t]).mean() if (scores >= t).any() else 0:.3f}"
            for t in (0.4, 0.5, 0.6, 0.7)
        )
        print(f"{name:28} {len(right):6} {right.mean():6.3f} {roc_auc_score(right, scores):6.3f}   {shares}")


if __name__ == "__main__":
    main()
