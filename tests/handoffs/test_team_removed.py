"""A team is removed while a conversation comes to it: the conversation is never with a team that is not there."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import HandoffReason
from frontdesk.conversations.service import lock
from frontdesk.errors import NotFound
from frontdesk.handoffs.handing import hand_over
from frontdesk.teams.models import Team
from tests.handoffs.staff import found, hire
from tests.waiting import wait_for


@pytest.fixture
def teams(frontdesk: Frontdesk) -> tuple[Team, Team]:
    """Two that have somebody: the first gets what comes."""
    agents = hire(frontdesk, 2)
    return found(frontdesk, "Shop", agents[:1]), found(frontdesk, "Returns", agents[1:], position=2)


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def blocked(frontdesk: Frontdesk) -> bool:
    """Whether somebody waits for a lock."""
    with frontdesk.engine.connect() as connection:
        waits = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(connection.scalar(text(waits)))


def test_a_team_waits_with_its_end_for_what_comes_to_it(
    frontdesk: Frontdesk, teams: tuple[Team, Team], other: ThreadPoolExecutor
) -> None:
    conversation = frontdesk.conversations.open("web", None, None)
    with frontdesk.sessions.begin() as session:
        hand_over(session, lock(session, conversation.id), HandoffReason.ASKED)
        removed = other.submit(frontdesk.teams.delete, teams[0].id)
        wait_for(lambda: blocked(frontdesk), what="waiting for the handoff")
    removed.result()
    assert frontdesk.conversations.get(conversation.id).team_id is None, "everybody sees it in the queue"


def test_what_comes_to_a_team_that_ends_comes_to_another(
    frontdesk: Frontdesk, teams: tuple[Team, Team], other: ThreadPoolExecutor
) -> None:
    conversation = frontdesk.conversations.open("web", None, None)
    with frontdesk.sessions.begin() as session:
        session.delete(session.get_one(Team, teams[0].id))
        session.flush()
        handed_over = other.submit(frontdesk.desk.request, conversation.id, conversation.contact_id)
        wait_for(lambda: blocked(frontdesk), what="waiting for the end of the team")
    handed_over.result()
    assert frontdesk.conversations.get(conversation.id).team_id == teams[1].id


def test_nothing_is_passed_on_to_a_team_that_ends(
    frontdesk: Frontdesk, teams: tuple[Team, Team], other: ThreadPoolExecutor
) -> None:
    (agent,) = hire(frontdesk, 1)
    conversation = frontdesk.conversations.open("web", None, None)
    frontdesk.desk.request(conversation.id, conversation.contact_id)
    frontdesk.desk.claim(conversation.id, agent.id)
    with frontdesk.sessions.begin() as session:
        session.delete(session.get_one(Team, teams[1].id))
        session.flush()
        passed = other.submit(frontdesk.desk.transfer, conversation.id, agent.id, to_team=teams[1].id)
        wait_for(lambda: blocked(frontdesk), what="waiting for the end of the team")
    with pytest.raises(NotFound, match="no such team"):
        passed.result()
    assert frontdesk.conversations.get(conversation.id).assignee_id == agent.id
