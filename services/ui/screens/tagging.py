"""Tags of documents and entries: shown, given, and used to narrow a search down."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from services.ui import windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff

MOST_TAGS = 20
"""The api's limit."""


def badges(source: Json) -> str:
    """The tags, where there are any."""
    return "".join(f'<span class="fd-badge fd-tag">{escape(tag)}</span>' for tag in source["tags"])


def ask(api: Staff, base: Json, known: Sequence[str], key: str) -> list[str]:
    """The field for tags, filled with those that are known; new ones can be written."""
    given: list[str] = st.multiselect(
        say("tags.field"),
        sorted({*api.tags(base["id"]), *known}),
        list(known),
        key=key,
        placeholder=say("tags.write"),
        accept_new_options=True,
        max_selections=MOST_TAGS,
    )
    st.html(f'<div class="fd-meta">{say("tags.lead")}</div>')
    return given


def narrow(api: Staff, base: Json, key: str) -> list[str]:
    """The tags of which what is searched has to have one; no field where nothing has a tag."""
    in_use = api.tags(base["id"])
    if not in_use:
        return []
    return st.multiselect(
        say("tags.narrow"),
        in_use,
        key=f"{key}-{base['id']}",
        placeholder=say("tags.narrow"),
        label_visibility="collapsed",
        max_selections=MOST_TAGS,
    )


def window(api: Staff, base: Json, document: Json) -> None:
    """The tags of a document."""

    @st.dialog(say("tags.title"), on_dismiss=windows.close)
    def asked() -> None:
        st.html(f"<b>{escape(document['name'])}</b>")
        tags = ask(api, base, document["tags"], "document-tags")
        if st.button(say("common.save"), key="tags-save", type="primary", width="stretch"):
            windows.close_after(lambda: api.tag_document(document["id"], tags))

    asked()
