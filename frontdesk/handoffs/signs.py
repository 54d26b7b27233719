"""Signs of life: who has a conversation open and who is writing in it, at this moment and for seconds only."""

import uuid

from frontdesk.agents import Agent
from frontdesk.conversations.models import Conversation, Status
from frontdesk.database import Sessions
from frontdesk.errors import NotFound
from frontdesk.events import Doing, Events, Sign

LOOKING_SECONDS = 10.0
"""A page that has a conversation open says so every four seconds."""
WRITING_SECONDS = 6.0
"""Who writes says so every three seconds."""

WITH_PEOPLE = (Status.OPEN, Status.SNOOZED)


class Signs:
    """Tells those who follow a conversation; nothing of it is stored."""

    def __init__(self, sessions: Sessions, events: Events) -> None:
        self._sessions = sessions
        self._events = events

    def contact_writes(self, conversation_id: uuid.UUID, contact_id: uuid.UUID) -> None:
        """The contact is writing, which is told while people have the conversation; raises NotFound."""
        conversation = self._read(conversation_id)
        if conversation.contact_id != contact_id:
            raise _not_found()
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

    def _read(self, conversation_id: uuid.UUID) -> Conversation:
        with self._sessions() as session:
            conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            raise _not_found()
        return conversation


def _not_found() -> NotFound:
    return NotFound("There is no such conversation.", code="conversation_not_found")
