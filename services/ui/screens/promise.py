"""How many answers may be wrong: the wish, and below it what it does to what customers ask."""

import streamlit as st

from services.ui import problems
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens import promise_figures, promise_parts, promise_result

ERRORS = (1, 30)
"""The fewest and the most wrong answers of a hundred that may be wished for."""
OUTSIDE = (0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90)
"""What may be chosen as the percentage of questions that nothing answers."""
UNKNOWN = -1
"""The choice of whoever does not know it; without a choice the field would look forgotten."""


def show(api: Staff, base: Json) -> None:
    """The tab."""
    st.html(f'<p class="fd-lead">{say("promise.lead")}</p>')
    standing = api.calibration(base["id"])
    _wish(api, base, standing)
    if standing["calibration"] is None and _is_empty(base):
        st.html(f'<div class="fd-empty">{say("promise.nothing_published")}</div>')
    else:
        promise_result.show(api, base, standing)


def _is_empty(base: Json) -> bool:
    return not base["published"] or not base["documents"] + base["entries"]


def _wish(api: Staff, base: Json, standing: Json) -> None:
    """The two shares, the parts that are to be righter, and a button once these are not those that hold."""
    target = standing["target"]
    now = {
        "error": round(100 * target["error"]),
        "outside": UNKNOWN if target["outside"] is None else round(100 * target["outside"]),
        "parts": {part: round(100 * share) for part, share in target["parts"].items()},
    }
    with st.container(key="promise-wish", gap="small"):
        with st.container(key="promise-choices", horizontal=True, gap="large"):
            error = st.slider(
                say("promise.error"),
                *ERRORS,
                now["error"],
                format=say("promise.slider"),
                key=f"promise-error-{base['id']}",
            )
            choices = sorted({UNKNOWN, *OUTSIDE, now["outside"]})
            outside = st.selectbox(
                say("promise.outside"),
                choices,
                choices.index(now["outside"]),
                format_func=_outside_words,
                key=f"promise-outside-{base['id']}",
                help=say("promise.outside_lead", percent=round(100 * promise_figures.ASSUMED_OUTSIDE)),
            )
        parts = promise_parts.wish(api, base, error, now["parts"])
        wished = {"error": error, "outside": outside, "parts": parts}
        with st.container(key="promise-verbs", horizontal=True, vertical_alignment="center", gap="small"):
            st.html(f'<div class="fd-meta">{say("promise.error_lead", count=error)}</div>', width="stretch")
            st.button(
                say("common.save"),
                key="promise-save",
                type="primary",
                disabled=wished == now,
                on_click=_save,
                args=(api, base, standing, wished),
            )


def _outside_words(percent: int) -> str:
    return say("promise.outside_unknown") if percent == UNKNOWN else say("promise.outside_share", percent=percent)


def _save(api: Staff, base: Json, standing: Json, wished: Json) -> None:
    target = {
        "error": wished["error"] / 100,
        "outside": None if wished["outside"] == UNKNOWN else wished["outside"] / 100,
        "parts": {part: percent / 100 for part, percent in wished["parts"].items()},
    }
    if problems.attempt(lambda: api.aim(base["id"], target)):
        promise_result.expect(base, standing)
        st.toast(say("promise.saved"), icon=":material/check:")
