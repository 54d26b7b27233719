"""Many entries at once: from a file or from pasted text, and out again as a file."""

from functools import partial
from html import escape

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say, say_or
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import expiry, tagging
from services.ui.screens.documents import UPLOAD_LIMIT_MB

FILE_TYPES = ["xlsx", "csv", "tsv", "json", "jsonl"]
"""Those that the api takes."""
EXPORTED_TYPES = ("xlsx", "csv", "jsonl")
SHOWN_ROWS = 8


def start_import() -> None:
    """Open the window with nothing in it from an earlier time."""
    st.session_state["import-round"] = st.session_state.get("import-round", 0) + 1
    st.session_state.pop("import-outcome", None)
    windows.open_window("entry-import")


def window(api: Staff, base: Json, subject: Json) -> None:
    """The window: a file on one side, text to paste on the other."""

    @st.dialog(say("entries.import"), width="medium", on_dismiss=windows.close)
    def form() -> None:
        with st.expander(say("entries.marks"), key="import-marks", type="compact"):
            marks = {"tags": tagging.ask(api, base, [], "import-tags"), "expires_at": expiry.ask(None)}
        file, text = st.tabs([say("entries.from_file"), say("entries.from_text")])
        with file:
            _from_file(api, base, marks)
        with text:
            _from_text(api, base, marks)

    form()


def export_menu(api: Staff, base: Json) -> None:
    """The button below which the kinds of files hang."""
    with st.popover(say("entries.export"), icon=":material/download:", key="entries-export"):
        st.html(f'<div class="fd-meta">{say("entries.export_lead")}</div>')
        for file_type in EXPORTED_TYPES:
            st.download_button(
                say(f"entries.export_{file_type}"),
                data=partial(api.export_entries, base["id"], file_type),
                file_name=f"{base['name']}.{file_type}",
                on_click="ignore",
                key=f"export-{file_type}",
                width="stretch",
            )


def _from_file(api: Staff, base: Json, marks: Json) -> None:
    st.html(f'<div class="fd-meta">{say("entries.file_lead")}</div>')
    with st.container(key="upload-entries"):
        file = st.file_uploader(
            say("entries.file", limit=UPLOAD_LIMIT_MB),
            type=FILE_TYPES,
            max_upload_size=UPLOAD_LIMIT_MB,
            key=f"upload-entries-{st.session_state['import-round']}",
        )
    if file is None:
        return
    outcome: Json | None = st.session_state.get("import-outcome")
    if outcome is None or outcome["file"] != file.file_id:
        with st.spinner(say("entries.importing")):
            outcome = _outcome(api, base, file, marks, skip_bad_rows=False)
    _show_outcome(outcome)
    if outcome.get("may_skip") and st.button(say("entries.skip"), key="import-skip", width="stretch"):
        with st.spinner(say("entries.importing")):
            _outcome(api, base, file, marks, skip_bad_rows=True)
        st.rerun(scope="fragment")
    if outcome.get("may_skip"):
        return
    if st.button(say("common.done"), key="import-done", type="primary", width="stretch"):
        windows.close()
        st.rerun()


def _outcome(
    api: Staff,
    base: Json,
    file: "st.runtime.uploaded_file_manager.UploadedFile",
    marks: Json,
    *,
    skip_bad_rows: bool,
) -> Json:
    """What became of the file, kept so that drawing the dialog again does not import it again."""
    outcome: Json = {"file": file.file_id}
    file.seek(0)
    try:
        outcome |= api.import_entries(base["id"], file.name, file, marks, skip_bad_rows=skip_bad_rows)
    except ApiError as error:
        if error.code == "entries_refused":
            outcome |= {"may_skip": True, "refused": error.rows, "refusals": len(error.rows)}
        else:
            outcome["problem"] = problems.sentence(error)
    except Unreachable as failure:
        outcome["problem"] = problems.sentence(failure)
    st.session_state["import-outcome"] = outcome
    return outcome


def _show_outcome(outcome: Json) -> None:
    if "problem" in outcome:
        st.error(outcome["problem"])
        return
    if outcome.get("may_skip"):
        st.warning(say("entries.nothing_imported"), icon=":material/error:")
    else:
        st.success(
            say(
                "entries.imported",
                added=outcome["added"],
                changed=outcome["changed"],
                unchanged=outcome["unchanged"],
            ),
            icon=":material/check:",
        )
        if outcome["refusals"]:
            st.html(f'<div class="fd-meta">{say("entries.left_out", count=outcome["refusals"])}</div>')
    if outcome["refused"]:
        _show_rows(outcome["refused"], outcome["refusals"])


def _show_rows(rows: list[Json], count: int) -> None:
    sentences = [say_or(f"refused.{row['code']}", row["message"], row=row["row"]) for row in rows[:SHOWN_ROWS]]
    if count > len(sentences):
        sentences.append(say("entries.more_rows", count=count - len(sentences)))
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    st.html(f'<ul class="fd-refused">{items}</ul>')


def _from_text(api: Staff, base: Json, marks: Json) -> None:
    text = st.text_area(
        say("entries.paste_lead"), key="entries-text", height=260, placeholder=say("entries.paste_example")
    )
    if st.button(say("entries.paste_submit"), key="entries-paste-save", type="primary", width="stretch"):
        windows.close_after(lambda: api.paste_entries(base["id"], text, marks))
