"""What a search found, made up for tests of what follows from it."""

import uuid
from collections.abc import Sequence
from typing import Any

from frontdesk.knowledge.found import Consulted, Near, Passage, Retrieved

BASE = Consulted(uuid.UUID(int=1), "Shop", 1, 0.6)


def passage(text: str = "Within 14 days.", title: str = "Title", **changes: Any) -> Passage:
    """An entry's answer in the middle of all scores."""
    values = {
        "knowledge_base_id": BASE.id,
        "version": BASE.version,
        "chunk_id": uuid.uuid4(),
        "title": title,
        "text": text,
        "location": {},
        "document_id": None,
        "entry_id": uuid.uuid4(),
        "url": None,
        "score": 0.5,
        "lexical": 0.5,
        "dense": None,
        "coverage": 0.5,
        "words": 0.5,
        "head": None,
    }
    return Passage(**values | changes)


def page(text: str) -> Passage:
    """A document's passage."""
    return passage(text, entry_id=None, document_id=uuid.uuid4())


def retrieved(
    passages: Sequence[Passage], nearest: Sequence[Near] = (), trust: float | None = None, base: Consulted = BASE
) -> Retrieved:
    """These, best first."""
    legs = ["lexical"] if trust is None else ["lexical", "dense"]
    return Retrieved([base], frozenset(), passages, passages, nearest, trust, legs, [], {})
