"""The head over the dense leg: how near a question is to the middle of a source's vectors, in a space in which
sources spread evenly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontdesk.knowledge.embeddings import Vector
from frontdesk.knowledge.groups import MANY_ROWS, Groups, Mask, Places
from frontdesk.knowledge.lexical import Weights


@dataclass(frozen=True, slots=True)
class DenseView:
    """A question's vector, and the space as one knowledge base fills it."""

    vector: Vector
    mean: Vector
    precision: NDArray[np.float32]

    def lengths(self, middles: NDArray[np.float32]) -> Weights:
        """How far these, (count, dimensions), lie from the mean, through the precision."""
        others = middles - self.mean
        return np.sqrt(np.maximum(((others @ self.precision) * others).sum(axis=1), 0))

    def heads(self, middles: NDArray[np.float32], lengths: Weights) -> Weights:
        """The cosine between the question and each of these of such lengths, seen from the mean likewise."""
        question = self.vector - self.mean
        weighed = self.precision @ question
        length = np.sqrt(max(float(question @ weighed), 0.0))
        return (middles - self.mean) @ weighed / np.maximum(length * lengths, 1e-9)


class Middles:
    """The mean vectors of sources by their usable rows, those of a source in a group.

    Those of many rows are kept, and how long each is that was asked for; those of few are quickly found again.
    """

    def __init__(self, vectors: NDArray[np.float32], groups: Groups, usable: Mask) -> None:
        self._vectors = vectors
        self._groups = groups
        self._usable = usable
        self._of_many: dict[int, Vector] = {}
        self._lengths: tuple[Vector | None, Weights] = (None, np.zeros(0, np.float32))  # seen from this mean

    def of(self, sources: Places, missing: Vector) -> NDArray[np.float32]:
        """Of these sources, (sources, dimensions); `missing` where no row is usable."""
        is_large = self._groups.sizes(sources) >= MANY_ROWS
        if not is_large.any():
            return self._computed(sources, missing)
        unknown = [source for source in sources[is_large].tolist() if source not in self._of_many]
        if unknown:
            self._of_many.update(zip(unknown, self._computed(np.array(unknown), missing), strict=True))
        found = np.empty((len(sources), len(missing)), np.float32)
        found[~is_large] = self._computed(sources[~is_large], missing)
        for number in np.flatnonzero(is_large).tolist():
            found[number] = self._of_many[int(sources[number])]
        return found

    def heads(self, sources: Places, view: DenseView) -> Weights:
        """How near the question is to these sources."""
        middles = self.of(sources, view.mean)
        mean, kept = self._lengths
        if mean is not view.mean:
            kept = np.full(len(self._groups), np.nan, np.float32)
            self._lengths = (view.mean, kept)
        lengths = kept[sources]
        unknown = np.isnan(lengths)
        if unknown.any():
            lengths[unknown] = kept[sources[unknown]] = view.lengths(middles[unknown])
        return view.heads(middles, lengths)

    def _computed(self, sources: Places, missing: Vector) -> NDArray[np.float32]:
        if not len(sources):
            return np.zeros((0, len(missing)), np.float32)
        rows, firsts = self._groups.rows(sources)
        usable = self._usable[rows]
        vectors = self._vectors[rows]
        vectors[~usable] = 0
        counts = np.add.reduceat(usable, firsts, dtype=np.float32)[:, None]
        middles = np.add.reduceat(vectors, firsts, axis=0) / np.maximum(counts, 1)
        return np.where(counts > 0, middles, missing)
