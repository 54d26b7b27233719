"""Who gets what is handed over, in which order, and what becomes of it when somebody is gone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from frontdesk.agents import Agent, Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Activity, Conversation, HandoffReason, Mood, Status
from frontdesk.database import new_id, now
from frontdesk.errors import Conflict, Invalid, NotAllowed
from frontdesk.handoffs.listing import View
from frontdesk.handoffs.models import Handoff
from frontdesk.handoffs.priority import Priority, priority
from frontdesk.handoffs.waiting import Wait, expected_seconds
from frontdesk.language import Language
from frontdesk.teams.models import TeamTopic
from frontdesk.triage.models import Topic
from tests.handoffs.staff import found, hire

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
Begin = Callable[..., Conversation]


@pytest.fixture
def wait(frontdesk: Frontdesk) -> Begin:
    """Has somebody wait for a person; `more` is set in the conversation before."""

    def begin(language: Language = Language.EN, **more: object) -> Conversation:
        conversation = frontdesk.conversations.open("web", None, language)
        with frontdesk.sessions.begin() as session:
            for name, value in more.items():
                setattr(session.get_one(Conversation, conversation.id), name, value)
        return frontdesk.desk.request(conversation.id, conversation.contact_id)

    return begin


def queue(frontdesk: Frontdesk, agent: Agent) -> list[object]:
    return [item.conversation.id for item in frontdesk.desk.list(agent.id, View.QUEUE, 50)]


class TestRouting:
    def test_the_topics_team_then_the_language_then_the_first(self, frontdesk: Frontdesk, wait: Begin) -> None:
        first, chinese, returns = (
            found(frontdesk, name, hire(frontdesk, 1), position, languages=languages)
            for position, (name, languages) in enumerate([("A", ["en"]), ("B", ["zh"]), ("C", ["de"])])
        )
        found(frontdesk, "Nobody", [], position=-1)
        topic = Topic(id=new_id(), name="Returns")
        with frontdesk.sessions.begin() as session:
            session.add(topic)
            session.flush()
            session.add(TeamTopic(topic_id=topic.id, team_id=returns.id))
        assert wait(Language.EN).team_id == first.id
        assert wait(Language.ZH).team_id == chinese.id
        assert wait(Language.ZH, topic_id=topic.id).team_id == returns.id

    def test_while_no_team_has_anybody_everybody_serves_everybody(
        self, frontdesk: Frontdesk, wait: Begin, agent: Agent
    ) -> None:
        waiting = wait()
        assert waiting.team_id == frontdesk.teams.list()[0].team.id
        assert queue(frontdesk, agent) == [waiting.id]

    def test_an_agent_serves_the_queues_of_their_teams(
        self, frontdesk: Frontdesk, wait: Begin, admin: Agent
    ) -> None:
        ours, theirs, free = hire(frontdesk, 3)
        found(frontdesk, "Ours", [ours], languages=["en"])
        found(frontdesk, "Theirs", [theirs], position=2, languages=["zh"])
        english, chinese = wait(Language.EN), wait(Language.ZH)
        assert queue(frontdesk, ours) == [english.id]
        assert queue(frontdesk, theirs) == [chinese.id]
        assert queue(frontdesk, free) == queue(frontdesk, admin) == [english.id, chinese.id]
        assert frontdesk.desk.counts(ours.id)[View.QUEUE] == 1
        with pytest.raises(NotAllowed):
            frontdesk.desk.claim(chinese.id, ours.id)
        assert frontdesk.conversations.get(chinese.id).assignee_id is None
        frontdesk.desk.claim(chinese.id, admin.id)

    def test_a_team_that_everybody_has_left_loses_nobody(self, frontdesk: Frontdesk, wait: Begin) -> None:
        ours, other = hire(frontdesk, 2)
        found(frontdesk, "Ours", [ours])
        found(frontdesk, "Other", [other], position=2)
        waiting = wait()
        assert queue(frontdesk, other) == []
        frontdesk.agents.create("boss@shop.example", "Boss", Role.ADMIN, "correct horse battery")
        frontdesk.agents.change(ours.id, active=False)
        assert queue(frontdesk, other) == [waiting.id]


class TestPriority:
    @pytest.mark.parametrize(
        ("reason", "mood", "waited", "due_in", "expected"),
        [
            (HandoffReason.SENSITIVE, Mood.ANGRY, 60, -1, Priority.SENSITIVE),
            (HandoffReason.ASKED, Mood.ANGRY, 60, -1, Priority.ANGRY),
            (HandoffReason.ASKED, Mood.UNHAPPY, 60, 0, Priority.OVERDUE),
            (HandoffReason.ASKED, Mood.UNHAPPY, 15, 5, Priority.WAITING_LONG),
            (HandoffReason.NOT_FOUND, Mood.UNHAPPY, 14, None, Priority.UNHAPPY),
            (HandoffReason.FAILED, Mood.CALM, 14, 1, Priority.NORMAL),
        ],
    )
    def test_the_most_urgent_reason_counts(
        self, reason: HandoffReason, mood: Mood, waited: int, due_in: int | None, expected: Priority
    ) -> None:
        due = None if due_in is None else NOON + timedelta(minutes=due_in)
        assert priority(reason, mood, NOON - timedelta(minutes=waited), due, NOON) is expected

    def test_the_queue_is_in_its_order_and_keeps_up(self, frontdesk: Frontdesk, wait: Begin, agent: Agent) -> None:
        long, calm, angry = wait(), wait(), wait(mood=Mood.ANGRY)
        assert queue(frontdesk, agent) == [angry.id, long.id, calm.id]
        with frontdesk.sessions.begin() as session:
            session.get_one(Conversation, calm.id).mood = Mood.ANGRY
            session.get_one(Conversation, angry.id).mood = Mood.CALM
        assert frontdesk.rounds.reorder() == 2
        assert queue(frontdesk, agent) == [calm.id, long.id, angry.id]
        assert frontdesk.rounds.reorder() == 0


class TestAssigning:
    def test_nobody_ever_gets_more_than_they_can(self, frontdesk: Frontdesk) -> None:
        agents = hire(frontdesk, 3, capacity=2)
        found(frontdesk, "Shop", agents, assigns=True)
        opened = [frontdesk.conversations.open("web", None, None) for _ in range(24)]
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda one: frontdesk.desk.request(one.id, one.contact_id), opened))
            list(pool.map(lambda _: frontdesk.rounds.assign(), range(6)))
        for agent in agents:
            assert frontdesk.desk.counts(agent.id) == {View.QUEUE: 18, View.MINE: 2}
        frontdesk.desk.resolve(frontdesk.desk.list(agents[0].id, View.MINE, 1)[0].conversation.id, agents[0].id)
        assert frontdesk.rounds.assign() == 1
        assert frontdesk.desk.counts(agents[0].id) == {View.QUEUE: 17, View.MINE: 2}

    def test_who_is_away_or_gone_or_full_gets_nothing(self, frontdesk: Frontdesk, wait: Begin) -> None:
        away, gone, never = (
            hire(frontdesk, 1, away=True)[0],
            hire(frontdesk, 1, seen_at=now() - timedelta(minutes=2))[0],
            hire(frontdesk, 1, seen_at=None)[0],
        )
        found(frontdesk, "Shop", [away, gone, never, *hire(frontdesk, 1, capacity=0)], assigns=True)
        assert wait().assignee_id is None
        assert frontdesk.rounds.assign() == 0

    def test_who_had_it_before_has_it_again(self, frontdesk: Frontdesk, wait: Begin) -> None:
        agents = hire(frontdesk, 4)
        found(frontdesk, "Shop", agents, assigns=True)
        conversation = wait()
        for _ in range(3):
            before = conversation.assignee_id
            assert before is not None
            frontdesk.desk.resolve(conversation.id, before)
            conversation = frontdesk.desk.request(conversation.id, conversation.contact_id)
            assert conversation.assignee_id == before
            assert frontdesk.desk.get(conversation.id).handoff.previous_agent_id == before


class TestGone:
    def test_who_is_gone_too_long_loses_it_to_the_queue(self, frontdesk: Frontdesk, wait: Begin) -> None:
        gone, here = hire(frontdesk, 2)
        conversation = wait()
        frontdesk.desk.claim(conversation.id, gone.id)
        frontdesk.desk.reply(conversation.id, gone.id, "one moment", None)
        assert frontdesk.rounds.release() == 0
        with frontdesk.engine.begin() as connection:
            earlier = {"then": now() - timedelta(minutes=11)}
            connection.execute(text("UPDATE agents SET seen_at = :then"), earlier)
            connection.execute(text("UPDATE handoffs SET owned_since = :then, requested_at = :then"), earlier)
        assert frontdesk.rounds.release() == 0, "they have just written"
        with frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE messages SET created_at = :then"), earlier)
        assert frontdesk.rounds.release() == 1
        last = frontdesk.conversations.messages(conversation.id)[-1]
        assert (last.activity, last.status, last.agent_id) == (Activity.RELEASED, Status.OPEN, None)
        assert queue(frontdesk, here) == [conversation.id]
        with pytest.raises(NotAllowed):
            frontdesk.desk.reply(conversation.id, gone.id, "I am back", None)
        frontdesk.desk.claim(conversation.id, here.id)


class TestSnoozing:
    def test_it_wakes_at_its_moment(self, frontdesk: Frontdesk, wait: Begin, agent: Agent) -> None:
        conversation = wait()
        with pytest.raises(NotAllowed):
            frontdesk.desk.snooze(conversation.id, agent.id, now() + timedelta(hours=1))
        frontdesk.desk.claim(conversation.id, agent.id)
        for never in (now(), now() + timedelta(days=91)):
            with pytest.raises(Invalid):
                frontdesk.desk.snooze(conversation.id, agent.id, never)
        frontdesk.desk.snooze(conversation.id, agent.id, now() + timedelta(hours=1))
        assert frontdesk.conversations.get(conversation.id).status is Status.SNOOZED
        assert frontdesk.rounds.wake() == 0
        with frontdesk.engine.begin() as connection:
            connection.execute(text("UPDATE conversations SET snoozed_until = now()"))
        assert frontdesk.rounds.wake() == 1
        awake = frontdesk.conversations.get(conversation.id)
        assert (awake.status, awake.assignee_id, awake.snoozed_until) == (Status.OPEN, agent.id, None)

    def test_the_contacts_word_wakes_it(self, frontdesk: Frontdesk, wait: Begin, agent: Agent) -> None:
        conversation = wait()
        frontdesk.desk.claim(conversation.id, agent.id)
        frontdesk.desk.snooze(conversation.id, agent.id, now() + timedelta(days=1))
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, "here I am", None)
        awake = frontdesk.conversations.get(conversation.id)
        assert (awake.status, awake.assignee_id) == (Status.OPEN, agent.id)
        assert frontdesk.conversations.messages(conversation.id)[-1].activity is Activity.WOKEN
        assert frontdesk.desk.get(conversation.id).unread == 1
        frontdesk.desk.read(conversation.id, agent.id, awake.last_sequence)
        assert frontdesk.desk.get(conversation.id).unread == 0


class TestTransferring:
    def test_to_a_person_with_a_note(self, frontdesk: Frontdesk, wait: Begin) -> None:
        owner, other = hire(frontdesk, 2)
        conversation = wait()
        with pytest.raises(NotAllowed):
            frontdesk.desk.transfer(conversation.id, owner.id, to_agent=other.id)
        frontdesk.desk.claim(conversation.id, owner.id)
        frontdesk.desk.transfer(conversation.id, owner.id, to_agent=other.id, note="Knows about kettles")
        frontdesk.desk.reply(conversation.id, other.id, "Good day", None)
        assert [note.text for note in frontdesk.desk.notes(conversation.id)] == ["Knows about kettles"]
        assert "kettles" not in "".join(m.text for m in frontdesk.conversations.messages(conversation.id))

    def test_to_a_team_into_its_queue(self, frontdesk: Frontdesk, wait: Begin, admin: Agent) -> None:
        owner, other = hire(frontdesk, 2)
        found(frontdesk, "Ours", [owner])
        team = found(frontdesk, "Others", [other], position=2)
        conversation = wait()
        frontdesk.desk.claim(conversation.id, owner.id)
        frontdesk.desk.transfer(conversation.id, admin.id, to_team=team.id)
        assert (queue(frontdesk, owner), queue(frontdesk, other)) == ([], [conversation.id])
        for wrong in ({}, {"to_team": team.id, "to_agent": other.id}):
            with pytest.raises(Invalid):
                frontdesk.desk.transfer(conversation.id, admin.id, **wrong)

    def test_what_the_assistant_has_is_not_passed_on(
        self, frontdesk: Frontdesk, agent: Agent, admin: Agent
    ) -> None:
        conversation = frontdesk.conversations.open("web", None, None)
        with pytest.raises(Conflict):
            frontdesk.desk.transfer(conversation.id, admin.id, to_agent=agent.id)


class TestWaiting:
    def test_place_and_time_are_told_as_they_are(self, frontdesk: Frontdesk, wait: Begin, agent: Agent) -> None:
        first, second = wait(), wait()

        def standing(one: Conversation) -> tuple[int | None, int | None]:
            told = frontdesk.reaching.standing(one.id, one.contact_id)
            return told.position, told.wait_seconds

        assert (standing(first), standing(second)) == ((1, None), (2, None))
        frontdesk.desk.claim(first.id, agent.id)
        assert (standing(first), standing(second)) == ((None, None), (1, None))
        with frontdesk.sessions.begin() as session:
            # Made up, so nobody was told of them.
            session.execute(text("SET LOCAL session_replication_role = replica"))
            for _ in range(5):
                session.add(
                    Handoff(
                        conversation_id=first.id,
                        reason=HandoffReason.ASKED,
                        place=2,
                        requested_at=now() - timedelta(seconds=300),
                        claimed_at=now() - timedelta(seconds=60),
                        claimed_by=agent.id,
                        ended_at=now(),
                        outcome="resolved",
                    )
                )
        assert standing(second) == (1, 120)
        third = wait()
        assert standing(third) == (2, 240)
        with frontdesk.sessions.begin() as session:
            before = now() - timedelta(seconds=500)
            session.execute(update(Handoff).where(Handoff.conversation_id == second.id).values(requested_at=before))
        assert (standing(second), standing(third)) == ((1, None), (2, None)), "nobody takes the one in front"

    def test_an_expectation_is_what_three_of_four_keep(self) -> None:
        waits = [Wait(seconds, 1) for seconds in (10, 20, 30, 40)]
        assert expected_seconds(waits, 2, 0) is None
        assert expected_seconds([*waits, Wait(1000, 2)], 2, 0) == 80
        assert expected_seconds([*waits, Wait(1000, 2)], 2, 161) is None


class TestCallingBack:
    def test_word_is_left_changed_and_ticked_off(self, frontdesk: Frontdesk, wait: Begin, agent: Agent) -> None:
        conversation = wait()
        key = (conversation.id, conversation.contact_id)
        for wrong in ({}, {"email": "x@y"}, {"phone": "call me"}, {"name": "Ann", "wish": "Call!"}):
            with pytest.raises(Invalid):
                frontdesk.reaching.leave_word(*key, **wrong)
        frontdesk.reaching.leave_word(*key, phone="+86 138 0000 0000")
        frontdesk.reaching.tick_off(conversation.id, agent.id, done=True)
        assert frontdesk.desk.get(conversation.id).callback.done_by == agent.id
        frontdesk.reaching.leave_word(*key, name="Ann", email="ann@example.com", wish="after five")
        left = frontdesk.desk.get(conversation.id).callback
        assert (left.name, left.email, left.phone, left.done_at) == ("Ann", "ann@example.com", "", None)

    def test_only_who_waits_for_people_leaves_word(self, frontdesk: Frontdesk) -> None:
        conversation = frontdesk.conversations.open("web", None, None)
        with pytest.raises(Conflict):
            frontdesk.reaching.leave_word(conversation.id, conversation.contact_id, email="ann@example.com")


class TestTargets:
    def test_what_is_owed_and_when_it_came(self, frontdesk: Frontdesk, wait: Begin, agent: Agent) -> None:
        found(frontdesk, "Shop", [agent], first_response_minutes=5, resolution_minutes=60)
        conversation = wait()
        handoff = frontdesk.desk.get(conversation.id).handoff
        assert handoff.first_response_due == handoff.requested_at + timedelta(minutes=5)
        assert handoff.resolution_due == handoff.requested_at + timedelta(minutes=60)
        frontdesk.desk.claim(conversation.id, agent.id)
        first = frontdesk.desk.reply(conversation.id, agent.id, "Good day", None).message
        frontdesk.desk.reply(conversation.id, agent.id, "How can I help?", None)
        assert frontdesk.desk.get(conversation.id).handoff.first_response_at == first.created_at
