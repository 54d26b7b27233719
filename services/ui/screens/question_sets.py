"""The question sets of a knowledge base: made, opened, asked."""

from functools import partial
from html import escape

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff

EXPORTED_TYPES = ("xlsx", "csv", "jsonl")


def show(api: Staff, base: Json) -> None:
    """The tab."""
    st.html(f'<p class="fd-lead">{say("sets.lead")}</p>')
    if st.button(say("sets.add"), key="set-add", icon=":material/add:"):
        windows.open_window("question-set")
    found = api.question_sets(base["id"])
    if not found:
        st.html(f'<div class="fd-empty">{say("sets.none")}</div>')
        return
    with st.container(key="question-sets", gap=None):
        for one in found:
            _row(api, base, one)


def name_of(question_set: Json) -> str:
    """What it is called; the set that agents make has a name in every language."""
    return say("sets.desk") if question_set["origin"] == "desk" else str(question_set["name"])


def _row(api: Staff, base: Json, one: Json) -> None:
    set_id = one["id"]
    with st.container(key=f"set-{set_id}", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f'<div class="fd-document-name">{escape(name_of(one))}</div>'
            f'<div class="fd-meta">{say("sets.count", count=one["questions"])}</div>',
            width="stretch",
        )
        with st.container(key=f"set-verbs-{set_id}", horizontal=True, gap="xsmall", width="content"):
            if st.button(say("sets.open"), key=f"set-open-{set_id}", type="tertiary"):
                windows.open_window("questions", one)
            st.button(
                say("sets.ask"),
                key=f"set-ask-{set_id}",
                icon=":material/play_arrow:",
                disabled=not one["questions"],
                on_click=_ask,
                args=(api, one, "published"),
            )
            with st.popover(
                say("documents.menu"),
                icon=":material/more_horiz:",
                type="tertiary",
                key=f"set-menu-{set_id}-{windows.menu_round()}",
            ):
                _menu(api, base, one)


def _menu(api: Staff, base: Json, one: Json) -> None:
    set_id = one["id"]
    if base["waiting"]:
        st.button(
            say("sets.ask_draft"),
            key=f"set-draft-{set_id}",
            icon=":material/edit_note:",
            width="stretch",
            on_click=_ask,
            args=(api, one, "draft"),
        )
    if one["questions"]:
        st.button(
            say("sets.ask_model"),
            key=f"set-model-{set_id}",
            icon=":material/edit:",
            width="stretch",
            on_click=_ask,
            args=(api, one, "published", True),
        )
    if _choice("sets.import", f"set-import-{set_id}", "upload"):
        windows.open_window("question-import", one)
    for file_type in EXPORTED_TYPES:
        st.download_button(
            say(f"entries.export_{file_type}"),
            data=partial(api.export_questions, set_id, file_type),
            file_name=f"{name_of(one)}.{file_type}",
            on_click="ignore",
            key=f"set-export-{file_type}-{set_id}",
            icon=":material/download:",
            width="stretch",
        )
    if one["origin"] != "desk" and _choice("sets.rename", f"set-rename-{set_id}", "edit"):
        windows.open_window("question-set-name", one)
    if _choice("sets.remove", f"set-remove-{set_id}", "delete"):
        windows.open_window("question-set-removal", one)


def _choice(words: str, key: str, icon: str) -> bool:
    return st.button(say(words), key=key, icon=f":material/{icon}:", width="stretch")


def _ask(api: Staff, one: Json, version: str, with_model: bool = False) -> None:
    if problems.attempt(lambda: api.start_run(one["id"], version, with_model=with_model)):
        st.toast(say("sets.asked"), icon=":material/check:")
        st.session_state["quality-tabs"] = say("runs.title")
