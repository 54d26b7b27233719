"""A page of entries as a table to write in: for many small changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from services.ui import problems
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff

ROW_HEIGHT = 76
"""In pixels: three lines of text."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A call to make; `label` is the same for the same call, so that one that succeeded is not made again."""

    label: str
    call: Callable[[], object]


def show(api: Staff, base: Json, entries: Sequence[Json], page: str) -> None:
    """The table, and the button that saves what was changed in it; `page` names what is shown."""
    key = f"entries-grid-{page}-{st.session_state.setdefault('grid-round', 0)}"
    # What is written refers to rows by their place, so they stay as they were when the table was drawn first.
    opened = st.session_state.get("grid-opened")
    if opened is None or opened["key"] != key:
        opened = {"key": key, "entries": list(entries), "done": set()}
        st.session_state["grid-opened"] = opened
    st.html(f'<div class="fd-meta">{say("entries.grid_lead")}</div>')
    rows = [{"questions": "\n".join(entry["questions"]), "answer": entry["answer"]} for entry in opened["entries"]]
    st.data_editor(
        rows,
        key=key,
        num_rows="dynamic",
        hide_index=True,
        height="content",
        row_height=ROW_HEIGHT,
        column_config={
            "questions": st.column_config.TextColumn(say("entries.grid_questions"), width="medium"),
            "answer": st.column_config.TextColumn(say("entries.answer"), width="large"),
        },
    )
    written = st.session_state[key]
    changes = _changes(api, base, opened["entries"], rows, written)
    words = say(
        "entries.grid_save",
        changed=len(written["edited_rows"]),
        added=len(written["added_rows"]),
        deleted=len(written["deleted_rows"]),
    )
    if st.button(words, key="grid-save", type="primary", disabled=not changes) and _save(changes, opened["done"]):
        st.session_state["grid-round"] += 1
        st.toast(say("entries.grid_saved"), icon=":material/check:")
        st.rerun()


def _changes(api: Staff, base: Json, entries: Sequence[Json], rows: list[Json], written: Json) -> list[_Change]:
    changes = []
    for place, cells in written["edited_rows"].items():
        if place not in written["deleted_rows"]:
            questions, answer = _texts(rows[place] | cells)
            call = partial(api.change_entry, entries[place]["id"], {"questions": questions, "answer": answer})
            changes.append(_Change(f"{place}:{questions}:{answer}", call))
    for place, cells in enumerate(written["added_rows"]):
        questions, answer = _texts(cells)
        if questions or answer:
            call = partial(api.add_entry, base["id"], {"questions": questions, "answer": answer})
            changes.append(_Change(f"new {place}:{questions}:{answer}", call))
    for place in written["deleted_rows"]:
        delete = partial(api.delete_entry, entries[place]["id"], at_once=not base["drafting"])
        changes.append(_Change(f"deleted {place}", delete))
    return changes


def _texts(cells: Json) -> tuple[list[str], str]:
    questions = [line.strip() for line in (cells.get("questions") or "").splitlines() if line.strip()]
    return questions, cells.get("answer") or ""


def _save(changes: Sequence[_Change], done: set[str]) -> bool:
    """Make the calls that were not made yet; whether all of them succeeded."""
    refusals = []
    for change in changes:
        if change.label in done:
            continue
        try:
            change.call()
        except (ApiError, Unreachable) as failure:
            refusals.append(problems.sentence(failure))
        else:
            done.add(change.label)
    for refusal in dict.fromkeys(refusals):
        st.error(refusal)
    return not refusals
