"""The entries of a knowledge base: questions in several variants, each with one answer."""

import time
from html import escape

import streamlit as st

from services.ui import problems, staff, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import entry_files, entry_grid, expiry, tagging

PER_PAGE = 10
WATCH_SECONDS = 1.0
SHOWN_VARIANTS = 8


def show(api: Staff, base: Json) -> None:
    """The tab: search, the buttons of administrators, one page of entries."""
    with st.container(key="entries-tools", horizontal=True, vertical_alignment="bottom", gap="small"):
        query = st.text_input(
            say("entries.search"),
            key="entries-query",
            type="search",
            live=True,
            placeholder=say("entries.search"),
            icon=":material/search:",
            label_visibility="collapsed",
            on_change=_first_page,
        )
        if staff.is_admin():
            if st.button(say("entries.add"), key="entry-add", icon=":material/add:"):
                windows.open_window("entry")
            if st.button(say("entries.import"), key="entries-import", icon=":material/upload:"):
                entry_files.start_import()
            entry_files.export_menu(api, base)
            st.toggle(say("entries.as_table"), key="entries-as-table")
    # The page asked for stands above its own control: the control is drawn below the entries.
    page = st.session_state.get("entries-page", 1)
    wanted = (query or "", (page - 1) * PER_PAGE, PER_PAGE)
    found = api.entries(base["id"], *wanted)
    if not found["total"]:
        st.html(f'<div class="fd-empty">{say("entries.none")}</div>')
        return
    st.html(f'<div class="fd-meta">{say("entries.total", count=found["total"])}</div>')
    if staff.is_admin() and st.session_state.get("entries-as-table"):
        entry_grid.show(api, base, found["entries"], f"{page}-{query or ''}")
    else:
        _list(api, base, found["entries"], wanted)
    pages = -(-found["total"] // PER_PAGE)
    if pages > 1:
        st.pagination(pages, key="entries-page")


def _first_page() -> None:
    st.session_state["entries-page"] = 1


def _list(api: Staff, base: Json, entries: list[Json], wanted: tuple[str, int, int]) -> None:
    # When all is done the whole page runs again, which would interrupt whoever writes in a window.
    watched = _in_progress(entries) and not windows.is_open()
    drawn_at = time.monotonic()

    @st.fragment(run_every=WATCH_SECONDS if watched else None)
    def rows() -> None:
        shown = entries
        if time.monotonic() - drawn_at > WATCH_SECONDS / 2:
            try:
                shown = api.entries(base["id"], *wanted)["entries"]
            except Unreachable:
                problems.show_reconnecting()
            except ApiError:
                # The whole page asks again, and says what is wrong in its own place.
                st.rerun()
        if _in_progress(shown) != _in_progress(entries):
            st.rerun()
        with st.container(key="entries", gap=None):
            for entry in shown:
                _row(entry)

    rows()


def _in_progress(entries: list[Json]) -> bool:
    return any(entry["status"] not in ("ready", "failed") for entry in entries)


def _row(entry: Json) -> None:
    with st.container(
        key=f"entry-{entry['id']}", horizontal=True, wrap=False, vertical_alignment="top", gap="xsmall"
    ):
        st.html(_summary(entry), width="stretch")
        if staff.is_admin():
            if st.button(say("entries.edit"), key=f"edit-{entry['id']}", icon=":material/edit:", type="tertiary"):
                windows.open_window("entry", entry)
            if st.button(
                say("entries.delete"), key=f"remove-{entry['id']}", icon=":material/delete:", type="tertiary"
            ):
                windows.open_window("entry-deletion", entry)


def _summary(entry: Json) -> str:
    first, *others = entry["questions"]
    variants = ""
    if others:
        more = len(others) - SHOWN_VARIANTS
        words = " / ".join(others[:SHOWN_VARIANTS]) + (" " + say("entries.more", count=more) if more > 0 else "")
        variants = f'<div class="fd-variants">{escape(words)}</div>'
    state = ""
    if entry["status"] != "ready":
        words = say(f"document_status.{entry['status']}")
        state = f'<span class="fd-badge fd-badge-{entry["status"]}">{words}</span>'
    failure = ""
    if entry["error"]:
        failure = f'<div class="fd-failure">{escape(problems.stored_sentence(entry["error"]))}</div>'
    return (
        f'<div class="fd-entry"><div class="fd-question">{escape(first)}{state}{expiry.badge(entry)}'
        f"{tagging.badges(entry)}</div>"
        f"{variants}"
        f'<div class="fd-answer">{escape(entry["answer"])}</div>{failure}</div>'
    )


def window(api: Staff, base: Json, entry: Json) -> None:
    """The form of an entry, of a new one when `entry` is empty."""

    @st.dialog(say("entries.edit" if entry else "entries.add"), width="medium", on_dismiss=windows.close)
    def form() -> None:
        questions = st.text_area(
            say("entries.questions"), "\n".join(entry.get("questions", [])), key="entry-questions", height=130
        )
        answer = st.text_area(say("entries.answer"), entry.get("answer", ""), key="entry-answer", height=160)
        tags = tagging.ask(api, base, entry.get("tags", []), "entry-tags")
        expires_at = expiry.ask(entry.get("expires_at"))
        if st.button(say("common.save"), key="entry-save", type="primary", width="stretch"):
            lines = [line.strip() for line in questions.splitlines() if line.strip()]
            written = {"questions": lines, "answer": answer, "tags": tags, "expires_at": expires_at}
            windows.close_after(lambda: _save(api, base, entry, written))

    form()


def _save(api: Staff, base: Json, entry: Json, written: Json) -> None:
    """What was written, as far as it is new: words that change are indexed again."""
    if not entry:
        api.add_entry(base["id"], written)
        return
    change = {name: value for name, value in written.items() if entry[name] != value}
    if change:
        api.change_entry(entry["id"], change)
