"""Ask a question and see what the assistant would do with it, and why."""

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json
from services.ui.client import Staff
from services.ui.decision import show_record
from services.ui.screens import tagging

LONGEST_QUESTION = 1000


def show(api: Staff, base: Json) -> None:
    """The tab: a question, then the decision that it would lead to."""
    st.html(f'<p class="fd-lead">{say("test.lead")}</p>')
    draft = bool(base["waiting"]) and st.toggle(say("test.draft"), key="search-draft", help=say("test.draft_lead"))
    tags = tagging.narrow(api, base, "search-tags")
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
            decision = api.search(base["id"], query.strip(), tags, draft=draft)
            st.session_state["search-result"] = {"base": base["id"], "is_draft": draft, "decision": decision}
        except ApiError as error:
            st.error(problems.sentence(error))
    result: Json | None = st.session_state.get("search-result")
    if result and result["base"] == base["id"]:
        _show_result(result)


def _show_result(result: Json) -> None:
    decision, is_draft = result["decision"], result["is_draft"]

    def open_passage(passage: Json) -> None:
        windows.remember_window("passage", passage | {"is_draft": is_draft})

    with st.container(key="search-result"):
        if decision["version"] is not None:
            words = say("test.on_draft") if is_draft else say("test.on_version", number=decision["version"])
            st.html(f'<div class="fd-meta">{words}</div>')
        show_record(decision, tried=True, open_passage=open_passage)
