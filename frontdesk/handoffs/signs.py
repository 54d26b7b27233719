"""Signs of life: who has a conversation open and who is writing in it, at this moment and for seconds only."""

import uuid

from frontdesk.agents import Agent
from frontdesk.conversations.models import WITH_PEOPLE, Conversation
from frontdesk.conversations.service import find
from frontdesk.database import Sessions
from frontdesk.events import Doing, Events, Sign

LOOKING_SECONDS = 10.0
"""A page that has a conversation open says so every four seconds."""
WRITING_SECONDS = 6.0
"""Who writes says so every three seconds."""


class Signs:
    """Tells those who follow a conversation; nothing of it is stored."""

    def __init__(self, sessions: Sessions, events: Events) -> None:
        self._sessions = sessions
        self._events = events

    def contact_writes(self, conversation_id: uuid.UUID, contact_id: uuid.UUID) -> None:
        """The contact is writing, which is told while people have the conversation; raises NotFound."""
        conversation = self._read(conversation_id, contact_id)
        if conversation.status in WITH_PEOPLE:
            self._events.sign(conversation_id, Sign(None, "", Doing.WRITING, WRITING_SECONDS))

    def agent_is_there(self, conversation_id: uuid.UUID, agent: Agent, *, writes: bool) -> None:
        """An agent has it open; who does not own it only looks. Raises NotFound."""
        conversation = self._read(conversation_id)
        if writes and conversation.assignee_id == agent.id:
            sign = Sign(str(agent.id), agent.name, Doing.WRITING, WRITING_SECONDS)
        else:
            sign = Sign(str(agent.id), agent.name, Doing.LOOKING, LOOKING_SECONDS)
        self._events.sign(conversation_id, sign)

    def _read(self, conversation_id: uuid.UUID, contact_id: uuid.UUID | None = None) -> Conversation:
        with self._sessions() as session:
            return find(session, conversation_id, contact_id)
