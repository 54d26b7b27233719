"""What a conversation is about, with a way to correct it."""

from html import escape

import streamlit as st

from services.ui import bubbles, problems
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff

NO_TOPIC = ""


def show(api: Staff, conversation: Json) -> None:
    """A chip in the header of a conversation at the desk; the api is asked how sure it is when it is opened."""
    conversation_id = conversation["id"]
    with st.container(key="triage", horizontal=True, gap="xsmall", vertical_alignment="center", width="content"):
        topic = conversation["topic"]
        menu = st.popover(
            bubbles.plain_label(topic) if topic else say("triage.no_topic"),
            icon=":material/sell:",
            type="tertiary",
            key=f"triage-topic-{conversation_id}",
            on_change="rerun",
        )
    if menu.open:
        with menu:
            _correction(api, conversation_id)


def _correction(api: Staff, conversation_id: str) -> None:
    found = api.triage(conversation_id)
    st.html(f'<div class="fd-meta">{escape(_how(found))}</div>')
    names = {topic["id"]: topic["name"] for topic in api.topics()["topics"]}
    now = found["topic"]["id"] if found["topic"] else NO_TOPIC
    key = f"topic-of-{conversation_id}-{now}"
    st.selectbox(
        say("triage.topic"),
        [NO_TOPIC, *names],
        [NO_TOPIC, *names].index(now) if now in names else 0,
        lambda one: names.get(one, say("triage.none")),
        key=key,
        on_change=_correct,
        args=(api, conversation_id, key),
    )


def _how(found: Json) -> str:
    if found["corrected"]:
        return say("triage.corrected")
    if found["probability"] is None:
        return say("triage.unsure")
    return say("triage.probability", share=f"{100 * found['probability']:.0f}")


def _correct(api: Staff, conversation_id: str, key: str) -> None:
    topic_id: str = st.session_state[key]
    if problems.attempt(lambda: api.correct_topic(conversation_id, topic_id or None)):
        st.toast(say("triage.learned"), icon=":material/check:")
