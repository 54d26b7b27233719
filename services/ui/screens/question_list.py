"""The questions of a set, and one of them as it is written or changed."""

from html import escape

import streamlit as st

from services.ui import windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens import question_sets

PER_PAGE = 20
LONGEST_QUESTION = 500
LONGEST_PASSAGE = 4000
LONGEST_ANSWER = 8000
MOST_OFFERED = 200
WANTED = ("entry", "document", "text", "handoff")


def window(api: Staff, base: Json, subject: Json) -> None:
    """All questions of the set."""

    @st.dialog(question_sets.name_of(subject), width="medium", on_dismiss=windows.close)
    def listed() -> None:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            query = st.text_input(
                say("sets.find"), key="questions-query", placeholder=say("sets.find"), label_visibility="collapsed"
            )
            if st.button(say("sets.write"), key="question-add", icon=":material/add:"):
                windows.open_window("question", {"set": subject})
        page = st.session_state.get("questions-page", 1)
        found = api.questions(subject["id"], query.strip(), (page - 1) * PER_PAGE, PER_PAGE)
        if not found["questions"]:
            st.html(f'<div class="fd-empty">{say("sets.no_questions")}</div>')
        with st.container(key="questions", gap=None):
            for question in found["questions"]:
                _row(api, subject, question)
        pages = -(-found["total"] // PER_PAGE)
        if pages > 1:
            st.pagination(pages, key="questions-page")

    listed()


def _row(api: Staff, subject: Json, question: Json) -> None:
    question_id = question["id"]
    with st.container(
        key=f"question-{question_id}", horizontal=True, wrap=False, vertical_alignment="center", gap="small"
    ):
        wanted = say(f"wanted.{question['expected']['wanted']}")
        st.html(
            f'<div class="fd-question">{escape(question["text"])}</div><div class="fd-meta">{wanted}</div>',
            width="stretch",
        )
        if st.button(
            say("sets.change"), key=f"edit-question-{question_id}", icon=":material/edit:", type="tertiary"
        ):
            windows.open_window("question", {"set": subject, "question": question})
        if st.button(
            say("sets.take_out"), key=f"remove-question-{question_id}", icon=":material/delete:", type="tertiary"
        ):
            api.remove_question(question_id)
            st.rerun(scope="fragment")


def edit(api: Staff, base: Json, subject: Json) -> None:
    """One question: its words, and what should come of it."""
    question = subject.get("question", {})
    expected = question.get("expected", {})

    @st.dialog(say("sets.change" if question else "sets.write"), on_dismiss=windows.close)
    def form() -> None:
        text = st.text_input(
            say("sets.question"), question.get("text", ""), max_chars=LONGEST_QUESTION, key="question-text"
        ).strip()
        wanted = st.radio(
            say("sets.expected"),
            WANTED,
            index=WANTED.index(expected.get("wanted", "entry")),
            format_func=lambda one: say(f"wanted.{one}"),
            key="question-wanted",
        )
        told: Json = {"wanted": wanted}
        match wanted:
            case "entry":
                told["source_id"] = _choose_entry(api, base, expected)
            case "document":
                told["source_id"] = _choose_document(api, base, expected)
            case "text":
                told["passage"] = st.text_area(
                    say("sets.passage"),
                    expected.get("passage") or "",
                    max_chars=LONGEST_PASSAGE,
                    key="question-passage",
                ).strip()
        reference = ""
        if wanted != "handoff":
            reference = st.text_area(
                say("sets.reference"),
                question.get("reference") or "",
                max_chars=LONGEST_ANSWER,
                help=say("sets.reference_lead"),
                key="question-reference",
            ).strip()
        is_whole = text and (wanted == "handoff" or told.get("source_id") or told.get("passage"))
        if st.button(
            say("common.save"), key="question-save", type="primary", width="stretch", disabled=not is_whole
        ):
            body = {"text": text, "expected": told, "reference": reference or None}
            windows.close_after(lambda: _save(api, subject["set"], question, body))

    form()


def _save(api: Staff, question_set: Json, question: Json, body: Json) -> None:
    if question:
        api.change_question(question["id"], body)
    else:
        api.add_question(question_set["id"], body)


def _choose_entry(api: Staff, base: Json, expected: Json) -> str | None:
    query = st.text_input(say("sets.find_entry"), key="question-entry-query")
    found = api.entries(base["id"], query.strip(), 0, MOST_OFFERED)["entries"]
    names = {entry["id"]: str(entry["questions"][0]) for entry in found}
    chosen = expected.get("source_id")
    if chosen and chosen not in names and not query:
        names[chosen] = say("sets.other_source")
    return st.selectbox(
        say("sets.entry"),
        list(names),
        index=list(names).index(chosen) if chosen in names else None,
        format_func=lambda one: names[one],
        placeholder=say("sets.choose"),
        key="question-entry",
    )


def _choose_document(api: Staff, base: Json, expected: Json) -> str | None:
    names = {one["id"]: str(one["name"]) for one in api.documents(base["id"])}
    chosen = expected.get("source_id")
    return st.selectbox(
        say("sets.document"),
        list(names),
        index=list(names).index(chosen) if chosen in names else None,
        format_func=lambda one: names[one],
        placeholder=say("sets.choose"),
        key="question-document",
    )
