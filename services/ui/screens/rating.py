"""Thumbs under a reply, and a line to say why."""

import streamlit as st

from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Contact
from services.ui.conversation import Conversation

# Streamlit's thumbs give 0 for down and 1 for up.
_VALUES = ("down", "up")


def show(conversation: Conversation, contact: Contact, message: Json) -> None:
    """The thumbs of one reply, showing what was given before."""
    key = f"rating-{message['id']}"
    given = _VALUES.index(message["rating"]) if message["rating"] else None
    with st.container(key=f"rate-{message['id']}", gap="xsmall"):
        st.feedback(
            "thumbs", key=key, default=given, on_change=_rated, args=(conversation, contact, message["id"], key)
        )
        if st.session_state.get("asked_why") == message["id"]:
            _ask_why(conversation, contact, message["id"])


def _rated(conversation: Conversation, contact: Contact, message_id: str, key: str) -> None:
    chosen = st.session_state[key]
    value = _VALUES[chosen] if chosen is not None else None
    if _save(conversation, contact, message_id, value, None):
        st.session_state["asked_why"] = message_id if value == "down" else None


def _ask_why(conversation: Conversation, contact: Contact, message_id: str) -> None:
    with (
        st.form(f"why-{message_id}", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        reason = st.text_input(
            say("rating.why"),
            key=f"why-text-{message_id}",
            placeholder=say("rating.why"),
            max_chars=500,
            label_visibility="collapsed",
        )
        sent = st.form_submit_button(say("rating.send"), key=f"why-send-{message_id}")
    if sent:
        saved = not reason.strip() or _save(conversation, contact, message_id, "down", reason.strip())
        if saved:
            st.session_state["asked_why"] = None
            st.toast(say("rating.thanks"), icon=":material/favorite:")
            st.rerun()


def _save(
    conversation: Conversation, contact: Contact, message_id: str, value: str | None, reason: str | None
) -> bool:
    try:
        answer = contact.rate(conversation.id, message_id, value, reason)
    except (ApiError, Unreachable):
        st.toast(say("rating.not_saved"), icon=":material/cloud_off:")
        return False
    conversation.keep(answer["message"])
    return True
