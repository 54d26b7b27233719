"""The canned responses, for administrators: what the staff says often."""

from html import escape

import streamlit as st

from services.ui import windows
from services.ui.browser import clock_time, say
from services.ui.caller import Json
from services.ui.client import Staff


def show(api: Staff) -> None:
    """The tab."""
    responses = api.canned_responses()
    teams = {one["id"]: str(one["name"]) for one in api.teams()["teams"]}
    st.html(f'<p class="fd-lead">{escape(say("canned.lead"))}</p>')
    if st.button(say("canned.add"), key="canned-add", icon=":material/add_comment:"):
        windows.open_window("canned", {"teams": teams})
    if not responses:
        st.html(f'<div class="fd-empty">{say("canned.none")}</div>')
    with st.container(key="canned", gap=None):
        for response in responses:
            with st.container(
                key=f"canned-{response['id']}",
                horizontal=True,
                wrap=False,
                vertical_alignment="center",
                gap="small",
            ):
                st.html(_summary(response, teams), width="stretch")
                _menu(response, teams)


def _menu(response: Json, teams: dict[str, str]) -> None:
    with st.popover(
        say("documents.menu"),
        icon=":material/more_horiz:",
        type="tertiary",
        key=f"canned-actions-{response['id']}-{windows.menu_round()}",
    ):
        for words, window, icon in (
            ("canned.change", "canned", "edit"),
            ("canned.remove", "canned-removal", "delete"),
        ):
            if st.button(
                say(words), key=f"{window}-of-{response['id']}", icon=f":material/{icon}:", width="stretch"
            ):
                windows.open_window(window, {"response": response, "teams": teams})


def _summary(response: Json, teams: dict[str, str]) -> str:
    badges = [say(f"language.{response['language']}")] if response["language"] else []
    badges += [teams[response["team_id"]]] if response["team_id"] in teams else []
    shown = "".join(f'<span class="fd-badge">{escape(words)}</span>' for words in badges)
    when = say("canned.changed", name=response["changed_by"], time=clock_time(response["changed_at"]))
    return (
        f'<div class="fd-document-name">{escape(response["name"])}{shown}</div>'
        f'<div class="fd-canned-text">{escape(response["text"])}</div>'
        f'<div class="fd-meta">{escape(when)}</div>'
    )
