"""What the assistant knows: documents, entries, versions, and a test of what it would do with a question."""

from collections.abc import Mapping

import streamlit as st

from services.ui import staff
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.screens import bases as all_bases
from services.ui.screens import (
    comparison,
    deletion,
    documents,
    duplicates,
    entries,
    entry_files,
    expiry,
    feeds,
    passage,
    passages,
    pictures,
    rehearsal,
    rooms,
    run_window,
    search_test,
    sensitive,
    tagging,
    topic_windows,
    topics,
    version_windows,
    versions,
    waiting,
)
from services.ui.screens.rooms import Room, Window

WINDOWS: Mapping[str, Window] = {
    "document-deletion": deletion.ask_document,
    "document-expiry": expiry.window,
    "document-tags": tagging.window,
    "document-pictures": lambda api, _, document: pictures.window(api, document),
    "document-passages": lambda api, _, document: passages.window(api, document),
    "entry": entries.window,
    "entry-deletion": deletion.ask_entry,
    "entry-import": entry_files.window,
    "comparison": comparison.window,
    "publish": version_windows.publish,
    "discard": version_windows.discard,
    "go_back": version_windows.go_back,
    "stop_gathering": version_windows.stop_gathering,
    "run": run_window.window,
    "topic": topic_windows.edit,
    "topic-new": topic_windows.create,
    "passage": lambda api, _, found: passage.window(api, found),
}


def show() -> None:
    """The page; only the tab that is open asks the api for anything.

    What rooms and windows get of the knowledge base is what the api says of it, and how much is `waiting`.
    """
    api = staff.caller()
    bases = api.knowledge_bases()
    with st.container(key="knowledge-page"):
        base = rooms.choose_base(bases, "knowledge-base")
        if base is None:
            st.html(f'<div class="fd-empty">{say("knowledge.no_base")}</div>')
            return
        base = base | {"waiting": waiting.count(api, base)}
        _heading(base)
        waiting.show(base)
        shown: dict[str, Room] = {"knowledge.documents": documents.show, "knowledge.entries": entries.show}
        if staff.is_admin():
            shown["feeds.title"] = feeds.show
        shown |= {
            "duplicates.title": duplicates.show,
            "versions.title": versions.show,
            "try.title": rehearsal.show,
            "knowledge.test": search_test.show,
        }
        if staff.is_admin():
            shown |= {"topics.title": topics.show, "sensitive.title": sensitive.show}
            shown["bases.title"] = all_bases.show
        _choose_room(list(map(say, shown)))
        rooms.show_tabs(shown, "knowledge-tabs", api, base)
    if waiting.count(api, base) != base["waiting"]:
        # Something was taken in while the page was being drawn, and is not in all of it.
        st.rerun()
    rooms.show_windows(WINDOWS, api, base)


def _choose_room(names: list[str]) -> None:
    """On a phone, which shows this in the place of the tabs: they do not fit there."""
    opened = st.session_state.get("knowledge-tabs")
    st.session_state["knowledge-room"] = opened if opened in names else names[0]
    with st.container(key="knowledge-rooms"):
        st.selectbox(
            say("knowledge.room"),
            names,
            key="knowledge-room",
            filter_mode=None,
            label_visibility="collapsed",
            on_change=_go_to_room,
        )


def _go_to_room() -> None:
    st.session_state["knowledge-tabs"] = st.session_state["knowledge-room"]


def _heading(base: Json) -> None:
    retrieval = say(f"knowledge.retrieval_{base['retrieval']}")
    if base["rebuilt"] is not None:
        retrieval += " · " + say("knowledge.rebuilt", percent=int(100 * base["rebuilt"]))
    if base["rebuild_error"] is not None:
        retrieval += " · " + say("knowledge.rebuild_failed")
    st.html(
        f'<div class="fd-page-heading"><h1 class="fd-title">{say("nav.knowledge")}</h1>'
        f'<p class="fd-lead">{rooms.counts(base)} · {retrieval}</p></div>'
    )
