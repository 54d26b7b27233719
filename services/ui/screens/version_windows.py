"""The questions before what customers are answered from changes: publish, discard, go back, gather no more."""

from html import escape

import streamlit as st

from services.ui import windows
from services.ui.browser import clock_time, say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens import replays

LONGEST_NOTE = 500
"""The api's limit."""


def publish(api: Staff, base: Json, subject: Json) -> None:
    """Publish the draft, with a word about it; before that, what customers asked is put to it."""

    @st.dialog(say("publish.title"), width="medium", on_dismiss=windows.close)
    def window() -> None:
        _paragraph(say("publish.sure", number=base["draft"], count=base["waiting"]))
        is_sure = replays.before_publishing(api, base) or st.checkbox(
            say("publish.unreplayed"), key="publish-unreplayed"
        )
        note = st.text_area(
            say("publish.note"),
            key="publish-note",
            height=90,
            max_chars=LONGEST_NOTE,
            placeholder=say("publish.note_example"),
        )
        if _agreed(say("publish.submit"), is_sure=is_sure):
            windows.close_after(
                lambda: api.publish(base["id"], note.strip() or None),
                say("publish.done", number=base["draft"]),
            )

    window()


def discard(api: Staff, base: Json, subject: Json) -> None:
    """Undo what waits."""

    @st.dialog(say("discard.title"), on_dismiss=windows.close)
    def window() -> None:
        _paragraph(say("discard.sure", count=base["waiting"]))
        if _agreed(say("discard.submit")):
            windows.close_after(lambda: api.discard_draft(base["id"]), say("discard.done"))

    window()


def go_back(api: Staff, base: Json, version: Json) -> None:
    """Answer as an earlier version did."""

    @st.dialog(say("go_back.title", number=version["number"]), on_dismiss=windows.close)
    def window() -> None:
        when = clock_time(version["created_at"])
        _paragraph(say("go_back.sure", number=version["number"], time=when, next=base["draft"]))
        if base["waiting"]:
            st.warning(say("go_back.discards", count=base["waiting"]), icon=":material/warning:")
        if _agreed(say("go_back.submit")):
            windows.close_after(
                lambda: api.roll_back(base["id"], version["number"]),
                say("go_back.done", number=version["number"]),
            )

    window()


def stop_gathering(api: Staff, base: Json, subject: Json) -> None:
    """Publish what waits, and every change by itself from then on."""

    @st.dialog(say("stop_gathering.title"), on_dismiss=windows.close)
    def window() -> None:
        _paragraph(say("stop_gathering.sure", count=base["waiting"]))
        if _agreed(say("stop_gathering.submit")):
            windows.close_after(
                lambda: api.gather_changes(base["id"], drafting=False), say("publish.done", number=base["draft"])
            )

    window()


def _paragraph(words: str) -> None:
    st.html(f"<p>{escape(words)}</p>")


def _agreed(words: str, *, is_sure: bool = True) -> bool:
    """The two buttons below a question; whether the one that does it was pressed, which may have to wait."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(say("common.cancel"), key="window-cancel"):
            windows.close()
            st.rerun()
        return st.button(words, key="window-confirm", type="primary", disabled=not is_sure)
