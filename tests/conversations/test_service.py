"""Conversations: stored before acknowledged, numbered without gaps, never twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Status
from frontdesk.errors import Conflict, Invalid, NotAllowed, NotFound
from frontdesk.language import Language


@pytest.fixture
def conversation(frontdesk: Frontdesk) -> Conversation:
    return frontdesk.conversations.open("web", None, Language.ZH)


class TestOpen:
    def test_a_contact_comes_back_to_their_conversations(self, frontdesk: Frontdesk) -> None:
        first = frontdesk.conversations.open("web", None, None)
        second = frontdesk.conversations.open("web", first.contact_id, None)
        assert [c.id for c in frontdesk.conversations.of_contact(first.contact_id)] == [second.id, first.id]

    def test_a_token_outlives_the_database(self, frontdesk: Frontdesk) -> None:
        # After a restore of an old backup, visitors still hold tokens of contacts that are not there any more.
        assert frontdesk.conversations.open("web", uuid.uuid4(), None).contact_id


class TestReceive:
    def test_the_assistant_now_owes_a_reply(self, frontdesk: Frontdesk, conversation: Conversation) -> None:
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, " 你好 ", None)
        assert frontdesk.conversations.get(conversation.id).awaiting_since is not None
        assert [m.text for m in frontdesk.conversations.messages(conversation.id)] == ["你好"]

    def test_the_language_follows_the_contact(self, frontdesk: Frontdesk, conversation: Conversation) -> None:
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, "where is my parcel", None)
        assert frontdesk.conversations.get(conversation.id).language == Language.EN

    def test_one_key_stores_once_however_many_send_it(
        self, frontdesk: Frontdesk, conversation: Conversation
    ) -> None:
        def send(_: int) -> tuple[uuid.UUID, bool]:
            posted = frontdesk.conversations.receive(conversation.id, conversation.contact_id, "hi", "key")
            return posted.message.id, posted.fresh

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(send, range(16)))
        assert len({message_id for message_id, _ in results}) == 1
        assert sum(fresh for _, fresh in results) == 1

    def test_a_key_is_for_one_text(self, frontdesk: Frontdesk, conversation: Conversation) -> None:
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, "one", "key")
        with pytest.raises(Conflict):
            frontdesk.conversations.receive(conversation.id, conversation.contact_id, "two", "key")

    def test_numbers_have_no_gaps_when_many_write_at_once(
        self, frontdesk: Frontdesk, conversation: Conversation
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda n: frontdesk.conversations.receive(
                        conversation.id, conversation.contact_id, f"m{n}", None
                    ),
                    range(40),
                )
            )
        numbers = [m.sequence for m in frontdesk.conversations.messages(conversation.id)]
        assert numbers == list(range(1, 41))

    def test_somebody_else_may_not_write(self, frontdesk: Frontdesk, conversation: Conversation) -> None:
        stranger = frontdesk.conversations.open("web", None, None).contact_id
        with pytest.raises(NotFound):
            frontdesk.conversations.receive(conversation.id, stranger, "hi", None)

    @pytest.mark.parametrize("text", ["", "  \n ", "\x00", "x" * 4001, "\ud800"])
    def test_what_is_no_message_is_refused(
        self, frontdesk: Frontdesk, conversation: Conversation, text: str
    ) -> None:
        with pytest.raises(Invalid):
            frontdesk.conversations.receive(conversation.id, conversation.contact_id, text, None)
        assert not frontdesk.conversations.messages(conversation.id)


class TestStates:
    """The entity refuses what is not lawful."""

    agent = uuid.uuid4()

    @staticmethod
    def at(status: Status, assignee: uuid.UUID | None = None) -> Conversation:
        return Conversation(status=status, assignee_id=assignee, language=Language.ZH, last_sequence=0)

    @pytest.mark.parametrize("status", [Status.OPEN, Status.SNOOZED])
    def test_people_have_it_only_once(self, status: Status) -> None:
        with pytest.raises(Conflict):
            self.at(status).hand_over()

    @pytest.mark.parametrize("status", [Status.PENDING, Status.RESOLVED, Status.SNOOZED])
    def test_only_the_queue_can_be_claimed_from(self, status: Status) -> None:
        with pytest.raises(Conflict):
            self.at(status).claim(self.agent, takes_over=True)

    def test_a_claimed_one_is_not_claimed_by_another(self) -> None:
        with pytest.raises(Conflict):
            self.at(Status.OPEN, uuid.uuid4()).claim(self.agent, takes_over=False)

    def test_only_the_owner_ends_it(self) -> None:
        with pytest.raises(NotAllowed):
            self.at(Status.OPEN, uuid.uuid4()).resolve(self.agent)
        with pytest.raises(NotAllowed):
            self.at(Status.OPEN, uuid.uuid4()).return_to_assistant(self.agent, None)

    def test_a_message_wakes_a_resolved_conversation(self) -> None:
        conversation = self.at(Status.RESOLVED)
        conversation.receive()
        assert conversation.status == Status.PENDING
        assert conversation.awaiting_since

    def test_a_message_to_people_owes_nothing_to_the_assistant(self) -> None:
        conversation = self.at(Status.OPEN, self.agent)
        conversation.receive()
        assert (conversation.status, conversation.awaiting_since) == (Status.OPEN, None)
