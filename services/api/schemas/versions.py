"""Versions of a knowledge base."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from frontdesk.knowledge.editions import LONGEST_NOTE, ChangedSource, Comparison
from frontdesk.knowledge.models import KnowledgeBase as DomainBase
from frontdesk.knowledge.models import Origin
from frontdesk.knowledge.models import Version as DomainVersion
from services.api.schemas.shape import Shape


class Version(Shape):
    """What the knowledge base said from `created_at` on; `restores` is the earlier version that it repeats."""

    number: int
    origin: Origin
    restores: int | None
    note: str | None
    by: str | None
    passages: int
    created_at: datetime

    @classmethod
    def of(cls, version: DomainVersion, names: Mapping[uuid.UUID, str]) -> Self:
        """From the domain's; `names` are those of the agents by id."""
        return cls(
            number=version.number,
            origin=version.origin,
            restores=version.restores,
            note=version.note,
            by=names.get(version.agent_id) if version.agent_id else None,
            passages=version.passages,
            created_at=version.created_at,
        )


class VersionAlone(Shape):
    """One version."""

    version: Version


class VersionList(Shape):
    """Newest first; `waiting` counts documents and entries that differ in the draft."""

    versions: list[Version]
    published: int
    draft: int
    drafting: bool
    waiting: int


class Publish(Shape):
    """A word about the version, for whoever looks back at it."""

    note: str | None = Field(None, max_length=LONGEST_NOTE)


class Gather(Shape):
    """Whether changes wait in a draft until they are published; if not, each is published by itself."""

    drafting: bool


class Gathering(Shape):
    """Where changes go from now on."""

    published: int
    draft: int
    drafting: bool

    @classmethod
    def of(cls, base: DomainBase) -> Self:
        """From the domain's."""
        return cls(published=base.published, draft=base.draft, drafting=base.drafting)


class ComparedPassage(Shape):
    """A passage before and after; one of them is missing where it was added or removed."""

    kind: Literal["added", "removed", "changed"]
    heading: str | None
    before: str | None
    after: str | None


class ComparedSource(Shape):
    """A document or entry that differs."""

    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    title: str
    passages: list[ComparedPassage]

    @classmethod
    def of(cls, source: ChangedSource) -> Self:
        """From the domain's."""
        return cls(
            document_id=source.document_id,
            entry_id=source.entry_id,
            title=source.title,
            passages=[
                ComparedPassage(kind=one.kind, heading=one.heading, before=one.before, after=one.after)
                for one in source.passages
            ],
        )


class Compared(Shape):
    """What differs between two versions: the first sources of it, and the number of all."""

    before: int
    after: int
    sources: list[ComparedSource]
    total: int

    @classmethod
    def of(cls, comparison: Comparison) -> Self:
        """From the domain's."""
        return cls(
            before=comparison.before,
            after=comparison.after,
            sources=[ComparedSource.of(source) for source in comparison.sources],
            total=comparison.total,
        )
