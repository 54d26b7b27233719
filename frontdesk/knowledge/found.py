"""What a search gives: passages with their scores, and how they came about."""

import uuid
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """A found chunk, or an entry whose best variant was found. Scores lie between 0 and 1.

    `lexical` is 1 for a part with exactly the question's terms, `dense` is a cosine, `score` is what ranks, or else
    `rerank`, where a reranker has read the passage. `coverage` is the share of the question's term weight that
    occurs anywhere in the source, `words` what these terms weigh there, by the same, 0 to about 1.6. `head` is the
    cosine to the middle of the source's vectors in a space in which sources spread evenly. `url` is where a
    document from the web stands. `version` is that of the knowledge base in which it was found.
    """

    knowledge_base_id: uuid.UUID
    version: int
    chunk_id: uuid.UUID
    title: str
    text: str
    location: Mapping[str, object]
    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    url: str | None
    score: float
    lexical: float
    dense: float | None
    coverage: float
    words: float
    head: float | None
    rerank: float | None = None

    @property
    def source_id(self) -> uuid.UUID | None:
        """The entry or the document that it is of."""
        return self.entry_id or self.document_id

    @property
    def standing(self) -> float:
        """The score by which it stands where it does."""
        return self.score if self.rerank is None else self.rerank


@dataclass(frozen=True, slots=True)
class Near:
    """A row among those nearest to a question by the dense leg: its cosine to the question, and how `crowded` it is
    there, which is the cosine between it and the tenth nearest of the rows around the question."""

    cosine: float
    crowded: float


@dataclass(frozen=True, slots=True)
class Consulted:
    """A knowledge base that was searched, in which version; uncalibrated, it answers from this confidence on."""

    id: uuid.UUID
    name: str
    version: int
    threshold: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages, best first, with how they came about: the legs that worked, milliseconds per step.

    Where there are `tags`, only what has one of them was searched. How sure one can be of the first passage shows
    in its `rivals`, of which it is the first itself, in the `nearest` rows, and in how far the dense leg is trusted
    (None without it).
    """

    bases: Sequence[Consulted]
    tags: Set[str]
    passages: Sequence[Passage]
    rivals: Sequence[Passage]
    nearest: Sequence[Near]
    trust: float | None
    legs: Sequence[str]
    notes: Sequence[str]
    timings_ms: Mapping[str, int]

    @property
    def deciding(self) -> Consulted:
        """The knowledge base of the best passage; the first one where nothing was found."""
        best = self.passages[0].knowledge_base_id if self.passages else self.bases[0].id
        return next(base for base in self.bases if base.id == best)

    @property
    def threshold(self) -> float:
        """Uncalibrated, the deciding knowledge base answers from this confidence on."""
        return self.deciding.threshold

    @property
    def version(self) -> int:
        """The version of the deciding knowledge base."""
        return self.deciding.version
