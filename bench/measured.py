"""What the questions of sets come to, ranked as the product does, kept in a folder for the next benchmark."""

import hashlib
import pickle
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import corpora
from bench.corpora import Corpus, Offer, QuestionSet, Vectors
from bench.retrieval import embedder
from frontdesk.answering import choices as choices_code
from frontdesk.confidence import features as features_code
from frontdesk.confidence import labels as labels_code
from frontdesk.confidence import outcomes as outcomes_code
from frontdesk.confidence.labels import MOST, held_out
from frontdesk.confidence.outcomes import Outcome
from frontdesk.knowledge import groups, lexical, middles, postings, ranking, segments
from frontdesk.models_client import Embedder, Purpose

LEAST_OUTSIDE = 0.18
"""The share of traffic that nothing answers, unless the set has more of it."""
MOST_ASKED = 4000
CODE = (
    corpora,
    choices_code,
    features_code,
    labels_code,
    outcomes_code,
    lexical,
    postings,
    groups,
    middles,
    ranking,
    segments,
)
"""What was asked is kept until one of these changes."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a set's questions, and its own ones held out, came to.

    `offers` are what who asked could choose from.
    """

    name: str
    asked: Sequence[Outcome]
    offers: Sequence[Offer]
    held: Sequence[Outcome]
    has_wordings: bool
    trust: float | None

    @property
    def outside(self) -> float:
        """The share of traffic that nothing answers."""
        return max(LEAST_OUTSIDE, mean(not one.answerable for one in self.asked))


class Kept:
    """Vectors and outcomes in a folder, so that the next run need not make them."""

    def __init__(self, folder: Path, model: str | None, stack: ExitStack) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._model = model
        self._stack = stack
        self._embedder: Embedder | None = None
        self._at = folder / f"vectors.{_digest(model or '')}.pickle"
        self._known: dict[str, NDArray[np.float32]] = _loaded(self._at) or {}

    @property
    def vectors(self) -> Vectors | None:
        """Makes vectors; None without a model."""
        return self._vectors if self._model else None

    def measured(self, sources: str) -> Measured:
        """A set, asked now unless it was before."""
        code = "".join(Path(str(module.__file__)).read_text("utf-8") for module in CODE)
        at = self._folder / f"{_digest(sources + str(self._model) + code)}.pickle"
        found = _loaded(at)
        if found is None:
            found = _measure(corpora.read(sources), self.vectors)
            at.write_bytes(pickle.dumps(found))
        return found

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        missing = sorted({text for text in texts if text not in self._known}, key=len)
        if missing:
            if self._embedder is None:
                self._embedder = Embedder(
                    self._stack.enter_context(embedder(str(self._model), self._folder)), "default", ""
                )
            made = np.array(self._embedder.embed(missing, Purpose.DOCUMENT).vectors, np.float32)
            self._known |= zip(missing, made / np.linalg.norm(made, axis=1, keepdims=True), strict=True)
            if len(missing) > 1:
                self._at.write_bytes(pickle.dumps(self._known))
        return np.array([self._known[text] for text in texts])


def _measure(questions: QuestionSet, vectors: Vectors | None) -> Measured:
    if vectors is not None:
        vectors([text for text, _ in questions.asked])
    corpus = Corpus(questions.entries, vectors)
    order = np.random.default_rng(7).permutation(len(questions.asked))[:MOST_ASKED]
    asked, offers = zip(*(corpus.ask(*questions.asked[place]) for place in order), strict=True)
    held = [corpus.ask_held_out(one) for one in held_out(questions.entries, MOST)]
    has_wordings = mean(len(entry.questions) for entry in questions.entries) >= 2
    trusts = [corpus.trust(text) for text, _ in questions.asked]
    trust = median(one for one in trusts if one is not None) if vectors else None
    return Measured(questions.name, asked, offers, held, has_wordings, trust)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _loaded(at: Path) -> Any:
    return pickle.loads(at.read_bytes()) if at.exists() else None  # noqa: S301  written by this program
