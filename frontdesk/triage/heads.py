"""The newest head, as it lies in the memory of a process that asks it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from frontdesk.errors import Unavailable
from frontdesk.knowledge.embeddings import Embeddings
from frontdesk.models_client import Purpose
from frontdesk.triage.deciding import Evidence
from frontdesk.triage.head import Head
from frontdesk.triage.models import TopicHead


@dataclass(frozen=True, slots=True)
class Read:
    """What a head says of texts: the chances of each topic, and from where on one is sure enough."""

    chances: Sequence[Evidence]
    threshold: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """A head that was learned; `by_meaning` where there was an embedder, of whose `space` the vectors must be."""

    id: uuid.UUID
    topics: Sequence[uuid.UUID]
    by_words: Head
    by_meaning: Head | None
    space: str | None


class Heads:
    """Reads texts by the newest head. One for each process."""

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings
        self._loaded: Loaded | None = None

    def newest(self, session: Session) -> Loaded | None:
        """The head that holds now; None before one was learned."""
        head_id = session.scalar(select(TopicHead.id).order_by(TopicHead.made_at.desc()).limit(1))
        loaded = self._loaded
        if loaded is None or loaded.id != head_id:
            everything = (undefer(TopicHead.by_words), undefer(TopicHead.by_meaning))
            stored = session.get(TopicHead, head_id, options=everything) if head_id else None
            loaded = self._loaded = _loaded(stored) if stored else None
        return loaded

    def read(self, loaded: Loaded, texts: Sequence[str], seconds: float) -> Read:
        """What the head says; by words alone unless the embedder answers within `seconds`."""
        head, vectors = loaded.by_words, None
        if loaded.by_meaning and loaded.space:
            try:
                vectors = self._embeddings.made(loaded.space, texts, Purpose.QUERY, seconds)
                head = loaded.by_meaning
            except Unavailable:
                vectors = None
        chances = np.atleast_2d(head.probabilities(texts, vectors))
        names = [str(topic_id) for topic_id in loaded.topics]
        return Read([dict(zip(names, map(float, row), strict=True)) for row in chances], head.threshold)


def _loaded(stored: TopicHead) -> Loaded:
    return Loaded(
        stored.id,
        stored.topics,
        Head.from_bytes(stored.by_words),
        Head.from_bytes(stored.by_meaning) if stored.by_meaning else None,
        stored.space,
    )
