"""What should have come of a customer's question: kept by one click, for the next time the questions are asked."""

import streamlit as st

from services.ui import problems
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff

LONGEST_TITLE = 60


def show(api: Staff, conversation_id: str, decision: Json) -> None:
    """The passages that were found, one of which should have answered, and a person instead of all of them."""
    key = f"label-{decision['message_id']}"
    with st.popover(say("label.title"), icon=":material/fact_check:", type="tertiary", key=key):
        st.html(f'<div class="fd-meta">{say("label.lead")}</div>')
        for passage in decision["passages"]:
            if passage["chunk_id"]:
                title = f"{passage['number']} · {passage['title']}"
                words = title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…"
                _choice(api, conversation_id, decision, words, passage["chunk_id"], f"{key}-{passage['number']}")
        _choice(api, conversation_id, decision, say("label.person"), None, f"{key}-person")


def _choice(api: Staff, conversation_id: str, decision: Json, words: str, chunk_id: str | None, key: str) -> None:
    st.button(
        words,
        key=key,
        width="stretch",
        on_click=_keep,
        args=(api, conversation_id, decision["message_id"], chunk_id),
    )


def _keep(api: Staff, conversation_id: str, message_id: str, chunk_id: str | None) -> None:
    if problems.attempt(lambda: api.label(conversation_id, message_id, chunk_id)):
        st.toast(say("label.done"), icon=":material/check:")
