"""What came of question sets that were asked, newest first."""

import time
from collections.abc import Callable
from html import escape

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import run_figures
from services.ui.screens.run_figures import RUNNING

WATCH_SECONDS = 1.5


def show(api: Staff, base: Json) -> None:
    """The tab."""
    st.html(f'<p class="fd-lead">{say("runs.lead")}</p>')
    listed = api.runs(base["id"])
    if not listed:
        st.html(f'<div class="fd-empty">{say("runs.none")}</div>')
        return
    watched(api, listed, lambda: api.runs(base["id"]))


def watched(api: Staff, listed: list[Json], look: Callable[[], list[Json]]) -> None:
    """A list of runs that is drawn again while one of them goes on."""
    is_watched = _is_running(listed) and not windows.is_open()
    drawn_at = time.monotonic()

    @st.fragment(run_every=WATCH_SECONDS if is_watched else None)
    def rows() -> None:
        shown = listed
        if is_watched and time.monotonic() - drawn_at > WATCH_SECONDS / 2:
            try:
                shown = look()
            except Unreachable:
                problems.show_reconnecting()
            except ApiError:
                # The whole page asks again, and says what is wrong in its own place.
                st.rerun()
        if _is_running(shown) != _is_running(listed):
            st.rerun()
        with st.container(key="runs", gap=None):
            for run in shown:
                _row(api, run)

    rows()


def _is_running(runs: list[Json]) -> bool:
    return any(run["status"] in RUNNING for run in runs)


def _row(api: Staff, run: Json) -> None:
    run_id = run["id"]
    with st.container(key=f"run-{run_id}", gap="xsmall"):
        name, status = run["name"] or say("replay.of_contacts"), run["status"]
        st.html(
            f'<div class="fd-document-name">{escape(name)}'
            f'<span class="fd-badge fd-badge-{status}">{say(f"run_status.{status}")}</span></div>'
            f'<div class="fd-meta">{escape(run_figures.story(run))}</div>{run_figures.summary_html(run)}'
        )
        with st.container(key=f"run-verbs-{run_id}", horizontal=True, gap="xsmall"):
            if run["figures"] is not None and _verb("runs.open", f"run-open-{run_id}"):
                windows.open_window("run", run)
            if (
                run["figures"] is not None
                and run["kind"] == "set"
                and _verb("runs.compare", f"run-compare-{run_id}")
            ):
                windows.open_window("run-comparison", run)
            if run["status"] in RUNNING:
                st.button(
                    say("runs.stop"),
                    key=f"run-stop-{run_id}",
                    type="tertiary",
                    on_click=_try,
                    args=(lambda: api.stop_run(run_id),),
                )
            else:
                st.button(
                    say("runs.remove"),
                    key=f"run-remove-{run_id}",
                    type="tertiary",
                    on_click=_try,
                    args=(lambda: api.remove_run(run_id),),
                )


def _try(verb: Callable[[], None]) -> None:
    problems.attempt(verb)


def _verb(words: str, key: str) -> bool:
    return st.button(say(words), key=key, type="tertiary")
