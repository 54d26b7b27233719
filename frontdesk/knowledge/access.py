"""Which knowledge bases an agent may see. What they may not see does not exist for them."""

import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Select, Uuid, column, delete, exists, or_, select, table, true
from sqlalchemy.exc import IntegrityError

from frontdesk.agents import Agent, Role
from frontdesk.database import Sessions
from frontdesk.errors import NotFound
from frontdesk.knowledge import versions
from frontdesk.knowledge.feeds.models import Feed
from frontdesk.knowledge.models import Chunk, Document, Entry, KnowledgeBase, KnowledgeBaseAgent
from frontdesk.knowledge.pictures.models import Picture

_SETS = table("question_sets", column("id", Uuid), column("knowledge_base_id", Uuid))
_QUESTIONS = table("questions", column("id", Uuid), column("question_set_id", Uuid))
_RUNS = table("runs", column("id", Uuid), column("knowledge_base_id", Uuid))
_GAPS = table("gaps", column("id", Uuid), column("knowledge_base_id", Uuid))
_DRAFTS = table("drafted_entries", column("id", Uuid), column("knowledge_base_id", Uuid))
"""Of rooms that are built on this one, and so known here by name only."""
OF_A_BASE: Mapping[str, Select[uuid.UUID, uuid.UUID]] = {
    "knowledge_base_id": select(KnowledgeBase.id, KnowledgeBase.id),
    "document_id": select(Document.id, Document.knowledge_base_id),
    "entry_id": select(Entry.id, Entry.knowledge_base_id),
    "chunk_id": select(Chunk.id, Chunk.knowledge_base_id),
    "feed_id": select(Feed.id, Feed.knowledge_base_id),
    "picture_id": select(Picture.id, Document.knowledge_base_id).join(Document, Document.id == Picture.document_id),
    "question_set_id": select(_SETS.c.id, _SETS.c.knowledge_base_id),
    "question_id": select(_QUESTIONS.c.id, _SETS.c.knowledge_base_id).join(
        _SETS, _SETS.c.id == _QUESTIONS.c.question_set_id
    ),
    "run_id": select(_RUNS.c.id, _RUNS.c.knowledge_base_id),
    "gap_id": select(_GAPS.c.id, _GAPS.c.knowledge_base_id),
    "draft_id": select(_DRAFTS.c.id, _DRAFTS.c.knowledge_base_id),
}
"""By what it is called in an address: the ids of things, each with that of the knowledge base it belongs to."""
OF_NO_BASE = frozenset(
    {
        "agent_id",
        "attachment_id",
        "canned_response_id",
        "conversation_id",
        "example_id",
        "message_id",
        "team_id",
        "topic_id",
    }
)


class Access:
    """Who of the staff sees what."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def require(self, agent: Agent, named: Mapping[str, str]) -> None:
        """Raises NotFound when something that is named lies in a knowledge base which the agent may not see.

        `named` are ids by what they are; names that do not end in `_id` do not matter. Behind a name of which it is
        not known what it belongs to, an agent finds nothing.
        """
        if agent.role == Role.ADMIN:
            return
        with self._sessions() as session:
            for name, value in named.items():
                if not name.endswith("_id") or name in OF_NO_BASE:
                    continue
                if name not in OF_A_BASE:
                    raise _not_found(name)
                try:
                    wanted = uuid.UUID(value)
                except ValueError:
                    continue  # the route refuses it
                owner = OF_A_BASE[name].subquery()
                hidden = (owner.c[0] == wanted, KnowledgeBase.id == owner.c[1], ~seen_by(agent))
                if session.scalar(select(KnowledgeBase.id).where(*hidden)) is not None:
                    raise _not_found(name)

    def seen(self, agent: Agent) -> Collection[uuid.UUID] | None:
        """The knowledge bases that an agent may see; None: every one."""
        if agent.role == Role.ADMIN:
            return None
        with self._sessions() as session:
            return set(session.scalars(select(KnowledgeBase.id).where(seen_by(agent))))

    def staff(self, knowledge_base_id: uuid.UUID) -> Collection[uuid.UUID] | None:
        """The agents that a knowledge base is open to, beside administrators; None: all. Raises NotFound."""
        with self._sessions() as session:
            if not versions.found(session, knowledge_base_id).restricted:
                return None
            chosen = KnowledgeBaseAgent.knowledge_base_id == knowledge_base_id
            return set(session.scalars(select(KnowledgeBaseAgent.agent_id).where(chosen)))

    def open_to(self, knowledge_base_id: uuid.UUID, agent_ids: Collection[uuid.UUID] | None) -> None:
        """Let these agents see a knowledge base, or all of the staff. Raises NotFound."""
        try:
            with self._sessions.begin() as session:
                base = versions.locked(session, knowledge_base_id)
                base.restricted = agent_ids is not None
                session.execute(
                    delete(KnowledgeBaseAgent).where(KnowledgeBaseAgent.knowledge_base_id == knowledge_base_id)
                )
                session.add_all(
                    KnowledgeBaseAgent(knowledge_base_id=knowledge_base_id, agent_id=agent_id)
                    for agent_id in set(agent_ids or ())
                )
        except IntegrityError as error:
            raise NotFound("There is no such agent.", code="agent_not_found") from error


def seen_by(agent: Agent) -> ColumnElement[bool]:
    """Of knowledge bases: whether this agent may see them."""
    if agent.role == Role.ADMIN:
        return true()
    chosen = exists().where(
        KnowledgeBaseAgent.knowledge_base_id == KnowledgeBase.id, KnowledgeBaseAgent.agent_id == agent.id
    )
    return or_(~KnowledgeBase.restricted, chosen)


def _not_found(name: str) -> NotFound:
    thing = {"chunk_id": "passage"}.get(name, name.removesuffix("_id"))
    return NotFound(f"There is no such {thing.replace('_', ' ')}.", code=f"{thing}_not_found")
