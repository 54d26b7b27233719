"""What could be answered to a contact's last words, to be put into the box and edited."""

from html import escape

import streamlit as st

from services.ui import bubbles, problems, reply_pen, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff


def show(api: Staff, answer: Json) -> None:
    """Asked for once for what the contact wrote last, and not while an agent has answered that."""
    asked = _last_of_contact(answer["messages"])
    if asked is None:
        return
    conversation_id = answer["conversation"]["id"]
    with st.container(key="desk-suggestions", gap="xsmall"):
        found = _found(api, conversation_id, asked)
        if isinstance(found, str):
            _show_failure(found)
        elif found["suggestions"]:
            _cards(conversation_id, found)
        elif found["query"] is not None:
            st.html(f'<div class="fd-meta">{say("suggest.nothing")}</div>')


def _found(api: Staff, conversation_id: str, asked: str) -> Json | str:
    """What the api suggests, or why it does not. Both are kept: the page, drawn often, must not wait each time."""
    kept: tuple[str, Json | str] | None = st.session_state.get("desk-suggested")
    if kept and kept[0] == asked:
        return kept[1]
    found: Json | str
    try:
        found = api.suggestions(conversation_id)
    except (ApiError, Unreachable) as failure:
        found = problems.sentence(failure)
    st.session_state["desk-suggested"] = (asked, found)
    return found


def _forget() -> None:
    st.session_state.pop("desk-suggested", None)


def _last_of_contact(messages: list[Json]) -> str | None:
    """The id of the contact's last message, None once an agent has written after it."""
    for message in reversed(messages):
        if message["sender"] == "agent":
            return None
        if message["sender"] == "contact":
            return str(message["id"])
    return None


def _show_failure(reason: str) -> None:
    with st.container(key="suggest-failure", horizontal=True, vertical_alignment="center", gap="small"):
        words = say("suggest.failed", reason=reason)
        st.html(f'<div class="fd-meta" role="status">{escape(words)}</div>', width="content")
        st.button(
            say("suggest.again"), key="suggest-again", type="tertiary", icon=":material/refresh:", on_click=_forget
        )


def _cards(conversation_id: str, found: Json) -> None:
    st.html(f'<div class="fd-meta">{say("suggest.title")}</div>')
    with st.container(key="desk-suggestion-row", horizontal=True, wrap=False, gap="small"):
        for number, suggestion in enumerate(found["suggestions"], 1):
            with st.container(key=f"suggestion-{number}", gap=None, border=True):
                _card(conversation_id, number, suggestion, _how_sure(suggestion, found["threshold"]))


def _card(conversation_id: str, number: int, suggestion: Json, how_sure: str) -> None:
    with st.container(key=f"suggested-{number}", horizontal=True, vertical_alignment="center", wrap=False):
        st.html(how_sure, width="content")
        st.button(
            say("suggest.insert"),
            key=f"suggest-insert-{number}",
            type="tertiary",
            icon=":material/edit_note:",
            on_click=reply_pen.offer,
            args=(conversation_id, suggestion["text"]),
        )
    text, source = escape(suggestion["text"]), suggestion["source"]
    st.html(f'<p class="fd-suggestion" title="{text}">{text}</p>')
    st.button(
        bubbles.plain_label(source["title"]),
        key=f"suggest-source-{number}",
        type="tertiary",
        icon=":material/menu_book:",
        wrap=False,
        on_click=windows.remember_window,
        args=("passage", source),
    )


def _how_sure(suggestion: Json, threshold: float | None) -> str:
    sure = suggestion["confidence"]
    if sure is None:
        return f'<span class="fd-badge">{say("suggest.other")}</span>'
    kind = "ready" if threshold is not None and sure >= threshold else "working"
    return f'<span class="fd-badge fd-badge-{kind}">{say("suggest.sure", percent=round(100 * sure))}</span>'
