"""What customers asked, put to a change before it is published; and whether stored decisions come out the same."""

from html import escape

import streamlit as st

from services.ui import problems
from services.ui.browser import say, say_or
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens import question_sets, run_figures, run_window, runs
from services.ui.screens.run_figures import RUNNING

WATCH_SECONDS = 1.0


def show(api: Staff, base: Json) -> None:
    """The tab."""
    st.html(f'<p class="fd-lead">{say("replay.lead")}</p>')
    found = api.replays(base["id"])
    if base["waiting"]:
        _start(api, base, found)
    else:
        st.html(f'<div class="fd-meta">{say("replay.nothing_waits", gather=say("versions.gather"))}</div>')
    if found["replays"]:
        runs.watched(api, found["replays"], lambda: _list(api, base))
    _decisions(api, base)


def before_publishing(api: Staff, base: Json) -> bool:
    """What the draft would change, or the offer to find out; whether nothing more needs to be said."""
    found = api.replays(base["id"])
    running = next((run for run in found["replays"] if run["status"] in RUNNING), None)
    with st.container(key="publish-replay", gap="small"):
        if running is not None:
            _watch(api, running)
            return False
        if found["fresh"] is not None:
            st.html(run_figures.summary_html(found["fresh"]))
            if run_figures.affected(found["fresh"]):
                run_window.listed(api, found["fresh"])
            return True
        if not found["questions"]:
            st.html(f'<div class="fd-meta">{say("replay.no_questions")}</div>')
            return True
        st.html(f'<div class="fd-hint">{say("replay.offer", count=found["questions"])}</div>')
        if st.button(say("replay.start"), key="publish-replay-start", icon=":material/replay:"):
            problems.attempt(lambda: api.start_replay(base["id"]))
            st.rerun(scope="fragment")
    return False


def _list(api: Staff, base: Json) -> list[Json]:
    listed: list[Json] = api.replays(base["id"])["replays"]
    return listed


def _start(api: Staff, base: Json, found: Json) -> None:
    """What to ask, and the button."""
    sets = [one for one in api.question_sets(base["id"]) if one["questions"]]
    choices: list[Json | None] = [*([None] if found["questions"] else []), *sets]
    if not choices:
        st.html(f'<div class="fd-meta">{say("replay.no_questions")}</div>')
        return

    def told(one: Json | None) -> str:
        return say("replay.contacts", count=found["questions"]) if one is None else question_sets.name_of(one)

    with st.container(key="replay-start", horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox(say("replay.ask"), choices, format_func=told, key="replay-questions")
        st.button(
            say("replay.start"),
            key="replay-go",
            icon=":material/replay:",
            type="primary",
            on_click=_ask,
            args=(api, base, chosen),
        )


def _ask(api: Staff, base: Json, question_set: Json | None) -> None:
    problems.attempt(lambda: api.start_replay(base["id"], question_set["id"] if question_set else None))


def _watch(api: Staff, running: Json) -> None:
    """How far it is, until it is over; then the page, and the window over it, is drawn again."""

    @st.fragment(run_every=WATCH_SECONDS)
    def look() -> None:
        run = api.run(running["id"])
        if run["status"] not in RUNNING:
            st.rerun()
        st.html(run_figures.summary_html(run))

    look()


def _decisions(api: Staff, base: Json) -> None:
    """Stored decisions, decided again when somebody wants to know."""
    st.html(f'<h2 class="fd-subtitle">{say("rerun.title")}</h2><p class="fd-meta">{say("rerun.lead")}</p>')
    if not st.button(say("rerun.start"), key="rerun", icon=":material/rule:"):
        return
    with st.spinner(say("rerun.waiting")):
        told = api.rerun_decisions(base["id"])
    asked = told["asked"] - sum(told["left_out"].values())
    lines = [say("rerun.identical", identical=told["identical"], asked=asked)]
    lines += [say_or(f"rerun.left_{why}", why, count=count) for why, count in told["left_out"].items()]
    lines += [say_or(f"rerun.cause_{why}", why, count=count) for why, count in told["causes"].items()]
    st.html(f'<div class="fd-look" id="rerun">{"<br>".join(map(escape, lines))}</div>')
