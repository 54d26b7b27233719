"""The contact's side of the chat in one tab: the conversation that is open, and what is still to be done for it."""

from dataclasses import dataclass, field
from uuid import uuid4

from services.ui.caller import ApiError
from services.ui.client import Contact
from services.ui.conversation import Conversation

# Every event of a conversation is later than this one.
FROM_THE_START = "0"
LONGEST_MESSAGE = 4000
"""Characters that the api takes in a message."""


@dataclass(frozen=True)
class Outgoing:
    """A message on its way, with files by their names; the key makes sending it twice harmless."""

    text: str
    files: tuple[tuple[str, bytes], ...] = ()
    key: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class Thread:
    """What this tab has open. Verbs raise Unreachable or ApiError and can be called again until they succeed.

    `stuck` says that the last attempt to tell the api failed.
    """

    loaded: bool = False
    conversation: Conversation | None = None
    outgoing: list[Outgoing] = field(default_factory=list)
    person_wanted: bool = False
    stuck: bool = False
    token: str | None = None
    """What the api gave here; a run that is ended for a newer one may not come to writing the cookie."""

    @property
    def owes(self) -> bool:
        """Whether the api has still to be told something."""
        return bool(self.outgoing) or self.person_wanted

    def reopen(self, contact: Contact, conversation_id: str) -> None:
        """Take the api's word for everything in this conversation, and follow it from there."""
        answer = contact.conversation(conversation_id)
        self.leave()
        self.conversation = Conversation.follow(contact, answer, answer["last_event_id"])

    def catch_up(self, contact: Contact, language: str) -> None:
        """Take up the latest conversation, then say what is still to be said.

        A contact without a token has one as soon as the api gave it.
        """
        contact.token = contact.token or self.token
        self.stuck = True
        if not self.loaded:
            self._resume(contact)
        while self.outgoing:
            self._deliver(contact, self._started(contact, language), self.outgoing[0])
            self.outgoing.pop(0)
        if self.person_wanted:
            conversation = self._started(contact, language)
            conversation.state = contact.ask_for_person(conversation.id)["conversation"]
            self.person_wanted = False
        self.stuck = False

    def give_up(self) -> None:
        """Drop what the api will not take."""
        self.outgoing.clear()
        self.person_wanted = self.stuck = False

    def leave(self) -> None:
        """Close the conversation here, so that the next message opens a new one."""
        if self.conversation is not None:
            self.conversation.feed.close()
        self.conversation = None

    def _resume(self, contact: Contact) -> None:
        if contact.token:
            earlier = contact.conversations()
            if earlier:
                self.reopen(contact, earlier[0]["id"])
        self.loaded = True

    def _started(self, contact: Contact, language: str) -> Conversation:
        if self.conversation is None:
            answer = contact.start(language)
            contact.token = self.token = answer["token"]
            self.conversation = Conversation.follow(contact, answer, FROM_THE_START)
        return self.conversation

    @staticmethod
    def _deliver(contact: Contact, conversation: Conversation, outgoing: Outgoing) -> None:
        if outgoing.files:
            answer = contact.say_with_files(conversation.id, outgoing.text, outgoing.files, outgoing.key)
        else:
            answer = contact.say(conversation.id, outgoing.text, outgoing.key)
        conversation.keep(answer["message"])
        # Whether the assistant owes a reply now, and whether this woke a closed conversation, the api knows.
        conversation.update(contact.conversation(conversation.id))


def is_lost(error: ApiError) -> bool:
    """Whether the conversation (or the token that opens it) is no longer there for us, so that a new one is due."""
    return error.kind == "unauthenticated" or error.code == "conversation_not_found"
