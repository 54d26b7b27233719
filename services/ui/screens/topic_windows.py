"""A new topic; one topic with its name, its examples, and its end."""

from html import escape

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json
from services.ui.client import Staff

LONGEST_NAME = 80


def create(api: Staff, base: Json, subject: Json) -> None:
    """A name and a few examples."""

    @st.dialog(say("topics.add"), on_dismiss=windows.close)
    def window() -> None:
        name = st.text_input(say("topics.name"), max_chars=LONGEST_NAME, key="topic-name").strip()
        examples = _examples("topic-examples")
        if st.button(say("common.save"), key="topic-save", type="primary", width="stretch", disabled=not name):
            windows.close_after(lambda: api.add_topic(name, examples), say("topics.saved"))

    window()


def edit(api: Staff, base: Json, subject: Json) -> None:
    """One topic."""

    @st.dialog(subject["name"], width="large", on_dismiss=windows.close)
    def window() -> None:
        try:
            found = api.topic(subject["id"])
        except ApiError as failure:
            st.error(problems.sentence(failure))
            return
        name = st.text_input(
            say("topics.name"), found["topic"]["name"], max_chars=LONGEST_NAME, key="topic-new-name"
        ).strip()
        fresh = _examples("topic-more")
        if st.button(say("common.save"), key="topic-save", type="primary", width="stretch", disabled=not name):
            windows.close_after(lambda: _change(api, found["topic"], name, fresh), say("topics.saved"))
        st.html(f"<h4>{escape(say('topics.known_by', count=len(found['examples'])))}</h4>")
        with st.container(key="topic-known", height=240, border=False, gap="xsmall"):
            for example in found["examples"]:
                _example(api, subject["id"], example)
        _end(api, found["topic"])

    window()


def _examples(key: str) -> list[str]:
    written = st.text_area(say("topics.examples"), key=key, height=150, placeholder=say("topics.examples_example"))
    st.html(f'<div class="fd-meta">{escape(say("topics.examples_lead"))}</div>')
    return [line.strip() for line in written.splitlines() if line.strip()]


def _change(api: Staff, topic: Json, name: str, fresh: list[str]) -> None:
    if name != topic["name"]:
        api.rename_topic(topic["id"], name)
    if fresh:
        api.teach_topic(topic["id"], fresh)


def _example(api: Staff, topic_id: str, example: Json) -> None:
    with st.container(key=f"example-{example['id']}", horizontal=True, vertical_alignment="center"):
        origin = escape(say(f"topics.origin_{example['origin']}"))
        st.html(f'<div>{escape(example["text"])} <span class="fd-badge">{origin}</span></div>')
        st.button(
            say("topics.forget"),
            key=f"forget-{example['id']}",
            icon=":material/close:",
            type="tertiary",
            on_click=_forget,
            args=(api, topic_id, example["id"]),
        )


def _forget(api: Staff, topic_id: str, example_id: str) -> None:
    problems.attempt(lambda: api.forget_example(topic_id, example_id))


def _end(api: Staff, topic: Json) -> None:
    others = {one["id"]: one["name"] for one in api.topics()["topics"] if one["id"] != topic["id"]}
    with st.expander(say("topics.end"), key="topic-end", type="compact"):
        into = st.selectbox(
            say("topics.merge_into"), list(others), None, others.__getitem__, key="topic-into", disabled=not others
        )
        if st.button(say("topics.merge"), key="topic-merge", disabled=into is None, width="stretch"):
            windows.close_after(lambda: api.merge_topic(topic["id"], str(into)), say("topics.saved"))
        st.html(f'<div class="fd-meta">{escape(say("topics.remove_lead"))}</div>')
        if st.button(say("topics.remove"), key="topic-remove", width="stretch"):
            windows.close_after(lambda: api.remove_topic(topic["id"]), say("topics.removed"))
