"""What conversations are about: the topics, how well they are recognised, a trial, and suggestions."""

from html import escape

import streamlit as st

from services.ui import bubbles, problems, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff

FEW_EXAMPLES = 5
LONGEST_TEXT = 1000


def show(api: Staff, base: Json) -> None:
    """The tab, for administrators; topics are those of all conversations, whatever knowledge base answers."""
    listed = api.topics()
    topics = listed["topics"]
    with st.container(key="topics-head", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="fd-lead">{escape(say("topics.lead"))}</p>')
        if st.button(say("topics.add"), key="topic-add", icon=":material/add:", type="primary"):
            windows.open_window("topic-new")
    if not topics:
        st.html(f'<div class="fd-empty">{escape(say("topics.none"))}</div>')
    else:
        st.html(f'<div class="fd-meta">{escape(_recognition(listed["recognition"]))}</div>')
        with st.container(key="topics-list", gap="small"):
            for topic in topics:
                _line(topic)
        _trial(api, topics)
    _suggestions(api)


def _recognition(found: Json) -> str:
    if found["right"] is None:
        return say("topics.not_learned")
    if not found["assigned"]:
        return say("topics.too_few")
    sentence = say(
        "topics.recognition",
        assigned=f"{100 * found['assigned']:.0f}",
        right=f"{100 * found['right_of_assigned']:.0f}",
    )
    how = say("topics.by_meaning" if found["by_meaning"] else "topics.by_words")
    due = [say("topics.due")] if found["is_due"] else []
    return say("common.next_sentence").join([sentence, how, *due])


def _line(topic: Json) -> None:
    few = topic["examples"] < FEW_EXAMPLES
    badge = f'<span class="fd-badge fd-badge-working">{escape(say("topics.few"))}</span>' if few else ""
    counts = " · ".join(say(f"topics.count_{kind}", count=topic[kind]) for kind in ("conversations", "examples"))
    with st.container(key=f"topic-{topic['id']}", horizontal=True, vertical_alignment="center", border=True):
        st.html(f'<div><b>{escape(topic["name"])}</b> {badge}<div class="fd-meta">{escape(counts)}</div></div>')
        if st.button(say("topics.edit"), key=f"topic-edit-{topic['id']}", icon=":material/edit:", type="tertiary"):
            windows.open_window("topic", topic)


def _trial(api: Staff, topics: list[Json]) -> None:
    names = {topic["id"]: topic["name"] for topic in topics}
    st.html(f"<h3>{escape(say('topics.try'))}</h3>")
    text = st.text_input(
        say("topics.try"),
        key="topic-try",
        max_chars=LONGEST_TEXT,
        placeholder=say("topics.try_example"),
        label_visibility="collapsed",
    )
    if not text.strip():
        return
    try:
        tried = api.try_topic(text)
    except (ApiError, Unreachable) as failure:
        st.error(problems.sentence(failure))
        return
    if tried["threshold"] is None:
        st.html(f'<div class="fd-meta">{escape(say("topics.not_learned"))}</div>')
        return
    given = names.get(tried["topic_id"])
    verdict = say("topics.given", name=given) if given else say("topics.unsure")
    st.html(f'<div data-testid="topic-verdict"><b>{escape(verdict)}</b></div>')
    for chance in tried["chances"]:
        if chance["topic_id"] in names and chance["probability"] >= 0.01:
            share = min(1.0, chance["probability"])
            st.progress(share, f"{bubbles.plain_label(names[chance['topic_id']])} · {100 * share:.0f}%")
    from_on = say("topics.threshold", share=f"{100 * tried['threshold']:.0f}")
    st.html(f'<div class="fd-meta">{escape(from_on)}</div>')


def _suggestions(api: Staff) -> None:
    suggested = api.suggested_topics()
    if not suggested:
        return
    st.html(f"<h3>{escape(say('topics.suggested'))}</h3>")
    chosen = st.pills(
        say("topics.suggested"),
        [one["tag"] for one in suggested],
        selection_mode="multi",
        key="topic-suggestions",
        label_visibility="collapsed",
    )
    questions = [question for one in suggested if one["tag"] in chosen for question in one["questions"]]
    st.html(f'<div class="fd-meta">{escape(" · ".join(questions) or say("topics.suggested_lead"))}</div>')
    st.button(
        say("topics.adopt", count=len(chosen)),
        key="topic-adopt",
        disabled=not chosen,
        on_click=_adopt,
        args=(api, list(chosen)),
    )


def _adopt(api: Staff, tags: list[str]) -> None:
    if problems.attempt(lambda: api.adopt_tags(tags)):
        st.session_state["topic-suggestions"] = []
        st.toast(say("topics.saved"), icon=":material/check:")
