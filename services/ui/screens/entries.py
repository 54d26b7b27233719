"""The entries of a knowledge base: questions in several variants, each with one answer."""

from collections.abc import Callable
from html import escape

import streamlit as st

from services.ui import problems, staff
from services.ui.browser import say
from services.ui.client import ApiError, Json, Staff, Unreachable
from services.ui.screens import entry_files, entry_grid

PER_PAGE = 10
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
                _edit(api, base, None)
            if st.button(say("entries.import"), key="entries-import", icon=":material/upload:"):
                entry_files.show_import(api, base)
            entry_files.export_menu(api, base)
            st.toggle(say("entries.as_table"), key="entries-as-table")
    # The page asked for stands above its own control: the control is drawn below the entries.
    page = st.session_state.get("entries-page", 1)
    found = api.entries(base["id"], query or "", (page - 1) * PER_PAGE, PER_PAGE)
    if not found["total"]:
        st.html(f'<div class="fd-empty">{say("entries.none")}</div>')
        return
    st.html(f'<div class="fd-meta">{say("entries.total", count=found["total"])}</div>')
    if staff.is_admin() and st.session_state.get("entries-as-table"):
        entry_grid.show(api, base, found["entries"], f"{page}-{query or ''}")
    else:
        with st.container(key="entries", gap=None):
            for entry in found["entries"]:
                _row(api, base, entry)
    pages = -(-found["total"] // PER_PAGE)
    if pages > 1:
        st.pagination(pages, key="entries-page")


def _first_page() -> None:
    st.session_state["entries-page"] = 1


def _row(api: Staff, base: Json, entry: Json) -> None:
    with st.container(
        key=f"entry-{entry['id']}", horizontal=True, wrap=False, vertical_alignment="top", gap="xsmall"
    ):
        st.html(_summary(entry), width="stretch")
        if staff.is_admin():
            if st.button(say("entries.edit"), key=f"edit-{entry['id']}", icon=":material/edit:", type="tertiary"):
                _edit(api, base, entry)
            if st.button(
                say("entries.delete"), key=f"remove-{entry['id']}", icon=":material/delete:", type="tertiary"
            ):
                _delete(api, entry)


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
        f'<div class="fd-entry"><div class="fd-question">{escape(first)}{state}</div>{variants}'
        f'<div class="fd-answer">{escape(entry["answer"])}</div>{failure}</div>'
    )


def _edit(api: Staff, base: Json, entry: Json | None) -> None:
    @st.dialog(say("entries.edit") if entry else say("entries.add"), width="medium")
    def form() -> None:
        questions = st.text_area(
            say("entries.questions"),
            "\n".join(entry["questions"]) if entry else "",
            key="entry-questions",
            height=130,
        )
        answer = st.text_area(
            say("entries.answer"), entry["answer"] if entry else "", key="entry-answer", height=160
        )
        if st.button(say("common.save"), key="entry-save", type="primary", width="stretch"):
            lines = [line.strip() for line in questions.splitlines() if line.strip()]
            if entry:
                _save(lambda: api.change_entry(entry["id"], lines, answer))
            else:
                _save(lambda: api.add_entry(base["id"], lines, answer))

    form()


def _delete(api: Staff, entry: Json) -> None:
    @st.dialog(say("entries.delete_title"))
    def confirm() -> None:
        st.html(f"<p>{escape(say('entries.delete_sure', question=entry['questions'][0]))}</p>")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(say("common.cancel"), key="entry-delete-cancel"):
                st.rerun()
            if st.button(say("entries.delete"), key="entry-delete-confirm", type="primary"):
                _save(lambda: api.delete_entry(entry["id"]))

    confirm()


def _save(change: Callable[[], object]) -> None:
    try:
        change()
    except (ApiError, Unreachable) as failure:
        st.error(problems.sentence(failure))
    else:
        st.rerun()
