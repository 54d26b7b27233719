"""Ask a question and see what the assistant would do with it, and why."""

import streamlit as st

from services.ui import problems
from services.ui.browser import say
from services.ui.client import ApiError, Json, Staff
from services.ui.decision import show_record

LONGEST_QUESTION = 1000


def show(api: Staff, base: Json) -> None:
    """The tab: a question, then the decision that it would lead to."""
    st.html(f'<p class="fd-lead">{say("test.lead")}</p>')
    with (
        st.form("search-test", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        query = st.text_input(
            say("test.question"),
            key="search-query",
            placeholder=say("test.placeholder"),
            label_visibility="collapsed",
            max_chars=LONGEST_QUESTION,
        )
        pressed = st.form_submit_button(say("test.submit"), key="search-submit", type="primary")
    if pressed and query and query.strip():
        try:
            st.session_state["search-decision"] = (base["id"], api.search(base["id"], query.strip()))
        except ApiError as error:
            st.error(problems.sentence(error))
    base_id, decision = st.session_state.get("search-decision", (None, None))
    if base_id == base["id"]:
        with st.container(key="search-result"):
            show_record(decision, tried=True)
