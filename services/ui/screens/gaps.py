"""What the assistant could not answer: what is asked most, whether it becomes more, and who looks after it."""

from html import escape

import streamlit as st

from services.ui import windows
from services.ui.browser import clock_time, say, time_ago
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens.draft_editor import UNDECIDED

STATES = ("open", "answered", "not_ours")
PER_PAGE = 20


def show(api: Staff, base: Json) -> None:
    """The tab."""
    st.html(f'<p class="fd-lead">{escape(say("gaps.lead"))}</p>')
    state = st.segmented_control(
        say("gaps.state"),
        STATES,
        default="open",
        required=True,
        format_func=lambda one: say(f"gaps.{one}"),
        key="gap-state",
        label_visibility="collapsed",
    )
    key = f"gaps-page-{state}"
    page = st.session_state.get(key, 1)
    found = api.gaps(base["id"], state, (page - 1) * PER_PAGE, PER_PAGE)
    if not found["gaps"]:
        st.html(f'<div class="fd-empty">{escape(say(f"gaps.none_{state}"))}</div>')
    if state == "open":
        _proposed(api, base)
    with st.container(key="gaps", gap="small"):
        for gap in found["gaps"]:
            _line(gap)
    pages = -(-found["total"] // PER_PAGE)
    if pages > 1:
        st.pagination(pages, key=key)


def _proposed(api: Staff, base: Json) -> None:
    """What agents made of answers to questions that are in no gap."""
    waiting = [one for one in api.drafts(base["id"]) if one["gap_id"] is None and one["status"] in UNDECIDED]
    if not waiting:
        return
    with st.container(key="proposed", gap="small"):
        st.html(f"<h4>{escape(say('gaps.proposed'))}</h4>")
        for draft in waiting:
            with st.container(
                key=f"proposed-{draft['id']}", horizontal=True, vertical_alignment="center", border=True
            ):
                by = say("gaps.proposed_by", name=draft["by"] or "", time=clock_time(draft["created_at"]))
                st.html(f'<div><b>{escape(draft["questions"][0])}</b><div class="fd-meta">{escape(by)}</div></div>')
                look = st.button(
                    say("gaps.look"), key=f"proposed-look-{draft['id']}", icon=":material/search:", type="tertiary"
                )
                if look:
                    windows.open_window("desk-draft", {"id": draft["id"]})


def _line(gap: Json) -> None:
    with st.container(key=f"gap-{gap['id']}", horizontal=True, vertical_alignment="center", border=True):
        st.html(f'<div><b>{escape(gap["example"])}</b><div class="fd-meta">{story(gap)}</div></div>')
        if st.button(say("gaps.look"), key=f"gap-look-{gap['id']}", icon=":material/search:", type="tertiary"):
            windows.open_window("gap", {"id": gap["id"]})


def story(gap: Json) -> str:
    """How often it was asked, whether that grows, why nothing answered it, and whose it is, as HTML."""
    parts = [
        say("gaps.size", count=gap["size"]),
        _trend(gap),
        say("gaps.last", time=time_ago(gap["last_asked_at"])),
    ]
    if gap["assignee"]:
        parts.append(say("gaps.whose", name=gap["assignee"]))
    signs = "".join(
        f' <span class="fd-badge">{escape(say(f"gaps.sign_{sign}"))} {count}</span>'
        for sign, count in gap["signs"].items()
        if count
    )
    return escape(" · ".join(parts)) + signs


def _trend(gap: Json) -> str:
    now, before = gap["this_week"], gap["week_before"]
    if now > before:
        return say("gaps.more", now=now, before=before)
    return say("gaps.fewer" if now < before else "gaps.as_many", now=now, before=before)
