"""What searches chunks, as retrieval knows it: in memory (in_memory.py) or by Milvus (in_milvus.py)."""

import uuid
from collections.abc import Mapping, Sequence, Set
from typing import Protocol

from frontdesk.knowledge.embeddings import Vector
from frontdesk.knowledge.lexical import Corpus, Question
from frontdesk.knowledge.models import KnowledgeBase
from frontdesk.knowledge.segments import Segment


class View(Protocol):
    """A knowledge base in one version, as one question sees it."""

    @property
    def corpus(self) -> Corpus:
        """What the lexical leg knows of all its sources together."""

    def frequencies(self, dimensions: Sequence[int]) -> Mapping[int, int]:
        """How many sources have each of these dimensions."""

    def segments(self, question: Question, vector: Vector | None, tags: Set[str]) -> Sequence[Segment]:
        """Rows, among them the best ones with one of the tags, or of all without tags. Raises Unavailable."""

    def without(self, sources: Set[uuid.UUID], instead: Segment) -> "View":
        """As if the rows of `instead` were there in the place of some sources."""


class Engine(Protocol):
    """Where chunks are searched."""

    def view(self, base: KnowledgeBase, version: int) -> View:
        """The knowledge base as it is now, in any version that is kept."""
