"""What is left to people whatever the assistant knows: built-in topics to switch off, and the shop's own words."""

from html import escape

import streamlit as st

from services.ui import problems
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff


def show(api: Staff, base: Json) -> None:
    """The tab, for administrators; it holds for the web chat, from whichever knowledge base that answers."""
    known = api.sensitive_topics()
    st.html(f'<p class="fd-lead">{escape(say("sensitive.lead"))}</p>')
    with st.form("sensitive", border=False, enter_to_submit=False):
        with st.container(key="sensitive-topics", gap="small"):
            off = [topic["name"] for topic in known["topics"] if not _topic(topic)]
        words = st.text_area(
            say("sensitive.words"),
            "\n".join(known["words"]),
            key="sensitive-words",
            height=140,
            help=say("sensitive.words_lead"),
            placeholder=say("sensitive.words_example"),
        )
        if st.form_submit_button(say("common.save"), key="sensitive-save", type="primary"):
            _save(api, off, words)


def _topic(topic: Json) -> bool:
    """A switch with the words behind it; whether it is on."""
    name = topic["name"]
    is_on = st.toggle(say(f"topic.{name}"), topic["on"], key=f"sensitive-{name}", help=say(f"topic.{name}_lead"))
    with st.expander(say("sensitive.known_by"), key=f"sensitive-{name}-words", type="compact"):
        st.html(f'<div class="fd-meta">{escape(" · ".join(topic["words"]))}</div>')
    return is_on


def _save(api: Staff, off: list[str], words: str) -> None:
    own = [line for line in words.splitlines() if line.strip()]
    try:
        api.leave_to_people(off, own)
    except (ApiError, Unreachable) as failure:
        st.error(problems.sentence(failure))
        return
    st.toast(say("sensitive.saved"), icon=":material/check:")
