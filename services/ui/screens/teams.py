"""All teams in their order: who is in them, when they are there, what they promise."""

from collections.abc import Callable
from html import escape

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import clock_time, say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens import hours_words
from services.ui.screens.team_windows import duration


def show(api: Staff) -> None:
    """The tab."""
    listed = api.teams()
    names = {one["id"]: str(one["name"]) for one in (*api.agents(), *listed["topics"])}
    teams = listed["teams"]
    st.html(f'<p class="fd-lead">{escape(say("teams.lead"))}</p>')
    if st.button(say("teams.add"), key="team-add", icon=":material/group_add:"):
        windows.open_window("team")
    if not teams:
        st.html(f'<div class="fd-empty">{say("teams.none")}</div>')
    with st.container(key="teams", gap=None):
        for place, team in enumerate(teams):
            with st.container(
                key=f"team-{team['id']}", horizontal=True, wrap=False, vertical_alignment="center", gap="small"
            ):
                st.html(_summary(team, names, is_first=place == 0), width="stretch")
                _menu(api, teams, place)


def _menu(api: Staff, teams: list[Json], place: int) -> None:
    team = teams[place]
    with st.popover(
        say("documents.menu"),
        icon=":material/more_horiz:",
        type="tertiary",
        key=f"team-menu-{team['id']}-{windows.menu_round()}",
    ):
        windows_ = [("teams.change", "team", "edit"), ("hours.title", "team-hours", "schedule")]
        windows_ += [("teams.remove", "team-removal", "delete")] if len(teams) > 1 else []
        for words, window, icon in windows_:
            if st.button(say(words), key=f"{window}-of-{team['id']}", icon=f":material/{icon}:", width="stretch"):
                windows.open_window(window, team)
        for words, other, icon in (
            ("teams.up", place - 1, "arrow_upward"),
            ("teams.down", place + 1, "arrow_downward"),
        ):
            if 0 <= other < len(teams):
                st.button(
                    say(words),
                    key=f"{words}-{team['id']}",
                    icon=f":material/{icon}:",
                    width="stretch",
                    on_click=_exchange(api, teams, place, other),
                )


def _exchange(api: Staff, teams: list[Json], one: int, other: int) -> Callable[[], None]:
    def exchange() -> None:
        ids = [team["id"] for team in teams]
        ids[one], ids[other] = ids[other], ids[one]
        problems.attempt(lambda: api.order_teams(ids))

    return exchange


def _summary(team: Json, names: dict[str, str], *, is_first: bool) -> str:
    badges = f'<span class="fd-badge fd-badge-{"ready" if team["open"] else "working"}">{_state(team)}</span>'
    if is_first:
        badges += f'<span class="fd-badge">{say("teams.first")}</span>'
    lines = [_people(team, names), _work(team, names), _times(team), _promises(team)]
    return f'<div class="fd-document-name">{escape(team["name"])}{badges}</div>' + "".join(
        f'<div class="fd-meta">{escape(line)}</div>' for line in lines if line
    )


def _state(team: Json) -> str:
    if team["open"]:
        return say("teams.open")
    return say("teams.opens", time=clock_time(team["opens_at"])) if team["opens_at"] else say("teams.closed")


def _people(team: Json, names: dict[str, str]) -> str:
    members = sorted(names[one] for one in team["agent_ids"] if one in names)
    return say("teams.members_are", names=say("common.comma").join(members)) if members else say("teams.no_members")


def _work(team: Json, names: dict[str, str]) -> str:
    topics = sorted(names[one] for one in team["topic_ids"] if one in names)
    parts = [say("common.comma").join(topics)] if topics else []
    parts += (
        [say("common.comma").join(say(f"language.{one}") for one in team["languages"])] if team["languages"] else []
    )
    return " · ".join(parts)


def _times(team: Json) -> str:
    parts = [hours_words.summary(team["hours"])]
    if team["hours"] or team["holidays"]:
        parts[0] += f" ({team['time_zone']})"
    if team["holidays"]:
        parts.append(say("hours.holiday_count", count=len(team["holidays"])))
    return " · ".join(parts)


def _promises(team: Json) -> str:
    parts = [
        say(f"teams.promise_{name}", time=duration(team[f"{name}_minutes"]))
        for name in ("first_response", "resolution")
        if team[f"{name}_minutes"]
    ]
    return " · ".join([*parts, *([say("teams.assigns_itself")] if team["assigns"] else [])])
