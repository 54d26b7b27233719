"""Contacts who ask what is not known, and agents who know it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Message, Sender
from frontdesk.growth.gaps import ToldGap
from tests.waiting import wait_for


@dataclass(frozen=True, slots=True)
class Story:
    """A conversation, and who writes in it."""

    frontdesk: Frontdesk
    conversation: Conversation

    def say(self, text: str) -> Message:
        """The contact says something, and the assistant has its turn if it owes one; gives what it says."""
        conversation = self.frontdesk.conversations.receive(
            self.conversation.id, self.conversation.contact_id, text, None
        )
        # Where an api runs beside, one of its threads may have the turn.
        return wait_for(lambda: self._reply_after(conversation.message.sequence), 60, "what the assistant says")

    def _reply_after(self, sequence: int) -> Message | None:
        while self.frontdesk.assistant.take_turn():
            pass
        said = self.frontdesk.conversations.messages(self.conversation.id, sequence)
        return next((message for message in reversed(said) if message.sender is Sender.ASSISTANT), None)

    def ask_for_person(self) -> None:
        """By the button."""
        self.frontdesk.desk.request(self.conversation.id, self.conversation.contact_id)

    def dislike(self, reply: Message) -> None:
        """Thumbs down."""
        self.frontdesk.conversations.rate(
            self.conversation.id, self.conversation.contact_id, reply.id, "down", None
        )

    def resolve(self, agent: Agent, *texts: str) -> None:
        """An agent takes it, answers and is done."""
        self.frontdesk.desk.claim(self.conversation.id, agent.id)
        for text in texts:
            self.frontdesk.desk.reply(self.conversation.id, agent.id, text, None)
        self.frontdesk.desk.resolve(self.conversation.id, agent.id)


def begin(frontdesk: Frontdesk, *said: str) -> Story:
    """A contact comes and says this."""
    story = Story(frontdesk, frontdesk.conversations.open("web", None, None))
    for text in said:
        story.say(text)
    return story


def gather(frontdesk: Frontdesk) -> None:
    """All there is."""
    while frontdesk.gathering.gather():
        pass


def gaps(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> Sequence[ToldGap]:
    """The open ones, once all is gathered."""
    gather(frontdesk)
    return frontdesk.gaps.page(knowledge_base_id).gaps
