"""The staff, for administrators: how the desk is doing, who they are, their teams, and what they say often."""

from collections.abc import Callable, Mapping

import streamlit as st

from services.ui import staff, windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens import (
    agent_windows,
    agents,
    canned,
    canned_windows,
    hours_window,
    load,
    team_windows,
    teams,
)

TABS: Mapping[str, Callable[[Staff], None]] = {
    "load.title": load.show,
    "agents.title": agents.show,
    "teams.title": teams.show,
    "canned.title": canned.show,
}
"""By their words, in their order."""
WINDOWS: Mapping[str, Callable[[Staff, Json], None]] = {
    "agent": agent_windows.edit,
    "agent-password": agent_windows.reset_password,
    "agent-leaving": agent_windows.deactivate,
    "team": team_windows.edit,
    "team-hours": hours_window.edit,
    "team-removal": team_windows.remove,
    "canned": canned_windows.edit,
    "canned-removal": canned_windows.remove,
}


def show() -> None:
    """The page; only the tab that is open asks the api for anything."""
    if not staff.is_admin():
        st.html(f'<div class="fd-empty">{say("team.admins")}</div>')
        return
    api = staff.caller()
    with st.container(key="team-page"):
        st.html(
            f'<div class="fd-page-heading"><h1 class="fd-title">{say("nav.team")}</h1>'
            f'<p class="fd-lead">{say("team.lead")}</p></div>'
        )
        tabs = st.tabs(list(map(say, TABS)), key="team-tabs", on_change="rerun")
        for tab, room in zip(tabs, TABS.values(), strict=True):
            if tab.open:
                with tab:
                    room(api)
    for name, window in WINDOWS.items():
        if (subject := windows.opened(name)) is not None:
            window(api, subject)
