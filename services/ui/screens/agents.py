"""The accounts of the staff: who is there, how much they take, in which teams they are."""

import time
from html import escape

import streamlit as st

from services.ui import presence, problems, windows
from services.ui.browser import say, time_ago
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff

LOOK_SECONDS = 8.0


def show(api: Staff) -> None:
    """The tab; who comes and goes is seen while it is open."""
    listed, teams = api.agents(), api.teams()["teams"]
    if st.button(say("agents.add"), key="agent-add", icon=":material/person_add:"):
        windows.open_window("agent")
    drawn_at = time.monotonic()

    @st.fragment(run_every=None if windows.is_open() else LOOK_SECONDS)
    def rows() -> None:
        shown = listed
        if time.monotonic() - drawn_at > LOOK_SECONDS / 2:
            try:
                shown = api.agents()
            except Unreachable:
                problems.show_reconnecting()
            except ApiError:
                # The whole page asks again, and says what is wrong in its own place.
                st.rerun()
        with st.container(key="agents", gap=None):
            for agent in sorted(shown, key=lambda one: not one["active"]):
                _row(agent, [team["name"] for team in teams if agent["id"] in team["agent_ids"]])

    rows()


def _row(agent: Json, teams: list[str]) -> None:
    with st.container(
        key=f"agent-{agent['id']}", horizontal=True, wrap=False, vertical_alignment="center", gap="small"
    ):
        st.html(_summary(agent, teams), width="stretch")
        with st.popover(
            say("documents.menu"),
            icon=":material/more_horiz:",
            type="tertiary",
            key=f"agent-menu-{agent['id']}-{windows.menu_round()}",
        ):
            _menu(agent)


def _menu(agent: Json) -> None:
    choices = [("agents.change", "agent", "edit"), ("agents.reset_password", "agent-password", "key")]
    leaving = ("agents.deactivate", "person_off") if agent["active"] else ("agents.activate", "person_check")
    choices.append((leaving[0], "agent-leaving", leaving[1]))
    for words, window, icon in choices:
        if st.button(say(words), key=f"{window}-of-{agent['id']}", icon=f":material/{icon}:", width="stretch"):
            windows.open_window(window, agent)


def _summary(agent: Json, teams: list[str]) -> str:
    badges = f'<span class="fd-badge">{say("role.admin")}</span>' if agent["role"] == "admin" else ""
    if not agent["active"]:
        badges += f'<span class="fd-badge">{say("agents.inactive")}</span>'
    facts = [escape(agent["email"])]
    if agent["active"]:
        facts += [escape(say("agents.in_teams", names=say("common.comma").join(teams)))] if teams else []
        facts.append(say("agents.takes", count=agent["capacity"]))
        facts.append(_there(agent))
    return (
        f'<div class="fd-person{"" if agent["active"] else " fd-faint"}">{presence.dot(agent["presence"])}<div>'
        f'<div class="fd-document-name">{escape(agent["name"])}{badges}</div>'
        f'<div class="fd-meta">{" · ".join(facts)}</div></div></div>'
    )


def _there(agent: Json) -> str:
    if agent["presence"] != "off":
        return say(f"presence.{agent['presence']}")
    if agent["seen_at"] is None:
        return say("presence.off")
    return say("presence.last", time=time_ago(agent["seen_at"]))
