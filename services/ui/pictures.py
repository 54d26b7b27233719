"""Pictures of sources: small beside the words that they belong to, as large as the window when they are clicked."""

import base64
from collections.abc import Iterable
from contextlib import suppress
from html import escape

import streamlit as st

from services.ui.browser import say
from services.ui.caller import ApiError, Caller, Json, Unreachable
from services.ui.client import picture_path

MOST_SHOWN = 6
"""So many stand beside one reply or passage."""


def show(passages: Iterable[Json], api: Caller, key: str, conversation_id: str | None = None) -> None:
    """The pictures of passages or citations in one row; `key` tells it from others on the page.

    A contact sees them by the conversation in which they were cited.
    """
    titles = {
        picture_id: passage["title"]
        for passage in passages
        for picture_id in passage["location"].get("pictures", ())
    }
    shown = [
        picture_html(picture_path(picture_id, conversation_id), api, title)
        for picture_id, title in list(titles.items())[:MOST_SHOWN]
    ]
    if any(shown):
        with st.container(key=f"pictures-{key}"):
            st.html(f'<div class="fd-pictures">{"".join(shown)}</div>')


def picture_html(path: str, api: Caller, title: str) -> str:
    """A picture that a click makes large and another one small again; empty when it is not there any more."""
    source = ""
    with suppress(ApiError, Unreachable):
        source = _source(path, api)
    if not source:
        return ""
    words = escape(say("pictures.of", title=title), quote=True)
    return (
        f'<details class="fd-picture"><summary title="{escape(say("pictures.enlarge"), quote=True)}">'
        f'<img src="{source}" alt="{words}"></summary></details>'
    )


# What is at an address never changes, and only who may see it is ever told the address.
@st.cache_data(max_entries=256, ttl=3600, show_spinner=False)
def _source(path: str, _api: Caller) -> str:
    content, media_type = _api.fetch_typed(path)
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
