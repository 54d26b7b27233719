"""Parts of the answers that are to be righter still: questions in a language, and answers from under a tag."""

import html

import streamlit as st

from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens.promise_figures import badge_html, percent

LANGUAGES = ("language:zh", "language:en")
TAG = "tag:"
LEAST_ERROR = 2
"""From this error of all on, fewer can be wished of a part."""


def wish(api: Staff, base: Json, error: int, now: dict[str, int]) -> dict[str, int]:
    """Which parts, and how many of a hundred answers may be wrong in each: fewer than the `error` of all."""
    tags = [f"{TAG}{tag}" for tag in api.tags(base["id"])]
    chosen = st.multiselect(
        say("promise.parts"),
        dict.fromkeys((*LANGUAGES, *tags, *now)),
        list(now),
        format_func=part_name,
        placeholder=say("promise.parts_choose"),
        help=say("promise.parts_lead"),
        key=f"promise-parts-{base['id']}",
        disabled=error < LEAST_ERROR,
    )
    if error < LEAST_ERROR:
        # What was chosen stays chosen, for who moves the slider on.
        st.html(f'<div class="fd-meta">{say("promise.parts_none")}</div>')
        return {}
    errors = range(1, error)
    with st.container(key="promise-part-errors", horizontal=True, gap="medium"):
        return {part: _error(base, part, errors, now.get(part, error // 2)) for part in chosen}


def _error(base: Json, part: str, errors: range, wished: int) -> int:
    key = f"promise-part-{base['id']}-{part}"
    # It stays as it was picked while the error of all is moved, as far as there is room.
    st.session_state[key] = min(st.session_state.get(key, wished), errors[-1])
    picked: int = st.selectbox(
        part_name(part),
        errors,
        format_func=lambda count: say("promise.part_error", percent=count),
        key=key,
        width=230,
    )
    return picked


def part_name(part: str) -> str:
    """A part in words."""
    if part in LANGUAGES:
        return say(f"promise.part_{part.partition(':')[2]}")
    return say("promise.part_tag", tag=part.removeprefix(TAG))


def parts_html(threshold: Json) -> str:
    """What becomes of each part; nothing where there is none."""
    return "".join(_part(part) for part in threshold["parts"] if len(part["parts"]) == 1 or part["answered"])


def _part(part: Json) -> str:
    name = html.escape(" + ".join(map(part_name, part["parts"])))
    shares = {"percent": percent(part["error"]), "count": round(100 * part["answered"])}
    told = say(f"promise.part_{part['ground']}", **shares, sure=percent(part["threshold"]))
    return (
        f'<div class="fd-part"><div class="fd-promise-head"><b>{name}</b>{badge_html(part["ground"])}</div>'
        f"<div>{told}</div></div>"
    )
