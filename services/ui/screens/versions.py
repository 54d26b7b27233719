"""The versions of a knowledge base: which one answers, whether changes are gathered, and how it came to this."""

from html import escape

import streamlit as st

from services.ui import problems, staff, windows
from services.ui.browser import clock_time, say
from services.ui.caller import Json
from services.ui.client import Staff

PER_PAGE = 10
EXPIRED = "expired"
"""The note that the api gives a version when something in it has reached its date."""


def show(api: Staff, base: Json) -> None:
    """The tab."""
    before: list[int] = st.session_state.setdefault(f"versions-before-{base['id']}", [])
    newest = api.versions(base["id"], limit=PER_PAGE + 1)["versions"]
    _now(newest[0] if newest else None)
    shown: dict[int, Json] = {}
    if staff.is_admin():
        _gathering(api, base)
        shown = {run["published_as"]: run for run in reversed(api.replays(base["id"])["replays"])}
    if not newest:
        return
    found = api.versions(base["id"], PER_PAGE + 1, before[-1])["versions"] if before else newest
    st.html(f'<h2 class="fd-subtitle">{say("versions.history")}</h2>')
    with st.container(key="versions", gap=None):
        for version in found[:PER_PAGE]:
            _row(base, version, shown.get(version["number"]))
    _pages(before, found)


def _now(published: Json | None) -> None:
    if published is None:
        st.html(f'<div class="fd-now"><b>{say("versions.nothing")}</b></div>')
        return
    st.html(
        f'<div class="fd-now"><b>{say("versions.now", number=published["number"])}</b>'
        f"<span>{escape(_story(published))}</span></div>"
    )


def _gathering(api: Staff, base: Json) -> None:
    key = f"gather-{base['id']}"
    st.session_state[key] = base["drafting"]
    with st.container(key="gathering", gap=None):
        st.toggle(say("versions.gather"), key=key, on_change=_gather, args=(api, base, key))
        lead = "versions.gather_on" if base["drafting"] else "versions.gather_off"
        st.html(f'<div class="fd-meta">{say(lead)}</div>')


def _gather(api: Staff, base: Json, key: str) -> None:
    drafting = bool(st.session_state[key])
    if base["waiting"] and not drafting:
        windows.remember_window("stop_gathering")
    else:
        problems.attempt(lambda: api.gather_changes(base["id"], drafting))


def _row(base: Json, version: Json, replay: Json | None) -> None:
    """A version; the `replay` showed what it would change before it was published."""
    number = version["number"]
    with st.container(key=f"version-{number}", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_summary(base, version), width="stretch")
        if replay is not None and st.button(say("versions.replay"), key=f"replay-of-{number}", type="tertiary"):
            windows.open_window("run", replay)
        if number == base["published"]:
            return
        with st.container(key=f"version-verbs-{number}", horizontal=True, gap="xsmall", width="content"):
            if st.button(say("versions.compare"), key=f"compare-{number}", type="tertiary"):
                windows.open_window("comparison", {"before": number, "after": base["published"]})
            if staff.is_admin() and st.button(say("versions.go_back"), key=f"go-back-{number}", type="tertiary"):
                windows.open_window("go_back", version)


def _summary(base: Json, version: Json) -> str:
    number = version["number"]
    badge = ""
    if number == base["published"]:
        badge = f'<span class="fd-badge fd-badge-ready">{say("versions.answers")}</span>'
    note = ""
    if version["note"] and version["note"] != EXPIRED:
        note = f'<div class="fd-note">{escape(version["note"])}</div>'
    return (
        f'<div class="fd-document-name">{say("versions.number", number=number)}{badge}</div>'
        f'<div class="fd-meta">{escape(_story(version))}</div>{note}'
    )


def _story(version: Json) -> str:
    """When, how and by whom a version came about, and how much is in it."""
    origin = EXPIRED if version["note"] == EXPIRED else version["origin"]
    how = say(f"origin.{origin}", restores=version["restores"])
    if version["by"]:
        how = say("versions.by", how=how, name=version["by"])
    passages = say("documents.passages", count=version["passages"])
    return " · ".join((clock_time(version["created_at"]), how, passages))


def _pages(before: list[int], found: list[Json]) -> None:
    """The way to earlier versions and back; `before` are the numbers below which the pages so far began."""
    with st.container(key="version-pages", horizontal=True, horizontal_alignment="center"):
        if before:
            st.button(
                say("versions.newer"),
                key="versions-newer",
                icon=":material/arrow_upward:",
                on_click=_back,
                args=(before,),
            )
        if len(found) > PER_PAGE:
            st.button(
                say("versions.earlier"),
                key="versions-earlier",
                icon=":material/arrow_downward:",
                on_click=before.append,
                args=(found[PER_PAGE - 1]["number"],),
            )


def _back(before: list[int]) -> None:
    before.pop()
