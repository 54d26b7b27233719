"""What staff does with drafts of entries: read, rewrite, have proved, accept, drop; and what follows by itself."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from frontdesk.database import Sessions
from frontdesk.errors import NotFound
from frontdesk.growth.models import DraftedEntry, DraftStatus, Gap, GapState
from frontdesk.jobs import Job, Jobs
from frontdesk.knowledge import versions
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.entry_rules import clean_entry
from frontdesk.knowledge.models import GONE, Chunk, Entry, KnowledgeBase
from frontdesk.knowledge.service import Knowledge
from frontdesk.knowledge.spans import holds
from frontdesk.texts import require_text

LONGEST_NOTE = 500
"""In characters."""


class Drafts:
    """The verbs."""

    def __init__(self, sessions: Sessions, jobs: Jobs, knowledge: Knowledge) -> None:
        self._sessions = sessions
        self._jobs = jobs
        self._knowledge = knowledge

    def of_base(self, knowledge_base_id: uuid.UUID, limit: int = 50) -> Sequence[DraftedEntry]:
        """The newest drafts of a knowledge base that nobody dropped; raises NotFound."""
        with self._sessions() as session:
            versions.found(session, knowledge_base_id)
            return session.scalars(
                select(DraftedEntry)
                .where(
                    DraftedEntry.knowledge_base_id == knowledge_base_id, DraftedEntry.status != DraftStatus.DROPPED
                )
                .order_by(DraftedEntry.created_at.desc())
                .limit(limit)
            ).all()

    def of_gap(self, gap_id: uuid.UUID) -> Sequence[DraftedEntry]:
        """The drafts of a gap that nobody dropped, newest first."""
        wanted = (DraftedEntry.gap_id == gap_id, DraftedEntry.status != DraftStatus.DROPPED)
        with self._sessions() as session:
            return session.scalars(
                select(DraftedEntry).where(*wanted).order_by(DraftedEntry.created_at.desc())
            ).all()

    def get(self, draft_id: uuid.UUID) -> DraftedEntry:
        """One draft; raises NotFound."""
        with self._sessions() as session:
            return _there(session, draft_id)

    def rewrite(self, draft_id: uuid.UUID, questions: Sequence[str] | None, answer: str | None) -> DraftedEntry:
        """Other questions or another answer, which have to be proved anew. Raises NotFound, Invalid or Conflict."""
        with self._sessions.begin() as session:
            draft = _there(session, draft_id, lock=True)
            kept = draft.questions if questions is None else questions
            draft.rewrite(*clean_entry(kept, draft.answer if answer is None else answer))
        return draft

    def want_proof(self, draft_id: uuid.UUID) -> DraftedEntry:
        """Have a draft proved, soon. Raises NotFound, or Conflict when it is decided on."""
        with self._sessions.begin() as session:
            draft = _there(session, draft_id, lock=True)
            draft.want_proof()
        self._jobs.enqueue(Job.PROVE, draft_id=draft_id)
        return draft

    def accept(self, draft_id: uuid.UUID, note: str | None = None) -> DraftedEntry:
        """Make an entry of it, which goes the way of every entry; its gap is closed when contacts are answered so.

        With a `note` that says why, also without a proof that passes. May run twice: an entry in these very words
        that is there already is taken. Raises NotFound, Invalid, or Conflict.
        """
        note = require_text(note, LONGEST_NOTE, "The reason") if note else None
        with self._sessions.begin() as session:
            draft = _there(session, draft_id, lock=True)
            draft.require_acceptable(note)
            entry_id = _same_entry(session, draft)
            if entry_id is None:
                text = EntryText(tuple(draft.questions), draft.answer)
                (entry,) = self._knowledge.add_entries(draft.knowledge_base_id, [text])
                entry_id = entry.id
            draft.accept(entry_id, note)
        return draft

    def drop(self, draft_id: uuid.UUID) -> None:
        """Nobody wants it. Raises NotFound, or Conflict when it was accepted."""
        with self._sessions.begin() as session:
            _there(session, draft_id, lock=True).drop()

    def settle(self) -> int:
        """Close the gaps of accepted drafts that contacts are answered from by now; how many drafts those were."""
        published = (
            select(DraftedEntry)
            .join(KnowledgeBase, KnowledgeBase.id == DraftedEntry.knowledge_base_id)
            .where(
                DraftedEntry.status == DraftStatus.ACCEPTED,
                select(Chunk.id)
                .where(Chunk.entry_id == DraftedEntry.entry_id, holds(Chunk.valid, KnowledgeBase.published))
                .exists(),
            )
            .with_for_update(of=DraftedEntry, skip_locked=True)
        )
        with self._sessions.begin() as session:
            drafts = session.scalars(published).all()
            for draft in drafts:
                draft.publish()
                gap = session.get(Gap, draft.gap_id, with_for_update=True) if draft.gap_id else None
                if gap is not None and gap.state is GapState.OPEN:
                    gap.turn(GapState.ANSWERED)
        return len(drafts)


def _there(session: Session, draft_id: uuid.UUID, lock: bool = False) -> DraftedEntry:
    draft = session.get(DraftedEntry, draft_id, with_for_update=lock)
    if draft is None:
        raise NotFound("There is no such draft.", code="draft_not_found")
    return draft


def _same_entry(session: Session, draft: DraftedEntry) -> uuid.UUID | None:
    """An entry in these very words, which an acceptance that broke off has left."""
    return session.scalar(
        select(Entry.id)
        .where(
            Entry.knowledge_base_id == draft.knowledge_base_id,
            Entry.status.not_in(GONE),
            Entry.questions == draft.questions,
            Entry.answer == draft.answer,
        )
        .limit(1)
    )
