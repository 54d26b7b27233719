"""Whether a collection that was filled may be searched: it has all rows, and rows find themselves by each leg."""

import uuid
from collections.abc import Sequence

from frontdesk.errors import Unavailable
from frontdesk.knowledge.index import Found, Index, Row

FOUND_AT_ONCE = 20
TOLERANCE = 0.02
"""By how much a score may miss what it should be, as a share of it."""


class NotSound(Unavailable):
    """A collection does not hold or find what it should; the code says which."""


def check(index: Index, collection: str, least: int, rows: Sequence[Row]) -> None:
    """Raises NotSound unless a collection has at least so many rows and finds each of these by what it is made of.

    Raises Unavailable while Milvus is away.
    """
    count = index.count(collection)
    if count < least:
        raise NotSound(f"The new index has {count} of {least} passages.", code="index_incomplete")
    for row in rows:
        by_words = index.search_lexical(collection, row.lexical, FOUND_AT_ONCE)
        itself = sum(weight * weight for weight in row.lexical.values())
        if row.lexical and not _finds(by_words, row.id, itself):
            raise NotSound("The new index does not find a passage by its own words.", code="index_words")
        if row.dense is not None and any(row.dense):
            by_meaning = index.search_dense(collection, list(map(float, row.dense)), FOUND_AT_ONCE)
            if not _finds(by_meaning, row.id, 1.0):
                raise NotSound("The new index does not find a passage by its own vector.", code="index_vectors")


def _finds(found: Sequence[Found], wanted: uuid.UUID, itself: float) -> bool:
    """Whether a row scores what it should, or enough others score as much that it is not among those found."""
    scores = {one.id: one.score for one in found}
    if wanted in scores:
        return abs(scores[wanted] - itself) <= TOLERANCE * itself
    return len(found) == FOUND_AT_ONCE and min(scores.values()) >= itself * (1 - TOLERANCE)
