"""What measuring a knowledge base came to, drawn again while it is being measured anew."""

import time

import streamlit as st

from services.ui import problems
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import promise_curves, promise_details, promise_figures, promise_parts, promise_traffic

WATCH_SECONDS = 1.5
PATIENCE_SECONDS = 120.0
"""Measuring that takes longer is late."""


def show(api: Staff, base: Json, standing: Json) -> None:
    """All of it."""
    is_watched = _waited(base, standing) is not None
    drawn_at = time.monotonic()

    @st.fragment(run_every=WATCH_SECONDS if is_watched else None)
    def result() -> None:
        shown = standing
        if is_watched and time.monotonic() - drawn_at > WATCH_SECONDS / 2:
            try:
                shown = api.calibration(base["id"])
            except Unreachable:
                problems.show_reconnecting()
            except ApiError:
                # The whole page asks again, and says what is wrong in its own place.
                st.rerun()
        waited = _waited(base, shown)
        if (waited is not None) != is_watched:
            st.rerun()
        _measuring(shown, waited)
        if shown["calibration"] is not None:
            _measured(api, base, shown, may_ask=waited is None or waited > PATIENCE_SECONDS)

    result()


def expect(base: Json, standing: Json) -> None:
    """Wait for another measurement from now on; the api does not tell of one that was only asked for."""
    st.session_state[_key(base)] = {"after": _made(standing), "since": time.monotonic()}


def _waited(base: Json, standing: Json) -> float | None:
    """For how many seconds another measurement has been waited for, None for none."""
    expected = st.session_state.get(_key(base))
    if expected is None or expected["after"] != _made(standing):
        if not standing["is_due"]:
            st.session_state.pop(_key(base), None)
            return None
        expect(base, standing)
        return 0.0
    waited: float = time.monotonic() - expected["since"]
    return waited


def _key(base: Json) -> str:
    return f"calibration-expected-{base['id']}"


def _made(standing: Json) -> str | None:
    made = standing["calibration"]
    return str(made["id"]) if made else None


def _measuring(standing: Json, waited: float | None) -> None:
    """That it goes on, and what is shown meanwhile."""
    if waited is None:
        return
    words = [say("promise.late" if waited > PATIENCE_SECONDS else "promise.measuring")]
    made = standing["calibration"]
    if made and made["error"] != standing["target"]["error"]:
        words.append(say("promise.still", percent=promise_figures.percent(made["error"])))
    told = "".join(f"<p>{sentence}</p>" for sentence in words)
    st.html(
        '<div class="fd-measuring" role="status"><div class="fd-progress fd-progress-unknown"><i></i></div>'
        f"{told}</div>"
    )


def _measured(api: Staff, base: Json, standing: Json, *, may_ask: bool) -> None:
    made = standing["calibration"]
    alarm = promise_traffic.alarm_html(standing)
    if alarm:
        st.html(alarm)
    with st.container(key="promise-result", gap="small"):
        st.html(promise_figures.summary_html(made) + promise_parts.parts_html(promise_figures.usual(made)))
        next_step = promise_figures.next_html(made)
        if next_step:
            _next(next_step, promise_figures.is_in_reach(made))
    with st.container(key="promise-since", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(promise_traffic.since_html(standing), width="stretch")
        st.button(
            say("promise.again"),
            key="promise-again",
            icon=":material/refresh:",
            disabled=not may_ask,
            on_click=_again,
            args=(api, base, standing),
        )
    promise_curves.show(made)
    with st.expander(say("promise.details"), key="promise-details", type="compact"):
        st.html(promise_details.details_html(made))


def _next(words: str, is_in_reach: bool) -> None:
    """What would make it a promise, and the tab where that is done."""
    with st.container(key="promise-next", gap="xsmall"):
        st.html(words)
        tab = "sets" if is_in_reach else "runs"
        pressed = st.button(
            say(f"promise.open_{tab}"),
            key="promise-open",
            icon=":material/arrow_forward:",
            type="tertiary",
            on_click=_open,
            args=(say(f"{tab}.title"),),
        )
    if pressed:
        # What is pressed in a fragment draws nothing but the fragment.
        st.rerun()


def _open(tab: str) -> None:
    st.session_state["quality-tabs"] = tab


def _again(api: Staff, base: Json, standing: Json) -> None:
    if problems.attempt(lambda: api.calibrate(base["id"])):
        expect(base, standing)
