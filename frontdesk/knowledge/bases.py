"""Knowledge bases themselves: made, named, and seen by all of the staff or by some."""

import uuid

from sqlalchemy.exc import IntegrityError

from frontdesk.database import Sessions
from frontdesk.errors import Conflict, Invalid
from frontdesk.knowledge import versions
from frontdesk.knowledge.models import KnowledgeBase
from frontdesk.texts import require_text

LONGEST_NAME = 80
RESERVED = "~"
"""How the names of knowledge bases begin that programs make and remove again."""


class Bases:
    """What administrators do with a knowledge base as a whole; removing one is the worker's side (indexing.py)."""

    def __init__(self, sessions: Sessions, threshold: float) -> None:
        self._sessions = sessions
        self._threshold = threshold

    def add(self, name: str) -> KnowledgeBase:
        """A new, empty one; raises Invalid for a name that cannot be, Conflict for one that is taken."""
        base = KnowledgeBase(name=_clean_name(name), threshold=self._threshold)
        try:
            with self._sessions.begin() as session:
                session.add(base)
        except IntegrityError as error:
            raise _taken() from error
        return base

    def rename(self, knowledge_base_id: uuid.UUID, name: str) -> KnowledgeBase:
        """Another name; raises NotFound, Invalid or Conflict."""
        name = _clean_name(name)
        try:
            with self._sessions.begin() as session:
                base = versions.locked(session, knowledge_base_id)
                base.name = name
        except IntegrityError as error:
            raise _taken() from error
        return base


def _clean_name(name: str) -> str:
    name = require_text(name.replace("\n", " "), LONGEST_NAME, "The name")
    if name.startswith(RESERVED):
        raise Invalid(f"A name cannot begin with {RESERVED}.", code="name_reserved")
    return name


def _taken() -> Conflict:
    return Conflict("A knowledge base of this name exists already.", code="name_taken")
