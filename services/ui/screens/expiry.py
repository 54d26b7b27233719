"""The last day on which a document or an entry is found."""

from datetime import date
from html import escape

import streamlit as st

from services.ui import windows
from services.ui.browser import end_of_day, last_day, say, today
from services.ui.caller import Json
from services.ui.client import Staff


def badge(source: Json) -> str:
    """The day, where there is one."""
    if not source["expires_at"]:
        return ""
    day = say("time.day", when=last_day(source["expires_at"]))
    return f'<span class="fd-badge fd-badge-until">{say("expiry.badge", day=day)}</span>'


def ask(expires_at: str | None) -> str | None:
    """The field for the day, filled with what is known; gives the moment at which that day ends, None: for good."""
    known = last_day(expires_at) if expires_at else None
    first = min(known or date.max, today())
    chosen = st.date_input(
        say("expiry.field"),
        known,
        min_value=first,
        key="expiry-day",
        format="YYYY-MM-DD",
    )
    st.html(f'<div class="fd-meta">{say("expiry.lead")}</div>')
    if chosen == known:
        return expires_at
    return end_of_day(chosen) if isinstance(chosen, date) else None


def window(api: Staff, base: Json, document: Json) -> None:
    """The day of a document."""

    @st.dialog(say("expiry.title"), on_dismiss=windows.close)
    def asked() -> None:
        st.html(f"<b>{escape(document['name'])}</b>")
        expires_at = ask(document["expires_at"])
        if st.button(say("common.save"), key="expiry-save", type="primary", width="stretch"):
            windows.close_after(lambda: api.expire_document(document["id"], expires_at))

    asked()
