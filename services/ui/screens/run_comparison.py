"""Two runs of question sets side by side."""

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import outcomes, run_figures


def window(api: Staff, base: Json, subject: Json) -> None:
    """A run beside one that is chosen here."""

    @st.dialog(say("compare_runs.title"), width="medium", on_dismiss=windows.close)
    def compared() -> None:
        others = [run for run in api.runs(base["id"]) if run["status"] == "done" and run["id"] != subject["id"]]
        # The same questions at another time tell most.
        others.sort(key=lambda run: run["question_set_id"] != subject["question_set_id"])
        if not others:
            st.html(f'<div class="fd-empty">{say("compare_runs.none")}</div>')
            return
        other = st.selectbox(
            say("compare_runs.with"),
            others,
            format_func=lambda run: f"{run['name']} · {run_figures.story(run)}",
            key="compared-run",
        )
        try:
            told = api.compare_runs(other["id"], subject["id"])
        except (ApiError, Unreachable) as failure:
            st.error(problems.sentence(failure))
            return
        st.html(
            f'<div class="fd-meta">{say("compare_runs.one")} · {run_figures.story(told["one"])}</div>'
            f"{run_figures.summary_html(told['one'])}"
            f'<div class="fd-meta fd-compared">{say("compare_runs.other")} · '
            f"{run_figures.story(told['other'])}</div>"
            f"{run_figures.summary_html(told['other'])}"
            f"{run_figures.wordings_explained_html(told['one'], told['other'])}"
        )
        st.html(
            f'<div class="fd-run-sentence">'
            f"{say('compare_runs.sentence', count=told['total'], unchanged=told['unchanged'])}</div>"
            + "".join(map(outcomes.pair_html, told["different"]))
        )

    compared()
