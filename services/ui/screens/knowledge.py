"""What the assistant knows: documents, entries, and a test of what it would do with a question."""

import streamlit as st

from services.ui import staff
from services.ui.browser import say
from services.ui.client import Json
from services.ui.screens import documents, entries, feeds, search_test


def show() -> None:
    """The page; only the tab that is open asks the api for anything."""
    api = staff.caller()
    bases = api.knowledge_bases()
    with st.container(key="knowledge-page"):
        base = _choose(bases)
        if base is None:
            st.html(f'<div class="fd-empty">{say("knowledge.no_base")}</div>')
            return
        _heading(base)
        rooms = {"knowledge.documents": documents.show, "knowledge.entries": entries.show}
        if staff.is_admin():
            rooms["feeds.title"] = feeds.show
        rooms["knowledge.test"] = search_test.show
        tabs = st.tabs(list(map(say, rooms)), key="knowledge-tabs", on_change="rerun")
        for tab, room in zip(tabs, rooms.values(), strict=True):
            if tab.open:
                with tab:
                    room(api, base)


def _choose(bases: list[Json]) -> Json | None:
    if len(bases) < 2:
        return bases[0] if bases else None
    chosen: Json | None = st.selectbox(
        say("knowledge.base"), bases, format_func=lambda base: str(base["name"]), key="knowledge-base", width=320
    )
    return chosen


def _heading(base: Json) -> None:
    counts = say(
        "knowledge.counts", documents=base["documents"], entries=base["entries"], passages=base["passages"]
    )
    retrieval = say(f"knowledge.retrieval_{base['retrieval']}")
    if base["rebuilt"] is not None:
        retrieval += " · " + say("knowledge.rebuilt", percent=int(100 * base["rebuilt"]))
    st.html(
        f'<div class="fd-page-heading"><h1 class="fd-title">{say("nav.knowledge")}</h1>'
        f'<p class="fd-lead">{counts} · {retrieval}</p></div>'
    )
