"""The question before a document or an entry is deleted, and from when on."""

from html import escape

import streamlit as st

from services.ui import windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff

WHEN = ("next_version", "at_once")


def ask_document(api: Staff, base: Json, document: Json) -> None:
    """Whether to delete a document."""

    @st.dialog(say("documents.delete_title"), on_dismiss=windows.close)
    def window() -> None:
        leaves_already = document.get("status") == "removed"
        at_once = _from_when(
            say("documents.delete_sure", name=document["name"]), may_wait=base["drafting"] and not leaves_already
        )
        if at_once is not None:
            windows.close_after(lambda: api.delete_document(document["id"], at_once=at_once))

    window()


def ask_entry(api: Staff, base: Json, entry: Json) -> None:
    """Whether to delete an entry."""

    @st.dialog(say("entries.delete_title"), on_dismiss=windows.close)
    def window() -> None:
        sure = say("entries.delete_sure", question=entry["questions"][0])
        at_once = _from_when(sure, may_wait=base["drafting"])
        if at_once is not None:
            windows.close_after(lambda: api.delete_entry(entry["id"], at_once=at_once))

    window()


def _from_when(sure: str, *, may_wait: bool) -> bool | None:
    """The question with its buttons; once it is agreed to, whether to delete this moment."""
    st.html(f"<p>{escape(sure)}</p>")
    when: str | None = "at_once"
    if may_wait:
        when = st.radio(
            say("deletion.when"),
            WHEN,
            format_func=lambda name: say(f"deletion.{name}"),
            captions=[say(f"deletion.{name}_lead") for name in WHEN],
            key="delete-when",
            label_visibility="collapsed",
        )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(say("common.cancel"), key="delete-cancel"):
            windows.close()
            st.rerun()
        agreed = st.button(say("deletion.submit"), key="delete-confirm", type="primary")
    return when == "at_once" if agreed else None
