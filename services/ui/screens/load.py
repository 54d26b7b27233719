"""The desk as who looks after it sees it: who waits, what is late, what each agent has, and what today brought."""

import time
from datetime import timedelta
from html import escape

import streamlit as st

from services.ui import problems, staff, windows
from services.ui.browser import end_of_day, say, today
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import desk_badges, desk_passing, load_pictures

LOOK_SECONDS = 4.0
MOST_ROWS = 6
"""So many of those who wait are shown; who is further down waits for these to be looked after."""


def show(api: Staff) -> None:
    """The tab; it keeps up while it is open."""
    first = _load(api)
    drawn_at = time.monotonic()

    @st.fragment(run_every=None if windows.is_open() else LOOK_SECONDS)
    def live() -> None:
        shown = first
        if time.monotonic() - drawn_at > LOOK_SECONDS / 2:
            try:
                shown = _load(api)
            except Unreachable:
                problems.show_reconnecting()
            except ApiError:
                # The whole page asks again, and says what is wrong in its own place.
                st.rerun()
        _draw(api, shown)

    live()
    desk_passing.show_windows(api)


def _load(api: Staff) -> Json:
    return api.load(end_of_day(today() - timedelta(days=1)))


def _draw(api: Staff, load: Json) -> None:
    with st.container(key="load", gap="medium"):
        st.html(load_pictures.tiles_html(load))
        st.html(f'<h2 class="fd-load-title">{say("load.pressing")}</h2>')
        if not load["pressing"]:
            st.html(f'<div class="fd-empty">{say("load.nobody_waits")}</div>')
        with st.container(key="load-pressing", gap=None):
            for one in load["pressing"][:MOST_ROWS]:
                _row(api, one)
        if len(load["pressing"]) > MOST_ROWS:
            st.html(f'<div class="fd-meta">{say("load.more", count=len(load["pressing"]) - MOST_ROWS)}</div>')
        st.html(
            f'<div class="fd-charts">{load_pictures.agents_html(load["agents"])}'
            f"{load_pictures.teams_html(load['teams'])}{load_pictures.hours_html(load['hours'])}</div>"
        )


def _row(api: Staff, pressing: Json) -> None:
    conversation = pressing["conversation"]
    id_, owner, agent = conversation["id"], conversation["assignee"], staff.signed_in()
    is_own = owner is not None and agent is not None and owner["id"] == agent["id"]
    with st.container(key=f"pressing-{id_}", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_summary(pressing), width="stretch")
        with st.container(key=f"pressing-verbs-{id_}", horizontal=True, gap="xsmall", width="content"):
            if st.button(say("desk.transfer"), key=f"load-pass-{id_}", icon=":material/forward:"):
                windows.open_window("transfer", conversation)
            if conversation["status"] == "open" and not is_own:
                st.button(
                    say("load.take"),
                    key=f"load-take-{id_}",
                    icon=":material/front_hand:",
                    on_click=_take,
                    args=(api, id_),
                )


def _summary(pressing: Json) -> str:
    conversation = pressing["conversation"]
    since, last = pressing["waiting_since"], conversation["last_message"]
    waits = say("load.waits", time=load_pictures.waited(since)) if since else say("load.answered")
    preview = f"<p>{escape(desk_badges.last_words(last)[:90])}</p>" if last else ""
    label = load_pictures.link(conversation["id"], desk_badges.who(conversation))
    return (
        f'<div class="fd-card"><div class="fd-card-top"><b>{label}</b>'
        f"<span><time>{waits}</time></span></div>{preview}<div>{desk_badges.facts(conversation)}</div></div>"
    )


def _take(api: Staff, conversation_id: str) -> None:
    if problems.attempt(lambda: api.move(conversation_id, "claim", "0")):
        st.toast(say("desk.claim_done"), icon=":material/check:")
