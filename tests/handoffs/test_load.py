"""What people have before them: counted as who waits and who has it would count."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from frontdesk.agents import Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Message
from frontdesk.database import new_id, now
from frontdesk.errors import Invalid
from frontdesk.handoffs.load import HOUR, Held, pressing, share
from frontdesk.handoffs.models import Handoff
from frontdesk.language import Language
from frontdesk.teams.targets import TargetState
from tests.handoffs.staff import found, hire

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
Begin = Callable[..., Conversation]


@pytest.fixture
def wait(frontdesk: Frontdesk) -> Begin:
    """Has somebody wait for a person, since so many minutes."""

    def begin(minutes: float = 0, language: Language = Language.EN) -> Conversation:
        conversation = frontdesk.conversations.open("web", None, language)
        frontdesk.desk.request(conversation.id, conversation.contact_id)
        with frontdesk.sessions.begin() as session:
            handoff = session.scalars(select(Handoff).where(Handoff.conversation_id == conversation.id)).one()
            handoff.requested_at -= timedelta(minutes=minutes)
        return conversation

    return begin


def say(frontdesk: Frontdesk, conversation: Conversation, text: str, minutes_ago: float = 0) -> None:
    posted = frontdesk.conversations.receive(conversation.id, conversation.contact_id, text, None)
    with frontdesk.sessions.begin() as session:
        session.get_one(Message, posted.message.id).created_at -= timedelta(minutes=minutes_ago)


def held(minutes: float | None = 0, state: TargetState | None = None, *, owned: bool = False) -> Held:
    since = None if minutes is None else NOON - timedelta(minutes=minutes)
    return Held(new_id(), None, new_id() if owned else None, since, 0, state, snoozed=False)


def test_teams_have_what_waits_for_them_and_agents_what_they_took(frontdesk: Frontdesk, wait: Begin) -> None:
    (li, wang) = hire(frontdesk, 2)
    english = found(frontdesk, "English", [li, wang], 1, languages=["en"])
    chinese = found(frontdesk, "Chinese", [wang], 2, languages=["zh"])
    longest, taken, _ = wait(40), wait(30), wait(20)
    wait(5, Language.ZH)
    frontdesk.desk.claim(taken.id, li.id)
    say(frontdesk, taken, "Hello?")
    say(frontdesk, taken, "Are you there?")

    load = frontdesk.supervision.load()
    teams = {team.id: shared for team, shared in load.teams if team}
    assert (teams[english.id].waiting, teams[english.id].open) == (2, 1)
    assert (teams[chinese.id].waiting, teams[chinese.id].open) == (1, 0)
    assert teams[english.id].longest_in_queue.conversation_id == longest.id
    agents = {agent.id: shared for agent, shared in load.agents}
    assert (agents[li.id].open, agents[li.id].unread) == (1, 2)
    assert (agents[wang.id].open, agents[wang.id].longest_unanswered) == (0, None)
    assert load.there == {english.id, chinese.id}


def test_with_an_agent_somebody_waits_until_all_is_answered(frontdesk: Frontdesk, wait: Begin) -> None:
    (li,) = hire(frontdesk, 1)
    conversation = wait(30)

    def waiting_since() -> datetime | None:
        ((_, shared),) = ((agent, shared) for agent, shared in frontdesk.supervision.load().agents)
        return shared.longest_unanswered.waiting_since if shared.longest_unanswered else None

    frontdesk.desk.claim(conversation.id, li.id)
    assert waiting_since() < now() - timedelta(minutes=29)
    frontdesk.desk.reply(conversation.id, li.id, "Good day", None)
    assert waiting_since() is None
    say(frontdesk, conversation, "Where is it?", minutes_ago=9)
    say(frontdesk, conversation, "And when does it come?", minutes_ago=2)
    assert timedelta(minutes=8) < now() - waiting_since() < timedelta(minutes=10)
    frontdesk.desk.reply(conversation.id, li.id, "Tomorrow.", None)
    assert waiting_since() is None


def test_what_was_given_away_is_nobodys_load(frontdesk: Frontdesk, wait: Begin) -> None:
    (li,) = hire(frontdesk, 1)
    resolved, returned, off = (wait() for _ in range(3))
    for one in (resolved, returned, off):
        frontdesk.desk.claim(one.id, li.id)
    frontdesk.desk.resolve(resolved.id, li.id, None)
    frontdesk.desk.return_to_assistant(returned.id, li.id)
    frontdesk.desk.snooze(off.id, li.id, now() + HOUR)
    load = frontdesk.supervision.load()
    ((_, shared),) = load.agents
    assert (shared.open, shared.snoozed) == (0, 1)
    assert sum(hour.came for hour in load.hours) == 3
    assert sum(hour.taken for hour in load.hours) == 3
    assert sum(hour.resolved for hour in load.hours) == 1


def test_who_has_left_has_nothing_and_it_waits_again(frontdesk: Frontdesk, wait: Begin) -> None:
    hire(frontdesk, 1, Role.ADMIN)
    (li,) = hire(frontdesk, 1)
    conversation = wait(3)
    frontdesk.desk.claim(conversation.id, li.id)
    frontdesk.agents.change(li.id, active=False)
    load = frontdesk.supervision.load()
    assert sum(shared.waiting for _, shared in load.teams) == 1
    assert [shared.open for _, shared in load.agents] == [0]
    assert [item.conversation.id for item, _ in load.pressing] == [conversation.id]


def test_hours_are_counted_from_where_the_day_of_who_looks_began(frontdesk: Frontdesk, wait: Begin) -> None:
    began = now() - 3.5 * HOUR
    for minutes in (209, 190, 100, 5, 500):
        wait(minutes)
    hours = frontdesk.supervision.load(began).hours
    assert [hour.starts_at for hour in hours] == [began + number * HOUR for number in range(4)]
    assert [hour.came for hour in hours] == [2, 1, 0, 1]
    for wrong in (now() + HOUR, now() - 27 * HOUR):
        with pytest.raises(Invalid):
            frontdesk.supervision.load(wrong)


def test_a_broken_promise_comes_before_a_long_wait() -> None:
    broken, soon = held(2, TargetState.BREACHED), held(1, TargetState.DUE_SOON)
    long, short = held(50, TargetState.ON_TRACK), held(3, owned=True)
    settled = held(None, TargetState.ON_TRACK, owned=True)
    late = held(None, TargetState.BREACHED, owned=True)
    assert pressing([short, settled, late, long, soon, broken]) == [broken, late, soon, long, short]


def test_a_share_counts_each_once() -> None:
    late, soon = held(9, TargetState.BREACHED), held(2, TargetState.DUE_SOON, owned=True)
    shared = share([held(4), late, held(None, owned=True), held(1, owned=True), soon])
    assert (shared.waiting, shared.open, shared.overdue, shared.due_soon) == (2, 3, 1, 1)
    assert (shared.longest_in_queue, shared.longest_unanswered) == (late, soon)
    assert share([]).longest_in_queue is None
