"""What a knowledge base says twice, as staff sees it: looked for once for every change of the draft."""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from frontdesk.database import Sessions
from frontdesk.errors import Unavailable
from frontdesk.knowledge import versions
from frontdesk.knowledge.duplicates.search import DuplicateSearch, Found, Group, Kind
from frontdesk.knowledge.models import Chunk, Document, Entry

SECONDS = 40.0
"""How long one knowledge base is looked through at most; more than 100,000 passages have time enough."""
BASES_KEPT = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A passage of a document, a variant of an entry's question, or its answer, and what it belongs to."""

    chunk: Chunk
    document: Document | None
    entry: Entry | None

    @property
    def title(self) -> str:
        """The document's name, the variant of the question, or the first question that the answer belongs to."""
        return self.document.name if self.document else self.chunk.heading or self.chunk.text


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A group with its places, one of each source; only the first of many."""

    kind: Kind
    likeness: float
    places: Sequence[Place]
    sources: int
    texts: int


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """Some of the groups, and the number of all; not complete if the time did not suffice for all passages."""

    duplicates: Sequence[Duplicate]
    total: int
    is_complete: bool


class Duplicates:
    """Finds them. One search at a time runs in a process, and what it found is kept until something changes."""

    def __init__(self, sessions: Sessions, seconds: float = SECONDS) -> None:
        self._sessions = sessions
        self._seconds = seconds
        self._searching = threading.Lock()
        self._known: dict[uuid.UUID, tuple[int, Found]] = {}

    def page(self, knowledge_base_id: uuid.UUID, offset: int, limit: int) -> DuplicatePage:
        """Groups of the draft: several answers to one question first, then what concerns most texts.

        Raises NotFound, or Unavailable while another search keeps this one waiting.
        """
        found = self._found(knowledge_base_id)
        groups = found.groups[offset : offset + limit]
        places = self._places([chunk_id for group in groups for chunk_id in group.chunks])
        return DuplicatePage([_duplicate(group, places) for group in groups], found.total, found.is_complete)

    def _found(self, knowledge_base_id: uuid.UUID) -> Found:
        if not self._searching.acquire(timeout=self._seconds):
            raise Unavailable("Another search is running; please try again in a moment.", code="duplicates_busy")
        try:
            with self._sessions() as session:
                base = versions.found(session, knowledge_base_id)
            changes, found = self._known.pop(base.id, (-1, None))
            if found is None or changes != base.changes:
                found = DuplicateSearch(self._sessions, base, self._seconds).run()
            self._known[base.id] = (base.changes, found)
            while len(self._known) > BASES_KEPT:
                del self._known[next(iter(self._known))]
        finally:
            self._searching.release()
        return found

    def _places(self, chunk_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Place]:
        with self._sessions() as session:
            rows = session.execute(
                select(Chunk, Document, Entry)
                .outerjoin(Document, Document.id == Chunk.document_id)
                .outerjoin(Entry, Entry.id == Chunk.entry_id)
                .where(Chunk.id.in_(chunk_ids))
            ).all()
        return {chunk.id: Place(chunk, document, entry) for chunk, document, entry in rows}


def _duplicate(group: Group, places: dict[uuid.UUID, Place]) -> Duplicate:
    known = [places[chunk_id] for chunk_id in group.chunks if chunk_id in places]
    return Duplicate(group.kind, group.likeness, known, group.sources, group.texts)
