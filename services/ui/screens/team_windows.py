"""The windows about a team: what it is, and removing it."""

from html import escape

import streamlit as st

from services.ui import browser, windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.words import LANGUAGES

LONGEST_NAME = 80
PROMISES = (1, 2, 3, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 4320, 10080)
"""Minutes to choose from."""


def duration(minutes: int) -> str:
    """Minutes in the largest unit in which they are a whole number."""
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes % size == 0:
            return say(f"duration.{unit}", count=minutes // size)
    return say("duration.minutes", count=minutes)


def edit(api: Staff, team: Json) -> None:
    """Name, people, what comes to it and what it promises; a new team if `team` is empty."""

    @st.dialog(say("teams.change" if team else "teams.add"), on_dismiss=windows.close)
    def window() -> None:
        wanted: Json = {}
        wanted["name"] = st.text_input(
            say("teams.name"), team.get("name", ""), key="team-name", max_chars=LONGEST_NAME
        ).strip()
        wanted["agent_ids"] = _members(api, team)
        wanted |= _what_comes(api, team)
        for name in ("first_response", "resolution"):
            wanted[f"{name}_minutes"] = _promise(name, team.get(f"{name}_minutes"))
        wanted["assigns"] = st.toggle(
            say("teams.assigns"), team.get("assigns", False), key="team-assigns", help=say("teams.assigns_lead")
        )
        if st.button(
            say("common.save"), key="team-save", type="primary", width="stretch", disabled=not wanted["name"]
        ):
            windows.close_after(lambda: _save(api, team, wanted))

    window()


def _save(api: Staff, team: Json, wanted: Json) -> None:
    if not team:
        api.add_team(wanted | {"time_zone": browser.time_zone()})
        return
    change = {name: value for name, value in wanted.items() if value != team[name]}
    if change:
        api.change_team(team, change)


def _members(api: Staff, team: Json) -> list[str]:
    chosen = team.get("agent_ids", [])
    agents = {one["id"]: one["name"] for one in api.agents() if one["active"] or one["id"] in chosen}
    members: list[str] = st.multiselect(
        say("teams.members"),
        list(agents),
        [one for one in agents if one in chosen],
        format_func=lambda one: str(agents[one]),
        key="team-members",
        placeholder=say("teams.members_choose"),
        help=say("teams.members_lead"),
    )
    return sorted(members)


def _what_comes(api: Staff, team: Json) -> Json:
    """The languages and, where there are any, the topics."""
    wanted: Json = {}
    wanted["languages"] = sorted(
        st.multiselect(
            say("teams.languages"),
            list(LANGUAGES),
            team.get("languages", []),
            format_func=lambda code: say(f"language.{code}"),
            key="team-languages",
            placeholder=say("teams.languages_all"),
        )
    )
    topics = {one["id"]: one["name"] for one in api.teams()["topics"]}
    if topics:
        wanted["topic_ids"] = sorted(
            st.multiselect(
                say("teams.topics"),
                list(topics),
                [one for one in topics if one in team.get("topic_ids", [])],
                format_func=lambda one: str(topics[one]),
                key="team-topics",
                placeholder=say("teams.topics_choose"),
                help=say("teams.topics_lead"),
            )
        )
    return wanted


def _promise(name: str, minutes: int | None) -> int | None:
    choices = [None, *sorted({*PROMISES, *([minutes] if minutes else [])})]
    chosen: int | None = st.selectbox(
        say(f"teams.{name}"),
        choices,
        choices.index(minutes),
        format_func=lambda one: duration(one) if one else say("teams.no_promise"),
        key=f"team-{name}",
        help=say("teams.promise_lead"),
    )
    return chosen


def remove(api: Staff, team: Json) -> None:
    """Whether it is meant."""

    @st.dialog(say("teams.remove_title"), on_dismiss=windows.close)
    def window() -> None:
        st.html(f"<p>{escape(say('teams.remove_sure', name=team['name']))}</p>")
        if st.button(say("teams.remove"), key="team-remove-confirm", type="primary", width="stretch"):
            windows.close_after(lambda: api.remove_team(team["id"]))

    window()
