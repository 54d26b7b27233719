"""Canned responses as they are kept, and as they are ready for a conversation."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.canned.models import CannedResponse
from frontdesk.canned.variables import BLANK
from frontdesk.contacts import label
from frontdesk.conversations.models import Conversation
from frontdesk.errors import Conflict, DomainError, Invalid, NotFound
from frontdesk.language import Language

HELLO = "Hello {contact}, {agent} of {team} here, about {conversation}."


@pytest.fixture
def conversation(frontdesk: Frontdesk, agent: Agent) -> Conversation:
    """One that waits in the queue of the team Returns, in English."""
    frontdesk.teams.create("Returns", agent_ids=[agent.id])
    opened = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.desk.request(opened.id, opened.contact_id)
    return opened


@pytest.fixture
def write(frontdesk: Frontdesk, admin: Agent) -> Callable[..., CannedResponse]:
    """The administrator writes one."""

    def create(name: str, text: str = "Hello", **more: object) -> CannedResponse:
        return frontdesk.canned.create(admin.id, name, text, **more)

    return create


def test_it_is_filled_in_with_what_is_known(
    frontdesk: Frontdesk, write: Callable[..., CannedResponse], agent: Agent, conversation: Conversation
) -> None:
    write("hello", HELLO)
    (ready,) = frontdesk.canned.ready(conversation.id, agent.id)
    reference = label(conversation.id)
    assert ready.text == f"Hello {BLANK}, Li Ming of Returns here, about {reference}."
    assert ready.blanks == 1
    frontdesk.reaching.leave_word(conversation.id, conversation.contact_id, name="Ann", phone="138 0000 0000")
    (ready,) = frontdesk.canned.ready(conversation.id, agent.id)
    assert ready.text == f"Hello Ann, Li Ming of Returns here, about {reference}."
    assert ready.blanks == 0


def test_an_agent_uses_those_of_all_and_of_their_teams(
    frontdesk: Frontdesk,
    write: Callable[..., CannedResponse],
    agent: Agent,
    admin: Agent,
    conversation: Conversation,
) -> None:
    (returns,) = (found.team.id for found in frontdesk.teams.list())
    billing = frontdesk.teams.create("Billing").team.id
    write("ours", team_id=returns)
    write("theirs", team_id=billing)
    write("everybody's")

    def names(of: Agent) -> list[str]:
        return [one.response.name for one in frontdesk.canned.ready(conversation.id, of.id)]

    assert names(agent) == ["everybody's", "ours"]
    assert names(admin) == ["everybody's", "ours", "theirs"]
    frontdesk.teams.change(returns, agent_ids=[])
    assert names(agent) == names(admin)
    frontdesk.teams.change(returns, agent_ids=[agent.id])
    frontdesk.teams.delete(billing)
    assert names(agent) == ["everybody's", "ours", "theirs"]


def test_those_in_the_language_of_the_conversation_come_first(
    frontdesk: Frontdesk, write: Callable[..., CannedResponse], agent: Agent, conversation: Conversation
) -> None:
    write("a", "您好", language=Language.ZH)
    write("b", "Hello", language=Language.EN)
    write("c", "OK")
    ready = frontdesk.canned.ready(conversation.id, agent.id)
    assert [one.response.name for one in ready] == ["b", "c", "a"]
    (found,) = frontdesk.canned.ready(conversation.id, agent.id, "您好")
    assert found.response.name == "a"


def test_a_name_is_taken_whatever_its_case(
    frontdesk: Frontdesk, write: Callable[..., CannedResponse], admin: Agent
) -> None:
    refund, other = write("Refund"), write("Other")
    with pytest.raises(Conflict, match="exists already"):
        write(" reFUND ")
    with pytest.raises(Conflict, match="exists already"):
        frontdesk.canned.change(other.id, admin.id, 1, "REFUND", "Hello", None, None)
    renamed = frontdesk.canned.change(refund.id, admin.id, 1, "REFUND", "Hello", None, None)
    assert (renamed.name, renamed.revision) == ("REFUND", 2)


def test_of_two_who_take_a_name_at_once_one_gets_it(
    frontdesk: Frontdesk, write: Callable[..., CannedResponse]
) -> None:
    def attempt(_: int) -> str:
        try:
            write("Refund")
        except Conflict as error:
            return error.code
        return "written"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == ["canned_name_taken"] * 5 + ["written"]


def test_a_change_from_an_old_page_is_refused(
    frontdesk: Frontdesk, write: Callable[..., CannedResponse], admin: Agent, agent: Agent
) -> None:
    written = write("Refund", "Soon.")
    assert written.changed_by == admin.id
    changed = frontdesk.canned.change(written.id, agent.id, 1, "Refund", "Today.", Language.EN, None)
    assert (changed.text, changed.changed_by) == ("Today.", agent.id)
    assert changed.changed_at > written.changed_at
    with pytest.raises(Conflict) as refused:
        frontdesk.canned.change(written.id, admin.id, 1, "Refund", "Tomorrow.", None, None)
    assert refused.value.code == "canned_changed"
    (kept,) = frontdesk.canned.list()
    assert (kept.text, kept.language) == ("Today.", Language.EN)
    frontdesk.canned.delete(written.id)
    assert frontdesk.canned.list() == []


@pytest.mark.parametrize(
    ("fields", "kind", "code"),
    [
        ({"text": "Dear {customer}"}, Invalid, "canned_variable_unknown"),
        ({"text": " \0 "}, Invalid, "text_empty"),
        ({"text": "x" * 4001}, Invalid, "text_too_long"),
        ({"name": "x" * 81}, Invalid, "text_too_long"),
        ({"team_id": uuid.uuid4()}, NotFound, "team_not_found"),
    ],
)
def test_what_can_not_be_used_is_refused(
    write: Callable[..., CannedResponse], fields: dict[str, object], kind: type[DomainError], code: str
) -> None:
    with pytest.raises(kind) as refused:
        write(**({"name": "Refund"} | fields))
    assert refused.value.code == code


def test_without_a_conversation_there_is_nothing_to_fill_in(frontdesk: Frontdesk, agent: Agent) -> None:
    with pytest.raises(NotFound):
        frontdesk.canned.ready(uuid.uuid4(), agent.id)
    with pytest.raises(NotFound):
        frontdesk.canned.delete(uuid.uuid4())
