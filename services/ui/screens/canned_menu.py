"""Canned responses beside the box in which an agent answers: searched as they type, put in with one choice."""

import streamlit as st

from services.ui import reply_pen
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff


def key(conversation_id: str) -> str:
    """That of the menu; another one after each choice, so that it is closed then."""
    return f"canned-menu-{conversation_id}-{_round()}"


def search_key(conversation_id: str) -> str:
    """That of the field in which one searches."""
    return f"canned-search-{conversation_id}-{_round()}"


def show(api: Staff, conversation_id: str) -> None:
    """A button; the api is asked when it is opened."""
    menu = st.popover(
        say("canned.menu"),
        icon=":material/quickreply:",
        key=key(conversation_id),
        on_change="rerun",
    )
    if not menu.open:
        return
    with menu:
        ready = api.ready_responses(conversation_id)
        if not ready:
            st.html(f'<div class="fd-meta">{say("canned.none_ready")}</div>')
            return
        texts = {one["id"]: str(one["text"]) for one in ready}
        labels = {one["id"]: _label(one) for one in ready}
        search = search_key(conversation_id)
        st.selectbox(
            say("canned.search"),
            list(texts),
            index=None,
            format_func=labels.__getitem__,
            key=search,
            placeholder=say("canned.search_placeholder"),
            on_change=_choose,
            args=(conversation_id, search, texts),
        )


def _label(response: Json) -> str:
    """The name and all of the text: what is not in it is not searched."""
    return f"{response['name']} · {' '.join(response['text'].split())}"


def _choose(conversation_id: str, search: str, texts: dict[str, str]) -> None:
    chosen: str | None = st.session_state[search]
    if chosen is not None:
        reply_pen.offer(conversation_id, texts[chosen])
        st.session_state["canned-round"] = _round() + 1


def _round() -> int:
    round_: int = st.session_state.get("canned-round", 0)
    return round_
