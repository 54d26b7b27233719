"""A new question set, its name, its end, and questions from a file."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say, say_or
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import question_sets
from services.ui.screens.documents import UPLOAD_LIMIT_MB

LONGEST_NAME = 120
FILE_TYPES = ["xlsx", "csv", "tsv", "json", "jsonl"]
MOST_VARIANTS = 200
SHOWN_ROWS = 8


def create(api: Staff, base: Json, subject: Json) -> None:
    """A name, and where its questions come from."""

    @st.dialog(say("sets.add"), on_dismiss=windows.close)
    def window() -> None:
        name = st.text_input(say("sets.name"), max_chars=LONGEST_NAME, key="set-name").strip()
        source = st.radio(
            say("sets.source"),
            ("written", "variants", "file"),
            format_func=lambda one: say(f"sets.source_{one}"),
            captions=[say(f"sets.source_{one}_lead") for one in ("written", "variants", "file")],
            key="set-source",
        )
        if st.button(say("common.save"), key="set-save", type="primary", width="stretch", disabled=not name):
            _create(api, base, name, str(source))

    window()


def _create(api: Staff, base: Json, name: str, source: str) -> None:
    try:
        made = api.add_question_set(base["id"], name, MOST_VARIANTS if source == "variants" else None)
    except (ApiError, Unreachable) as failure:
        st.error(problems.sentence(failure))
        return
    windows.close()
    if source == "file":
        windows.open_window("question-import", made)
    if source == "written":
        windows.open_window("questions", made)
    st.rerun()


def rename(api: Staff, base: Json, subject: Json) -> None:
    """Another name."""

    @st.dialog(say("sets.rename"), on_dismiss=windows.close)
    def window() -> None:
        name = st.text_input(say("sets.name"), subject["name"], max_chars=LONGEST_NAME, key="set-new-name").strip()
        if st.button(say("common.save"), key="set-save", type="primary", width="stretch", disabled=not name):
            windows.close_after(lambda: api.rename_question_set(subject["id"], name))

    window()


def remove(api: Staff, base: Json, subject: Json) -> None:
    """Whether it should really go."""

    @st.dialog(say("sets.remove"), on_dismiss=windows.close)
    def window() -> None:
        sure = say("sets.remove_sure", name=question_sets.name_of(subject), count=subject["questions"])
        st.html(f"<p>{escape(sure)}</p>")
        if st.button(say("sets.remove"), key="set-remove-confirm", type="primary", width="stretch"):
            windows.close_after(lambda: api.remove_question_set(subject["id"]))

    window()


def from_file(api: Staff, base: Json, subject: Json) -> None:
    """Questions from a table."""

    @st.dialog(say("sets.import"), width="medium", on_dismiss=windows.close)
    def window() -> None:
        st.html(f'<div class="fd-meta">{say("sets.import_lead")}</div>')
        with st.container(key="upload-questions"):
            file = st.file_uploader(
                say("entries.file", limit=UPLOAD_LIMIT_MB),
                type=FILE_TYPES,
                max_upload_size=UPLOAD_LIMIT_MB,
                key=f"upload-questions-{subject['id']}-{windows.menu_round()}",
            )
        skip = st.checkbox(say("sets.skip"), key="questions-skip")
        if st.button(
            say("sets.import_submit"),
            key="questions-import",
            type="primary",
            width="stretch",
            disabled=file is None,
        ):
            _import(api, subject, file, skip)

    window()


def _import(
    api: Staff, subject: Json, file: "st.runtime.uploaded_file_manager.UploadedFile | None", skip: bool
) -> None:
    if file is None:
        return
    file.seek(0)
    try:
        told = api.import_questions(subject["id"], file.name, file, skip_bad_rows=skip)
    except ApiError as error:
        if error.code == "questions_refused":
            st.warning(say("sets.nothing_imported"), icon=":material/error:")
            _show_rows(error.rows)
        else:
            st.error(problems.sentence(error))
        return
    except Unreachable as failure:
        st.error(problems.sentence(failure))
        return
    windows.close()
    words = say("sets.imported", added=told["added"], changed=told["changed"], refusals=told["refusals"])
    st.toast(words, icon=":material/check:")
    st.rerun()


def _show_rows(rows: Sequence[Json]) -> None:
    sentences = [say_or(f"refused.{row['code']}", row["message"], row=row["row"]) for row in rows[:SHOWN_ROWS]]
    if len(rows) > SHOWN_ROWS:
        sentences.append(say("entries.more_rows", count=len(rows) - SHOWN_ROWS))
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    st.html(f'<ul class="fd-refused">{items}</ul>')
