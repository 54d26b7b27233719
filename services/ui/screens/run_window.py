"""One run or replay with its questions, those first that a customer would mind."""

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import outcomes, run_figures

PER_PAGE = 20


def window(api: Staff, base: Json, subject: Json) -> None:
    """The run of this id."""

    @st.dialog(
        say("replay.one" if subject["kind"] == "replay" else "runs.one"), width="medium", on_dismiss=windows.close
    )
    def told() -> None:
        try:
            run = api.run(subject["id"])
            st.html(
                f'<div class="fd-meta">{run_figures.story(run)}</div>{run_figures.summary_html(run)}'
                f"{run_figures.wordings_explained_html(run)}"
            )
            if run["figures"] is not None:
                listed(api, run)
        except (ApiError, Unreachable) as failure:
            st.error(problems.sentence(failure))

    told()


def listed(api: Staff, run: Json) -> None:
    """Its questions, by what came of them."""
    names = [name for name in reversed(run_figures.results_of(run)) if run["figures"][name]]
    worth = [name for name in names if name not in ("right", "handed_over", "unaffected")]
    chosen = st.pills(
        say("runs.filter"),
        names,
        selection_mode="multi",
        default=worth or names,
        format_func=lambda name: f"{say(f'result.{name}')} {run['figures'][name]}",
        key=f"results-{run['id']}",
        label_visibility="collapsed",
    )
    if not chosen:
        return
    key = f"outcomes-page-{run['id']}"
    page = st.session_state.get(key, 1)
    found = api.outcomes(run["id"], list(chosen), (page - 1) * PER_PAGE, PER_PAGE)
    st.html("".join(map(outcomes.outcome_html, found["outcomes"])))
    pages = -(-found["total"] // PER_PAGE)
    if pages > 1:
        st.pagination(pages, key=key)
