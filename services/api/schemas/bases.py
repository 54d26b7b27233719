"""Knowledge bases as a whole, and which of them an inbox answers from."""

import uuid

from pydantic import Field

from frontdesk.knowledge.bases import LONGEST_NAME
from services.api.schemas.knowledge import KnowledgeBase, Tags
from services.api.schemas.shape import Shape

MOST_BASES = 20
"""How many an inbox may answer from: every question is looked for in each."""


class NewKnowledgeBase(Shape):
    """A new knowledge base, by a name that none has."""

    name: str = Field(max_length=LONGEST_NAME)


class ChangeKnowledgeBase(Shape):
    """Another name."""

    name: str = Field(max_length=LONGEST_NAME)


class KnowledgeBaseAlone(Shape):
    """One knowledge base."""

    knowledge_base: KnowledgeBase


class StaffOfBase(Shape):
    """The agents who see a knowledge base beside the administrators; null: all of the staff."""

    agent_ids: list[uuid.UUID] | None = Field(max_length=1000)


class InboxBases(Shape):
    """The knowledge bases that an inbox answers from; with tags, only from what has one of them."""

    knowledge_base_ids: list[uuid.UUID] = Field(max_length=MOST_BASES)
    tags: Tags = Field([])
