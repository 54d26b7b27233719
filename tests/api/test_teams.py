"""Teams and presence over HTTP: administrators change them, the staff reads them."""

import httpx
import pytest

from frontdesk.bootstrap import Frontdesk
from tests.api.operations import TEAM
from tests.api.people import Agent, Json, refused

NEVER = {"hours": {"0": []}}


@pytest.fixture
def team(boss: Agent, li: Agent) -> Json:
    """A team with Li in it."""
    created = boss.post("/teams", TEAM | {"agent_ids": [li.id]})
    assert created.status_code == 201
    return created.json()["team"]


def test_a_team_is_as_it_was_made(team: Json, li: Agent) -> None:
    assert {name: team[name] for name in TEAM} == TEAM | {"agent_ids": [li.id]}
    assert li.get("/teams") == {"teams": [team], "topics": []}


def test_it_says_whether_somebody_is_there(team: Json, boss: Agent) -> None:
    path = f"/teams/{team['id']}"
    always = boss.send("PATCH", path, json={"hours": {}, "holidays": []}).json()["team"]
    assert (always["open"], always["opens_at"]) == (True, None)
    never = boss.send("PATCH", path, json=NEVER).json()["team"]
    assert (never["open"], never["opens_at"]) == (False, None)


def test_a_change_from_an_old_page_is_refused(team: Json, boss: Agent) -> None:
    path, seen = f"/teams/{team['id']}", {"revision": team["revision"]}
    changed = boss.send("PATCH", path, json={"name": "Refunds"} | seen).raise_for_status().json()["team"]
    assert changed["revision"] == team["revision"] + 1
    assert refused(boss.send("PATCH", path, json={"assigns": False} | seen), 409) == "team_changed"
    assert boss.get("/teams")["teams"] == [changed]


def test_teams_are_put_in_order_and_deleted(team: Json, boss: Agent) -> None:
    other = boss.post("/teams", {"name": "Other"}).json()["team"]
    turned = boss.send("PUT", "/teams/order", json={"team_ids": [other["id"], team["id"]]})
    assert [one["name"] for one in turned.raise_for_status().json()["teams"]] == ["Other", "Returns"]
    assert boss.send("DELETE", f"/teams/{other['id']}").status_code == 204
    assert refused(boss.send("DELETE", f"/teams/{team['id']}"), 409) == "last_team"


def test_the_staff_sees_who_is_there(team: Json, li: Agent, boss: Agent) -> None:
    def shown() -> dict[str, tuple[str, bool]]:
        return {one["name"]: (one["presence"], one["away"]) for one in boss.get("/agents")["agents"]}

    assert shown() == {"Li Ming": ("off", False), "Wang Fang": ("off", False)}
    told = li.send("PUT", "/me/presence", json={}).raise_for_status().json()["agent"]
    assert (told["presence"], told["away"]) == ("online", False)
    boss.send("PUT", "/me/presence", json={"away": True}).raise_for_status()
    assert shown() == {"Li Ming": ("online", False), "Wang Fang": ("away", True)}


def test_an_administrator_says_how_much_an_agent_takes(li: Agent, boss: Agent) -> None:
    path = f"/agents/{li.id}"
    assert boss.send("PATCH", path, json={"capacity": 2}).json()["agent"]["capacity"] == 2
    assert refused(boss.send("PATCH", path, json={"capacity": 51}), 422) == "capacity_out_of_range"
    assert li.get("/me")["agent"]["capacity"] == 2


def test_a_fresh_installation_has_a_team(api: httpx.Client, frontdesk: Frontdesk, li: Agent) -> None:
    frontdesk.teams.ensure_default()
    (first,) = li.get("/teams")["teams"]
    assert (first["name"], first["open"], first["languages"]) == ("Support", True, [])
