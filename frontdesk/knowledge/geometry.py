"""What is known of a knowledge base's vectors as a whole: how they spread, and how far they can be believed."""

import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from frontdesk.database import Sessions, now
from frontdesk.knowledge import versions
from frontdesk.knowledge.embeddings import FLOAT, Embeddings, Vector
from frontdesk.knowledge.index_models import Geometry
from frontdesk.knowledge.models import Chunk, KnowledgeBase
from frontdesk.knowledge.rows import IN_ORDER, SOURCE
from frontdesk.knowledge.spans import holds
from frontdesk.knowledge.trust import Source, trust

ROWS = 20_000
"""Chunks that the spread is estimated from."""
ASKED = 150
"""Sources that are asked for."""
SHRINKAGE = 0.5
"""How many rows without any spread of their own are counted along, as a share of the dimensions."""


class Geometries:
    """Measures them, in the worker."""

    def __init__(self, sessions: Sessions, embeddings: Embeddings) -> None:
        self._sessions = sessions
        self._embeddings = embeddings

    def owing(self) -> Sequence[uuid.UUID]:
        """Knowledge bases that were never measured in their vector space, or have changed much since."""
        with self._sessions() as session:
            return session.scalars(
                select(KnowledgeBase.id)
                .outerjoin(Geometry, Geometry.knowledge_base_id == KnowledgeBase.id)
                .where(
                    KnowledgeBase.embedder.is_not(None),
                    ~KnowledgeBase.incomplete,
                    KnowledgeBase.sources > 0,
                    or_(
                        Geometry.space.is_(None),
                        Geometry.space != KnowledgeBase.embedder,
                        KnowledgeBase.sources > 2 * Geometry.sources,
                        2 * KnowledgeBase.sources < Geometry.sources,
                    ),
                )
            ).all()

    def measure(self, knowledge_base_id: uuid.UUID) -> None:
        """Measure now; without vectors there is nothing to. Raises NotFound, or Unavailable without an embedder."""
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
        if base.embedder is None:
            return
        measured = self._spread(base, base.embedder)
        if measured is None:
            return
        middle, precision = measured
        believed = trust(self._sources(base), partial(self._embeddings.made, base.embedder))
        values = {
            "space": base.embedder,
            "sources": base.sources,
            "trust_chinese": believed[True],
            "trust_other": believed[False],
            "mean": middle.tobytes(),
            "precision": precision.tobytes(),
            "measured_at": now(),
        }
        with self._sessions.begin() as session:
            row = insert(Geometry).values(knowledge_base_id=base.id, **values)
            session.execute(row.on_conflict_do_update(index_elements=["knowledge_base_id"], set_=values))

    def _spread(self, base: KnowledgeBase, space: str) -> tuple[Vector, NDArray[np.float32]] | None:
        """That of its vectors; None while it has none."""
        rows = (
            select(SOURCE, Chunk.digest)
            .where(Chunk.knowledge_base_id == base.id, holds(Chunk.valid, base.draft))
            .order_by(*IN_ORDER)
            .limit(ROWS)
        )
        with self._sessions() as session:
            read = session.execute(rows).all()
        known = self._embeddings.known(space, [digest for _, digest in read])
        vectors: list[Vector] = []
        bounds = [0]
        for _, group in groupby(read, key=lambda row: row[0]):
            vectors += [known[digest] for _, digest in group if digest in known]
            if len(vectors) > bounds[-1]:
                bounds.append(len(vectors))
        return spread(np.array(vectors), np.array(bounds)) if vectors else None

    def _sources(self, base: KnowledgeBase) -> Iterator[Source]:
        """Some of its sources."""
        valid = (Chunk.knowledge_base_id == base.id, holds(Chunk.valid, base.draft))
        some = select(SOURCE).where(*valid).distinct().order_by(SOURCE).limit(ASKED)
        with self._sessions() as session:
            chunks = session.execute(
                select(SOURCE, Chunk).where(*valid, SOURCE.in_(some)).order_by(*IN_ORDER)
            ).all()
        for _, group in groupby(chunks, key=lambda row: row[0]):
            *variants, last = [chunk for _, chunk in group]
            yield [chunk.text for chunk in variants], last.text


def spread(vectors: NDArray[np.float32], bounds: NDArray[np.int64]) -> tuple[Vector, NDArray[np.float32]]:
    """The mean of the vectors, and the inverse of their covariance within sources, shrunk towards a sphere.

    `vectors` are (rows, dimensions), one at least; those of a source lie from one of the `bounds` to the next.
    """
    rows = vectors.astype(np.float64)
    sizes = np.diff(bounds)
    within = rows - np.repeat(np.add.reduceat(rows, bounds[:-1]) / sizes[:, None], sizes, axis=0)
    middle = rows.mean(axis=0)
    dimensions = rows.shape[1]
    unspread = SHRINKAGE * dimensions
    variance = float(((rows - middle) ** 2).mean())
    if variance == 0:
        return middle.astype(FLOAT), np.eye(dimensions, dtype=FLOAT)
    covariance = within.T @ within + unspread * variance * np.eye(dimensions)
    precision = np.linalg.inv(covariance / (len(rows) - len(sizes) + unspread))
    return middle.astype(FLOAT), precision.astype(FLOAT)
