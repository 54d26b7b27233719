"""While a contact waits for a person: where they stand, and leaving word how to be called back."""

import streamlit as st

from services.ui import windows
from services.ui.browser import clock_time, say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Contact

LOOK_SECONDS = 5.0
LONGEST = {"name": 80, "phone": 40, "email": 254, "wish": 1000}
"""The api's limits, in characters."""


def show(contact: Contact, conversation_id: str) -> None:
    """A line that keeps up by itself, and the way to leave word."""

    @st.fragment(run_every=LOOK_SECONDS)
    def look() -> None:
        try:
            words = _standing(contact.standing(conversation_id))
        except (ApiError, Unreachable):
            return  # the page around it says so
        st.html(f'<div class="fd-meta" role="status">{words}</div>')

    with st.container(key="chat-in-line", horizontal=True, vertical_alignment="center", gap="small"):
        look()
        st.button(
            say("chat.leave_word"),
            key="leave-word",
            type="tertiary",
            icon=":material/call:",
            on_click=windows.remember_window,
            args=("leave-word", {"id": conversation_id}),
        )


def show_window(contact: Contact) -> None:
    """How to be called back, if the contact has asked to say so."""
    subject = windows.opened("leave-word")
    if subject is None:
        return

    @st.dialog(say("chat.leave_word"), on_dismiss=windows.close)
    def window() -> None:
        st.html(f'<div class="fd-meta">{say("chat.leave_word_lead")}</div>')
        left = {
            field: st.text_input(say(f"chat.word_{field}"), key=f"word-{field}", max_chars=longest)
            for field, longest in LONGEST.items()
        }
        if st.button(say("chat.word_send"), type="primary", key="word-send"):
            windows.close_after(lambda: contact.leave_word(subject["id"], left), say("chat.word_sent"))

    window()


def _standing(standing: Json) -> str:
    kept = say("chat.word_sent") if standing["has_left_word"] else ""
    return " · ".join(filter(None, (_place(standing), kept)))


def _place(standing: Json) -> str:
    if not standing["open"]:
        opens = standing["opens_at"]
        return say("chat.closed_until", time=clock_time(opens)) if opens else say("chat.closed")
    if standing["position"] is None:
        return ""
    place = say("chat.place", position=standing["position"])
    seconds = standing["wait_seconds"]
    if seconds is None:
        return place
    minutes = max(1, round(seconds / 60))
    return f"{place} · {say('chat.wait', minutes=minutes)}"
