"""Files from the desk: chosen, looked over and sent to the contact, with some words if there are any."""

from uuid import uuid4

import streamlit as st

from services.ui import files, problems
from services.ui.browser import say
from services.ui.client import Staff
from services.ui.thread import LONGEST_MESSAGE


def show(api: Staff, conversation_id: str) -> None:
    """A button that opens the choice; what was chosen stays until it is sent."""
    key = _key(conversation_id)
    limits = files.limits()
    with st.popover(say("files.send"), key=f"files-menu-{key}", icon=":material/attach_file:"):
        chosen = st.file_uploader(
            say("files.choose", **limits),
            type=limits["accepted"],
            accept_multiple_files=True,
            key=f"upload-files-{key}",
            max_upload_size=limits["megabytes"],
        )
        st.text_area(
            say("files.words"),
            key=f"files-words-{key}",
            max_chars=LONGEST_MESSAGE,
            height=80,
            label_visibility="visible",
        )
        too_many = len(chosen) > limits["most"]
        if too_many:
            st.warning(say("files.too_many", **limits), icon=":material/info:")
        st.button(
            say("files.send_now"),
            key=f"files-send-{key}",
            type="primary",
            disabled=not chosen or too_many,
            on_click=_send,
            args=(api, conversation_id, key),
        )


def _key(conversation_id: str) -> str:
    """Of what is being put together; the same until it is sent, so that trying again sends nothing twice."""
    keys: dict[str, str] = st.session_state.setdefault("desk-files", {})
    return keys.setdefault(conversation_id, uuid4().hex)


def _send(api: Staff, conversation_id: str, key: str) -> None:
    chosen = files.named(st.session_state[f"upload-files-{key}"])
    words = st.session_state[f"files-words-{key}"].strip()
    if problems.attempt(lambda: api.reply_with_files(conversation_id, words, chosen, key)):
        st.session_state["desk-files"].pop(conversation_id, None)
