"""One gap: what was asked, who looks after it, and the draft of an entry that would close it."""

from html import escape

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say, time_ago
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import draft_editor, gaps
from services.ui.screens.question_list import LONGEST_ANSWER

NOBODY = ""


def window(api: Staff, base: Json, subject: Json) -> None:
    """The gap of this id."""

    @st.dialog(say("gaps.one"), width="medium", on_dismiss=windows.close)
    def told() -> None:
        try:
            found = api.gap(subject["id"])
            st.html(
                f'<h3>{escape(found["gap"]["example"])}</h3><div class="fd-meta">{gaps.story(found["gap"])}</div>'
            )
            _questions(found["questions"])
            if found["gap"]["state"] == "open":
                _assign(api, found["gap"])
            drafts = [draft for draft in found["drafts"] if draft["status"] != "dropped"]
            if drafts:
                draft_editor.show(api, drafts[0]["id"])
            elif found["gap"]["state"] == "open":
                _start(api, found["gap"])
            _turn(api, found["gap"])
        except (ApiError, Unreachable) as failure:
            st.error(problems.sentence(failure))

    told()


def _questions(questions: list[Json]) -> None:
    lines = "".join(
        f'<li>{escape(one["text"])} <span class="fd-meta">{time_ago(one["asked_at"])}</span></li>'
        for one in questions
    )
    with st.expander(say("gaps.questions", count=len(questions)), expanded=len(questions) <= 5):
        st.html(f'<ul data-testid="gap-questions">{lines}</ul>')


def _assign(api: Staff, gap: Json) -> None:
    names = {agent["id"]: str(agent["name"]) for agent in api.agents() if agent["active"]}
    key = f"gap-agent-{gap['id']}-{gap['assignee_id']}"

    def assign() -> None:
        chosen = st.session_state[key] or None
        problems.attempt(lambda: api.change_gap(gap["id"], assignee_id=chosen))

    now = gap["assignee_id"] if gap["assignee_id"] in names else NOBODY
    st.selectbox(
        say("gaps.agent"),
        [NOBODY, *names],
        [NOBODY, *names].index(now),
        lambda one: names.get(one, say("gaps.nobody")),
        key=key,
        on_change=assign,
        width=280,
    )


def _start(api: Staff, gap: Json) -> None:
    st.html(f'<div class="fd-hint">{escape(say("gaps.draft_lead"))}</div>')
    answer = st.text_area(
        say("gaps.answer"),
        key=f"gap-answer-{gap['id']}",
        max_chars=LONGEST_ANSWER,
        placeholder=say("gaps.answer_lead"),
    ).strip()
    if st.button(
        say("gaps.draft"), key="gap-draft", icon=":material/edit_note:", type="primary"
    ) and problems.attempt(lambda: api.draft_for_gap(gap["id"], answer or None)):
        st.rerun(scope="fragment")


def _turn(api: Staff, gap: Json) -> None:
    """Close it without an entry, or open it again."""
    state = "not_ours" if gap["state"] == "open" else "open"
    if st.button(say(f"gaps.turn_{state}"), key="gap-turn", type="tertiary"):
        windows.close_after(lambda: api.change_gap(gap["id"], state=state), say("gaps.turned"))
