"""What the assistant knows: documents, entries, versions, and a test of what it would do with a question."""

from collections.abc import Callable, Mapping

import streamlit as st

from services.ui import staff, windows
from services.ui.browser import say
from services.ui.client import Json, Staff
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
    search_test,
    version_windows,
    versions,
    waiting,
)

WINDOWS: Mapping[str, Callable[[Staff, Json, Json], None]] = {
    "document-deletion": deletion.ask_document,
    "document-expiry": expiry.window,
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
    "passage": lambda api, _, found: passage.window(api, found),
}


def show() -> None:
    """The page; only the tab that is open asks the api for anything.

    What rooms and windows get of the knowledge base is what the api says of it, and how much is `waiting`.
    """
    api = staff.caller()
    bases = api.knowledge_bases()
    with st.container(key="knowledge-page"):
        base = _choose(bases)
        if base is None:
            st.html(f'<div class="fd-empty">{say("knowledge.no_base")}</div>')
            return
        base = base | {"waiting": waiting.count(api, base)}
        _heading(base)
        waiting.show(base)
        rooms = {"knowledge.documents": documents.show, "knowledge.entries": entries.show}
        if staff.is_admin():
            rooms["feeds.title"] = feeds.show
        rooms |= {
            "duplicates.title": duplicates.show,
            "versions.title": versions.show,
            "knowledge.test": search_test.show,
        }
        rooms |= {"bases.title": all_bases.show} if staff.is_admin() else {}
        tabs = st.tabs(list(map(say, rooms)), key="knowledge-tabs", on_change="rerun")
        for tab, room in zip(tabs, rooms.values(), strict=True):
            if tab.open:
                with tab:
                    room(api, base)
    for name, window in WINDOWS.items():
        subject = windows.opened(name)
        if subject is not None:
            window(api, base, subject)


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
