"""`python -m bench.confidence DIR ...`: fit the confidence logistic and show how well it separates.

Each DIR holds `corpus.jsonl` ({id, title, text}) and `queries.jsonl` ({text, gold: [ids]}, gold empty when nothing
answers). Documents whose lines are ways of asking one question are read as entries with variants (`--entries`
names those folders). The sample shop takes part with every variant asked while it is held out, and asked again
while its whole entry is. Ranking and features are the product's own; only Milvus is replaced by an exact product.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from frontdesk.answering.confidence import covered_lead
from frontdesk.knowledge import lexical
from frontdesk.knowledge.retrieval import Passage

MOST_QUERIES = 600


@dataclass(frozen=True)
class Text:
    """A chunk: its source, what is matched, and the whole source for coverage."""

    source: str
    matched: str
    whole: str


@dataclass(frozen=True)
class Asked:
    """A question, the sources that answer it, and chunks or sources that are held out."""

    text: str
    gold: frozenset[str]
    without_chunk: int | None = None
    without_source: str | None = None


class Corpus:
    """Chunks that can be ranked exactly."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self.texts = texts
        self.counts = [lexical.terms(text.matched) for text in texts]
        self.wholes = {text.source: lexical.terms(text.whole) for text in texts}
        self.frequencies: dict[int, int] = {}
        for counts in self.counts:
            for term in {lexical.term_id(term) for term in counts}:
                self.frequencies[term] = self.frequencies.get(term, 0) + 1
        self._columns = {term: column for column, term in enumerate(self.frequencies)}
        self._matrix = self._sparse([lexical.stored_vector(counts) for counts in self.counts])
        self._sources = np.array([text.source for text in texts])

    def passages(self, asked: Asked) -> tuple[list[Passage], list[str]]:
        """The two best sources as passages, and their names."""
        question = lexical.question(asked.text, self.frequencies, len(self.texts))
        scores = (self._matrix @ self._sparse([question.vector]).T).toarray().ravel()
        if asked.without_chunk is not None:
            scores[asked.without_chunk] = -1
        if asked.without_source is not None:
            scores[self._sources == asked.without_source] = -1
        itself = lexical.inner(question.vector, lexical.stored_vector(lexical.terms(asked.text))) or 1.0
        best: dict[str, int] = {}
        for row in np.argsort(-scores, kind="stable")[:40]:
            if scores[row] > 0:
                best.setdefault(str(self._sources[row]), int(row))
        rows = list(best.values())[:2]
        found = [self._passage(row, float(scores[row]) / itself, question) for row in rows]
        return found, [self.texts[row].source for row in rows]

    def _passage(self, row: int, score: float, question: lexical.Question) -> Passage:
        text = self.texts[row]
        score = min(1.0, score)
        return Passage(
            title="",
            text=text.matched,
            location={},
            document_id=None,
            entry_id=None,
            score=score,
            lexical=score,
            dense=None,
            coverage=question.coverage(self.wholes[text.source]),
        )

    def _sparse(self, vectors: Iterable[lexical.SparseVector]) -> csr_matrix:
        triples = [
            (row, self._columns[term], weight)
            for row, vector in enumerate(vectors)
            for term, weight in vector.items()
            if term in self._columns
        ]
        rows, columns, weights = zip(*triples, strict=True) if triples else ((), (), ())
        count = max(rows, default=0) + 1
        return csr_matrix((weights, (rows, columns)), shape=(count, len(self._columns)))


def read(folder: Path, as_entries: bool) -> tuple[Corpus, list[Asked]]:
    """A prepared set."""
    texts = []
    for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines():
        document = json.loads(line)
        whole = f"{document.get('title') or ''}\n{document['text']}"
        for part in document["text"].splitlines() if as_entries else [whole]:
            texts.append(Text(document["id"], part, whole))
    queries = [json.loads(line) for line in (folder / "queries.jsonl").read_text("utf-8").splitlines()]
    asked = [Asked(query["text"], frozenset(query["gold"])) for query in queries]
    picked = np.random.default_rng(7).permutation(len(asked))[:MOST_QUERIES]
    return Corpus(texts), [asked[i] for i in picked]


def read_sample_shop() -> tuple[Corpus, list[Asked]]:
    """The sample shop's entries, each variant held out alone and with its entry."""
    texts, asked = [], []
    folder = resources.files("frontdesk") / "sample_shop"
    for language in ("zh", "en"):
        for number, line in enumerate((folder / f"entries.{language}.jsonl").read_text("utf-8").splitlines()):
            entry = json.loads(line)
            source = f"{language}-{number}"
            for variant in entry["questions"]:
                others = [question for question in entry["questions"] if question != variant]
                asked.append(Asked(variant, frozenset([source]), without_chunk=len(texts)))
                asked.append(Asked(variant, frozenset(), without_source=source))
                texts.append(Text(source, variant, "\n".join([*others, entry["answer"]])))
            texts.append(Text(source, f"{entry['questions'][0]}\n{entry['answer']}", "\n".join([entry["answer"]])))
    return Corpus(texts), asked


def measure(corpus: Corpus, asked: Sequence[Asked]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covered leads, whether the first passage is right, and whether anything could answer."""
    rows, right, answerable = [], [], []
    for question in asked:
        passages, sources = corpus.passages(question)
        if passages:
            rows.append([covered_lead(passages)])
            right.append(sources[0] in question.gold)
            answerable.append(bool(question.gold))
    return np.array(rows), np.array(right), np.array(answerable)


def main() -> None:
    """Measure every set, fit on all of them with equal weight, print the coefficients and the separation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--entries", nargs="*", default=["clinc150_faq_en", "banking77_nearoos_en"])
    arguments = parser.parse_args()
    sets = {folder.name: read(folder, folder.name in arguments.entries) for folder in arguments.folders}
    sets["sample shop"] = read_sample_shop()
    measured = {name: measure(*read_set) for name, read_set in sets.items()}
    x = np.concatenate([rows for rows, _, _ in measured.values()])
    y = np.concatenate([right for _, right, _ in measured.values()])
    weights = np.concatenate([np.full(len(right), 1 / len(right)) for _, right, _ in measured.values()])
    model = LogisticRegression(C=1e3, max_iter=1000).fit(x, y, sample_weight=weights * len(y) / len(measured))
    print("intercept", np.round(model.intercept_, 2), "coefficients", np.round(model.coef_[0], 2))
    print(
        f"{'set':28} {'asked':>6} {'right':>6} {'AUROC':>6}   answered and wrong among answered at 0.4 0.5 0.6 0.7"
    )
    for name, (rows, right, _) in measured.items():
        scores = model.predict_proba(rows)[:, 1]
        shares = "   ".join(
            f"{(scores >= t).mean():.2f} {(~right[scores >= t]).mean() if (scores >= t).any() else 0:.3f}"
            for t in (0.4, 0.5, 0.6, 0.7)
        )
        print(f"{name:28} {len(right):6} {right.mean():6.3f} {roc_auc_score(right, scores):6.3f}   {shares}")


if __name__ == "__main__":
    main()
