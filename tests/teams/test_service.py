"""Teams on the real database: their order, their people, and administrators who change them at once."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import func, select

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Conflict, DomainError, Invalid, NotFound
from frontdesk.language import Language
from frontdesk.teams.models import Team, TeamMember, TeamTopic
from frontdesk.teams.routing import route, stand_in_line
from frontdesk.triage.models import Topic

AT_ONCE = 8


def add_topic(frontdesk: Frontdesk, name: str) -> uuid.UUID:
    with frontdesk.sessions.begin() as session:
        topic = Topic(name=name)
        session.add(topic)
    return topic.id


def names(frontdesk: Frontdesk) -> list[str]:
    return [found.team.name for found in frontdesk.teams.list()]


def routed(frontdesk: Frontdesk, language: Language, topic_id: uuid.UUID | None = None) -> str:
    with frontdesk.sessions.begin() as session:
        return route(session, topic_id, language).name


def at_once(verb: Callable[[int], object]) -> list[object]:
    """What came of doing something several times at the same moment; domain errors among it."""
    together = Barrier(AT_ONCE)

    def one(number: int) -> object:
        together.wait()
        try:
            return verb(number)
        except DomainError as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


class TestTheFirstTeam:
    def test_it_is_made_when_a_conversation_needs_one(self, frontdesk: Frontdesk) -> None:
        assert names(frontdesk) == []
        assert routed(frontdesk, Language.ZH) == "Support"
        assert names(frontdesk) == ["Support"]

    def test_it_is_made_once(self, frontdesk: Frontdesk) -> None:
        made = at_once(lambda _: routed(frontdesk, Language.EN))
        assert made == ["Support"] * AT_ONCE
        assert names(frontdesk) == ["Support"]

    def test_the_last_one_stays(self, frontdesk: Frontdesk) -> None:
        only = frontdesk.teams.ensure_default()
        with pytest.raises(Conflict) as refused:
            frontdesk.teams.delete(only.id)
        assert refused.value.code == "last_team"
        assert names(frontdesk) == ["Support"]


class TestRouting:
    def test_by_topic_then_by_language_then_the_first(self, frontdesk: Frontdesk) -> None:
        returns, jobs = add_topic(frontdesk, "Returns"), add_topic(frontdesk, "Jobs")
        frontdesk.teams.create("Support")
        frontdesk.teams.create("English", languages=[Language.EN])
        frontdesk.teams.create("Returns", languages=[Language.ZH], topic_ids=[returns])
        assert routed(frontdesk, Language.EN, returns) == "Returns"
        assert routed(frontdesk, Language.EN) == "English"
        assert routed(frontdesk, Language.EN, jobs) == "English"
        assert routed(frontdesk, Language.ZH) == "Returns"
        frontdesk.teams.change(frontdesk.teams.list()[2].team.id, languages=[])
        assert routed(frontdesk, Language.ZH) == "Support"

    def test_a_first_team_of_another_language_leaves_it_to_who_speaks_all(self, frontdesk: Frontdesk) -> None:
        frontdesk.teams.create("中文", languages=[Language.ZH])
        assert routed(frontdesk, Language.EN) == "中文"
        frontdesk.teams.create("Everybody")
        assert routed(frontdesk, Language.EN) == "Everybody"

    def test_a_topic_that_is_gone_routes_as_none(self, frontdesk: Frontdesk) -> None:
        frontdesk.teams.create("Support")
        assert routed(frontdesk, Language.ZH, uuid.uuid4()) == "Support"


class TestPeopleAndTopics:
    def test_members_are_those_that_are_named(self, frontdesk: Frontdesk, agent: Agent, admin: Agent) -> None:
        team = frontdesk.teams.create("Support", agent_ids=[agent.id, agent.id]).team
        assert [found.agent_ids for found in frontdesk.teams.list()] == [{agent.id}]
        changed = frontdesk.teams.change(team.id, agent_ids=[admin.id])
        assert changed.agent_ids == {admin.id}
        assert frontdesk.teams.change(team.id, name="Help").agent_ids == {admin.id}

    def test_whoever_does_not_exist_is_refused_and_nothing_changes(
        self, frontdesk: Frontdesk, agent: Agent
    ) -> None:
        team = frontdesk.teams.create("Support", agent_ids=[agent.id]).team
        for change in ({"agent_ids": [uuid.uuid4()]}, {"topic_ids": [uuid.uuid4()]}):
            with pytest.raises(NotFound):
                frontdesk.teams.change(team.id, name="Other", **change)
        (found,) = frontdesk.teams.list()
        assert (found.team.name, found.agent_ids, found.team.revision) == ("Support", {agent.id}, 1)

    def test_a_topic_goes_from_one_team_to_another(self, frontdesk: Frontdesk) -> None:
        returns, orders = add_topic(frontdesk, "Returns"), add_topic(frontdesk, "Orders")
        first = frontdesk.teams.create("First", topic_ids=[returns, orders]).team
        second = frontdesk.teams.create("Second", topic_ids=[returns])
        assert second.topic_ids == {returns}
        before, _ = frontdesk.teams.list()
        assert before.topic_ids == {orders}
        with pytest.raises(Conflict) as refused:
            frontdesk.teams.change(first.id, first.revision, topic_ids=[returns, orders])
        assert refused.value.code == "team_changed"

    def test_what_belongs_to_a_team_goes_with_it(self, frontdesk: Frontdesk, agent: Agent) -> None:
        returns = add_topic(frontdesk, "Returns")
        frontdesk.teams.create("First")
        gone = frontdesk.teams.create("Second", agent_ids=[agent.id], topic_ids=[returns]).team
        frontdesk.teams.delete(gone.id)
        with frontdesk.sessions() as session:
            for rows in (TeamMember, TeamTopic):
                assert session.scalar(select(func.count()).select_from(rows)) == 0
            assert session.get(Topic, returns)
        with pytest.raises(NotFound):
            frontdesk.teams.delete(gone.id)


class TestChanges:
    def test_what_is_left_out_stays(self, frontdesk: Frontdesk) -> None:
        week = {"0": [["13:00", "18:00"], ["09:00", "12:00"]]}
        team = frontdesk.teams.create(
            "Support",
            languages=[Language.ZH],
            time_zone="Asia/Shanghai",
            hours=week,
            holidays=[date(2026, 10, 1), date(2026, 10, 1)],
            first_response_minutes=5,
            assigns=True,
        ).team
        assert (team.hours, team.holidays) == ({"0": [["09:00", "12:00"], ["13:00", "18:00"]]}, [date(2026, 10, 1)])
        frontdesk.teams.change(team.id, resolution_minutes=60)
        (found,) = frontdesk.teams.list()
        kept = found.team
        assert (kept.first_response_minutes, kept.resolution_minutes, kept.assigns) == (5, 60, True)
        assert (kept.languages, kept.time_zone, kept.hours) == (["zh"], "Asia/Shanghai", team.hours)
        assert frontdesk.teams.change(team.id, first_response_minutes=None).team.first_response_minutes is None

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"name": " "}, "text_empty"),
            ({"name": "x" * 81}, "text_too_long"),
            ({"time_zone": "Nowhere"}, "time_zone_unknown"),
            ({"hours": {"0": [["x", "y"]]}}, "hours_invalid"),
            ({"first_response_minutes": 0}, "target_out_of_range"),
            ({"resolution_minutes": 43201}, "target_out_of_range"),
        ],
    )
    def test_what_can_not_be_is_refused(self, frontdesk: Frontdesk, change: dict, code: str) -> None:
        team = frontdesk.teams.ensure_default()
        with pytest.raises(Invalid) as refused:
            frontdesk.teams.change(team.id, **change)
        assert refused.value.code == code

    def test_names_are_taken_whatever_their_case(self, frontdesk: Frontdesk) -> None:
        frontdesk.teams.create("Support")
        other = frontdesk.teams.create("Returns").team
        with pytest.raises(Conflict):
            frontdesk.teams.create(" SUPPORT ")
        with pytest.raises(Conflict):
            frontdesk.teams.change(other.id, name="support")
        assert frontdesk.teams.change(other.id, name="returns").team.name == "returns"

    def test_the_order_is_given_as_a_whole(self, frontdesk: Frontdesk) -> None:
        a, b, c = (frontdesk.teams.create(name).team.id for name in "ABC")
        frontdesk.teams.order([c, a, b])
        assert names(frontdesk) == ["C", "A", "B"]
        for wrong in ([c, a], [c, a, b, b], [c, a, uuid.uuid4()]):
            with pytest.raises(Conflict):
                frontdesk.teams.order(wrong)
        frontdesk.teams.delete(a)
        frontdesk.teams.create("D")
        assert names(frontdesk) == ["C", "B", "D"]


class TestAtOnce:
    def test_of_several_who_saw_the_same_team_one_changes_it(self, frontdesk: Frontdesk) -> None:
        team = frontdesk.teams.ensure_default()
        came = at_once(lambda number: frontdesk.teams.change(team.id, team.revision, name=f"Team {number}"))
        refused = [error.code for error in came if isinstance(error, DomainError)]
        assert refused == ["team_changed"] * (AT_ONCE - 1)
        (found,) = frontdesk.teams.list()
        (winner,) = (one.team.name for one in came if not isinstance(one, DomainError))
        assert (found.team.name, found.team.revision) == (winner, 2)

    def test_changes_of_different_things_are_all_kept(self, frontdesk: Frontdesk) -> None:
        teams = [frontdesk.teams.create(f"Team {number}").team.id for number in range(AT_ONCE)]
        topics = [add_topic(frontdesk, f"Topic {number}") for number in range(AT_ONCE)]

        def change(number: int) -> None:
            frontdesk.teams.change(teams[0], **[{"assigns": True}, {"first_response_minutes": 7}][number % 2])
            frontdesk.teams.change(teams[number], topic_ids=[topics[number], topics[0]])

        assert at_once(change) == [None] * AT_ONCE
        found = {one.team.id: one for one in frontdesk.teams.list()}
        assert (found[teams[0]].team.assigns, found[teams[0]].team.first_response_minutes) == (True, 7)
        assert all(topics[number] in found[teams[number]].topic_ids for number in range(1, AT_ONCE))
        assert sum(topics[0] in one.topic_ids for one in found.values()) == 1

    def test_new_teams_each_get_a_position_and_a_name_of_their_own(self, frontdesk: Frontdesk) -> None:
        came = at_once(lambda number: frontdesk.teams.create(f"Team {number // 2}"))
        assert sum(isinstance(one, Conflict) for one in came) == AT_ONCE // 2
        with frontdesk.sessions() as session:
            assert sorted(session.scalars(select(Team.position))) == list(range(AT_ONCE // 2))

    def test_never_all_of_them_are_deleted(self, frontdesk: Frontdesk) -> None:
        teams = [frontdesk.teams.create(f"Team {number}").team.id for number in range(AT_ONCE)]
        came = at_once(lambda number: frontdesk.teams.delete(teams[number]))
        assert sum(isinstance(one, Conflict) for one in came) == 1
        assert len(names(frontdesk)) == 1

    def test_readers_do_not_wait_for_who_changes_teams(self, frontdesk: Frontdesk) -> None:
        team = frontdesk.teams.ensure_default()
        with frontdesk.sessions.begin() as session:
            stand_in_line(session)
            held = session.get(Team, team.id)
            assert held is not None
            held.name = "Not yet"
            session.flush()
            assert (names(frontdesk), routed(frontdesk, Language.ZH)) == (["Support"], "Support")
