"""Which topic a text is about, as probabilities learned from a few examples of each. Pure.

A head reads the words of a text and, where there is an embedder, its vector, side by side. One class more than
there are topics stands for texts without a topic; whatever falls there, or reaches no topic with the head's
`threshold`, is left without one. The threshold is chosen on examples that the head had not seen.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontdesk.triage import softmax, wording
from frontdesk.triage.softmax import Floats, Labels, Spanned

BESIDE_VECTOR = 0.6
"""What the words weigh beside a vector of length one."""
RIGHT = 0.95
"""The share of texts given a topic that should be given the right one."""
FOLDS = 3
NOWHERE = -1
"""The label of a text that is about none of the topics."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How a head did on examples that it had not seen, each in turn: `right` of all, `assigned` of all, and
    `right_of_assigned`; shares between 0 and 1."""

    right: float
    assigned: float
    right_of_assigned: float


@dataclass(frozen=True, slots=True)
class Head:
    """Learned weights, (features, topics + 1), the last class being none; `rarity` weighs the words."""

    weights: NDArray[np.float16]
    intercepts: Floats
    rarity: Floats
    threshold: float
    figures: Figures

    def probabilities(self, texts: Sequence[str], vectors: Floats | None) -> Floats:
        """Of each topic for each text, (texts, topics); what is missing to one is the chance that it has none.

        `vectors` are the texts' own, of length one, for a head that was learned with vectors.
        """
        rows = _features(wording.matrix(texts, self.rarity), vectors)
        return softmax.probabilities(rows @ self.weights.astype(np.float32) + self.intercepts)[:, :-1]

    def as_bytes(self) -> bytes:
        """To be stored."""
        stored = io.BytesIO()
        chosen = [self.threshold, self.figures.right, self.figures.assigned, self.figures.right_of_assigned]
        np.savez(
            stored,
            weights=self.weights,
            intercepts=self.intercepts,
            rarity=self.rarity,
            chosen=np.array(chosen),
        )
        return stored.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Head":
        """What `as_bytes` made."""
        with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
            threshold, *figures = arrays["chosen"].tolist()
            return cls(arrays["weights"], arrays["intercepts"], arrays["rarity"], threshold, Figures(*figures))


def learn(texts: Sequence[str], labels: Sequence[int], topics: int, vectors: Floats | None, names: int = 0) -> Head:
    """A head for this number of topics; each text has the number of its topic, or NOWHERE.

    The first `names` of them are names of topics: they are learned from, but the head is not judged by them, since
    nobody asks like that.
    """
    rarity = wording.rarity(texts)
    features = _features(wording.matrix(texts, rarity), vectors)
    numbers = np.array([topics if label == NOWHERE else label for label in labels], np.intp)
    spanned = Spanned.of(features)
    threshold, figures = _judged(_unseen(spanned, numbers, topics + 1, names), numbers[names:], topics)
    weights, intercepts = softmax.fit(spanned, numbers, topics + 1)
    return Head((features.T @ (spanned.back @ weights)).astype(np.float16), intercepts, rarity, threshold, figures)


def _features(words: Floats, vectors: Floats | None) -> Floats:
    return words if vectors is None else np.hstack([vectors, BESIDE_VECTOR * words])


def _unseen(spanned: Spanned, labels: Labels, classes: int, names: int) -> Floats:
    """The probabilities of each example by what was learned from the other folds; folds go round within a topic."""
    turn = np.full(len(labels), FOLDS)
    for label in np.unique(labels):
        own = np.flatnonzero(labels[names:] == label) + names
        turn[own] = (np.arange(len(own)) + label) % FOLDS
    held = np.zeros((len(labels), classes), np.float32)
    for fold in range(FOLDS):
        weights, intercepts = softmax.fit(spanned, labels, classes, turn != fold)
        rows = spanned.rows[turn == fold]
        held[turn == fold] = softmax.probabilities(rows @ weights + intercepts)
    return held[names:]


def _judged(held: Floats, labels: Labels, topics: int) -> tuple[float, Figures]:
    """The lowest threshold from which on enough of what is given a topic is given the right one."""
    sure, best = held[:, :topics].max(axis=1), held[:, :topics].argmax(axis=1)
    given = held[:, topics] < sure
    order = np.argsort(-np.where(given, sure, -1.0))
    hits = np.cumsum((best == labels)[order] & given[order])
    # One miss more is counted than was seen, so that a handful of examples promises nothing.
    shares = hits / (np.arange(len(order)) + 2)
    enough = np.flatnonzero((shares >= RIGHT) & given[order])
    least = min(2 / 3, 2 / (topics + 1))
    threshold = max(float(sure[order[enough[-1]]]), least) if len(enough) else max(float(sure.max()), least)
    assigned = given & (sure >= threshold)
    about = labels < topics
    return threshold, Figures(
        right=float((best == labels)[about].mean()) if about.any() else 0.0,
        assigned=float(assigned[about].mean()) if about.any() else 0.0,
        right_of_assigned=float((best == labels)[assigned].mean()) if assigned.any() else 0.0,
    )
