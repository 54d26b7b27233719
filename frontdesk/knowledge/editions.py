"""What an administrator does with versions: publish a draft, compare, roll back, discard."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from frontdesk.database import Sessions
from frontdesk.errors import Conflict, Invalid
from frontdesk.knowledge import versions
from frontdesk.knowledge.models import GONE, Chunk, Document, Entry, KnowledgeBase, Origin, SourceStatus, Version
from frontdesk.knowledge.spans import holds
from frontdesk.knowledge.versions import Authorship
from frontdesk.texts import require_text

LONGEST_NOTE = 500
SOURCES_COMPARED = 200


@dataclass(frozen=True, slots=True)
class ChangedPassage:
    """A passage of one version beside the one of the other version that stands in its place; one may be missing."""

    before: str | None
    after: str | None
    heading: str | None

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What happened to it on the way from the one version to the other."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class ChangedSource:
    """A document or entry with what is different about it, in its order."""

    document_id: uuid.UUID | None
    entry_id: uuid.UUID | None
    title: str
    passages: Sequence[ChangedPassage]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The sources that differ between two versions: the first of them, and the number of all."""

    before: int
    after: int
    sources: Sequence[ChangedSource]
    total: int


class Editions:
    """Versions of a knowledge base as a whole."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def versions(
        self, knowledge_base_id: uuid.UUID, limit: int = 50, before: int | None = None
    ) -> Sequence[Version]:
        """The kept versions, newest first, from the one below `before` on. Raises NotFound."""
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
            of_base = select(Version).where(Version.knowledge_base_id == knowledge_base_id)
            if before is not None:
                of_base = of_base.where(Version.number < before)
            return session.scalars(of_base.order_by(Version.number.desc()).limit(limit)).all()

    def gather(self, knowledge_base_id: uuid.UUID, drafting: bool, by: Authorship) -> KnowledgeBase:
        """Have changes wait for `publish` from now on, or publish those that wait and all that come. NotFound."""
        with self._sessions.begin() as session:
            base = versions.locked(session, knowledge_base_id)
            base.drafting = drafting
            if not drafting and _waiting(session, base):
                versions.publish(session, base, Origin.PUBLISHED, by)
        return base

    def publish(self, knowledge_base_id: uuid.UUID, by: Authorship) -> Version:
        """Answer from the draft from now on. Raises NotFound, Conflict when nothing has changed, Invalid."""
        by = Authorship(by.agent_id, require_text(by.note, LONGEST_NOTE, "The note") if by.note else None)
        with self._sessions.begin() as session:
            base = versions.locked(session, knowledge_base_id)
            if not _waiting(session, base):
                raise Conflict("Nothing has changed since the last version.", code="nothing_to_publish")
            return versions.publish(session, base, Origin.PUBLISHED, by)

    def roll_back(self, knowledge_base_id: uuid.UUID, number: int, by: Authorship) -> Version:
        """Answer as an earlier version did, from now on; changes that wait in the draft are discarded.

        Raises NotFound for a version that is not kept, Invalid for the one that is published.
        """
        with self._sessions.begin() as session:
            base = versions.locked(session, knowledge_base_id)
            if number == base.published:
                raise Invalid("This version is the one that answers now.", code="version_published")
            _restore(session, base, number)
            return versions.publish(session, base, Origin.RESTORED, by, restores=number)

    def discard(self, knowledge_base_id: uuid.UUID) -> None:
        """Let the draft say what the published version says. Raises NotFound, or Conflict for an equal draft."""
        with self._sessions.begin() as session:
            base = versions.locked(session, knowledge_base_id)
            if not _waiting(session, base):
                raise Conflict("Nothing has changed since the last version.", code="nothing_to_discard")
            _restore(session, base, base.published)

    def waiting(self, knowledge_base_id: uuid.UUID) -> int:
        """How many documents and entries are different in the draft. Raises NotFound."""
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            return _waiting(session, base)

    def compare(self, knowledge_base_id: uuid.UUID, before: int, after: int) -> Comparison:
        """What is different in `after`; the draft has its number, too. Raises NotFound."""
        with self._sessions() as session:
            base = versions.found(session, knowledge_base_id)
            for number in (before, after):
                if number not in (0, base.draft):
                    versions.kept(session, base, number)
            differing = versions.differing(session, base, before, after)
            source = func.coalesce(Chunk.document_id, Chunk.entry_id)
            total = session.scalars(select(func.count(source.distinct())).where(differing)).one()
            wanted = select(source).where(differing).distinct().order_by(source).limit(SOURCES_COMPARED)
            rows = session.execute(
                select(Chunk, holds(Chunk.valid, before), Document.name)
                .outerjoin(Document, Document.id == Chunk.document_id)
                .where(differing, source.in_(wanted.scalar_subquery()))
                .order_by(source, Chunk.ordinal)
            ).all()
        sides: dict[uuid.UUID | None, _Sides] = {}
        for chunk, was_before, name in rows:
            of_source = sides.setdefault(chunk.document_id or chunk.entry_id, _Sides(name, [], []))
            (of_source.before if was_before else of_source.after).append(chunk)
        changed = [of_source.compared() for of_source in sides.values()]
        return Comparison(before, after, changed, total)


@dataclass(frozen=True, slots=True)
class _Sides:
    """The chunks of one source that stand in just one of two versions."""

    name: str | None
    before: list[Chunk]
    after: list[Chunk]

    def compared(self) -> ChangedSource:
        """What became of each passage; what only moved to another chunk is no change."""
        old, new = [chunk.digest for chunk in self.before], [chunk.digest for chunk in self.after]
        passages = [
            ChangedPassage(
                heading=(now or was).heading,
                before=was.text if was else None,
                after=now.text if now else None,
            )
            for kind, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, False).get_opcodes()
            if kind != "equal"
            for was, now in zip_longest(self.before[old_start:old_end], self.after[new_start:new_end])
        ]
        first = (self.after or self.before)[0]
        title = self.name or (first.text if first.heading is None else first.heading)
        return ChangedSource(first.document_id, first.entry_id, title, passages)


def _waiting(session: Session, base: KnowledgeBase) -> int:
    differing = versions.differing(session, base, base.published, base.draft)
    source = func.coalesce(Chunk.document_id, Chunk.entry_id)
    return session.scalars(select(func.count(source.distinct())).where(differing)).one()


def _restore(session: Session, base: KnowledgeBase, number: int) -> None:
    """Make the draft say what a version said, and the documents and entries with it."""
    differing = versions.differing(session, base, number, base.draft)
    documents = session.scalars(select(Chunk.document_id).where(differing).distinct()).all()
    entries = session.scalars(select(Chunk.entry_id).where(differing).distinct()).all()
    versions.restore(session, base, number)
    _restore_documents(session, base, [document for document in documents if document])
    _restore_entries(session, base, [entry for entry in entries if entry])


def _restore_documents(session: Session, base: KnowledgeBase, ids: Sequence[uuid.UUID]) -> None:
    """Documents are there again or gone; one that is about to be indexed goes on, unless its name is taken."""
    counts = dict(
        session.execute(
            select(Chunk.document_id, func.count())
            .where(Chunk.document_id.in_(ids), holds(Chunk.valid, base.draft))
            .group_by(Chunk.document_id)
        ).all()
    )
    documents = session.scalars(select(Document).where(Document.id.in_(ids)).with_for_update()).all()
    for document in documents:
        document.passages = counts.get(document.id, 0)
        if document.passages == 0 and document.status is SourceStatus.READY:
            document.owe(SourceStatus.REMOVED)
    names = [document.name for document in documents if document.passages and document.status in GONE]
    others = (Document.knowledge_base_id == base.id, Document.name.in_(names), Document.status.not_in(GONE))
    for other in session.scalars(select(Document).where(*others).with_for_update()):
        other.owe(SourceStatus.REMOVED)
    session.flush()
    for document in documents:
        if document.passages and document.status in GONE:
            document.settle()


def _restore_entries(session: Session, base: KnowledgeBase, ids: Sequence[uuid.UUID]) -> None:
    """Entries say again what their chunks say; one that is about to be indexed goes on with its new words."""
    chunks: dict[uuid.UUID | None, list[Chunk]] = defaultdict(list)
    valid = (Chunk.entry_id.in_(ids), holds(Chunk.valid, base.draft))
    for chunk in session.scalars(select(Chunk).where(*valid).order_by(Chunk.ordinal)):
        chunks[chunk.entry_id].append(chunk)
    for entry in session.scalars(select(Entry).where(Entry.id.in_(ids)).with_for_update()):
        if entry.status not in (SourceStatus.READY, *GONE):
            continue
        of_entry = chunks[entry.id]
        if of_entry:
            entry.questions = [chunk.text for chunk in of_entry if chunk.heading is None]
            entry.answer = of_entry[-1].text
            entry.settle()
        else:
            entry.owe(SourceStatus.REMOVED)
