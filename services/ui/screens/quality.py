"""How well the assistant answers: what may go wrong, what it could not answer, question sets and what came of them,
changes tried before."""

from collections.abc import Mapping

import streamlit as st

from services.ui import staff
from services.ui.browser import say
from services.ui.screens import (
    desk_draft,
    gap_window,
    gaps,
    promise,
    question_list,
    question_set_windows,
    question_sets,
    replays,
    rooms,
    run_comparison,
    run_window,
    runs,
    waiting,
)
from services.ui.screens.rooms import Room, Window

ROOMS: Mapping[str, Room] = {
    "promise.title": promise.show,
    "gaps.title": gaps.show,
    "sets.title": question_sets.show,
    "runs.title": runs.show,
    "replay.title": replays.show,
}
"""The tabs by their words, in their order."""
WINDOWS: Mapping[str, Window] = {
    "gap": gap_window.window,
    "desk-draft": lambda api, base, draft: desk_draft.window(api, draft),
    "question-set": question_set_windows.create,
    "question-set-name": question_set_windows.rename,
    "question-set-removal": question_set_windows.remove,
    "question-import": question_set_windows.from_file,
    "questions": question_list.window,
    "question": question_list.edit,
    "run": run_window.window,
    "run-comparison": run_comparison.window,
}


def show() -> None:
    """The page, for administrators; only the tab that is open asks the api for anything."""
    if not staff.is_admin():
        st.html(f'<div class="fd-empty">{say("quality.admins")}</div>')
        return
    api = staff.caller()
    bases = api.knowledge_bases()
    with st.container(key="quality-page"):
        base = rooms.choose_base(bases, "quality-base")
        st.html(
            f'<div class="fd-page-heading"><h1 class="fd-title">{say("nav.quality")}</h1>'
            f'<p class="fd-lead">{say("quality.lead")}</p></div>'
        )
        if base is None:
            st.html(f'<div class="fd-empty">{say("knowledge.no_base")}</div>')
            return
        base = base | {"waiting": waiting.count(api, base)}
        rooms.show_tabs(ROOMS, "quality-tabs", api, base)
    rooms.show_windows(WINDOWS, api, base)
