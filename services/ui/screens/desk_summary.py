"""What an agent who takes a conversation over has to know, in a few lines above it."""

from contextlib import suppress
from html import escape

import streamlit as st

from services.ui import browser
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import desk_badges

LOOK_SECONDS = 1.5
MOST_LOOKS = 10


def show(api: Staff, answer: Json) -> None:
    """At once what can be picked out; a model's words as soon as they are written. Nothing for a short one."""
    if answer["conversation"]["status"] not in desk_badges.WITH_PEOPLE or not answer["messages"]:
        return
    conversation = answer["conversation"]
    about = (conversation["id"], answer["messages"][-1]["id"], browser.language())
    kept: tuple[object, Json | None] | None = st.session_state.get("desk-summary")
    summary = kept[1] if kept and kept[0] == about else None
    if kept is None or kept[0] != about or (summary and summary["being_written"]):
        # A summary is a help; the page around it says what is wrong.
        with suppress(ApiError, Unreachable):
            summary = api.summary(conversation["id"], browser.language())
            st.session_state["desk-summary"] = (about, summary)
    if summary is None:
        return
    with st.container(key="desk-summary"):
        if summary["being_written"]:
            _watch(api, conversation, about)
        else:
            st.html(_lines(conversation, summary))


def _watch(api: Staff, conversation: Json, about: tuple[str, str, str]) -> None:
    looks = 0

    @st.fragment(run_every=LOOK_SECONDS)
    def look() -> None:
        nonlocal looks
        summary: Json = st.session_state["desk-summary"][1]
        st.html(_lines(conversation, summary))
        if 0 < looks < MOST_LOOKS:
            with suppress(ApiError, Unreachable):
                summary = api.summary(conversation["id"], browser.language()) or summary
                st.session_state["desk-summary"] = (about, summary)
            if not summary["being_written"]:
                st.rerun()
        looks += 1

    look()


def _lines(conversation: Json, summary: Json) -> str:
    if summary["words"]:
        lines = [escape(summary["words"])]
    else:
        lines = [
            f"<b>{say(f'summary.{part}')}</b> {escape(summary[part])}"
            for part in ("wants", "told")
            if summary[part]
        ]
    about = [conversation["topic"]] if conversation["topic"] else []
    about += [say(f"mood.{conversation['mood']}")] if conversation["mood"] != "calm" else []
    by = say("summary.by_model" if summary["words"] else "summary.by_rule")
    title = " · ".join([say("summary.title"), *map(escape, about)])
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f'<details class="fd-summary" open><summary>{title}<small>{escape(by)}</small></summary>'
        f"{paragraphs}</details>"
    )
