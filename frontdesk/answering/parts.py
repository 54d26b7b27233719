"""Which parts a question belongs to (confidence/parts.py): by its language, and by the tags of what was found."""

from collections.abc import Set

from sqlalchemy.orm import Session

from frontdesk.confidence.parts import TAG, of_language, of_tag
from frontdesk.knowledge.found import Retrieved
from frontdesk.knowledge.tags import tags_of
from frontdesk.language import Language, detect


def parts_of(session: Session, names: Set[str], query: str, retrieved: Retrieved) -> Set[str]:
    """Those of these names."""
    found = {of_language(detect(query, Language.ZH))}
    if retrieved.passages and any(name.startswith(TAG) for name in names):
        found |= set(map(of_tag, tags_of(session, retrieved.passages[0].source_id)))
    return found & names
