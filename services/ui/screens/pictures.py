"""The pictures of a document, each with the words that it belongs to."""

from html import escape

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import say
from services.ui.bubbles import place
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff, picture_path
from services.ui.pictures import picture_html

AT_ONCE = 12
LONGEST_WORDS = 140


def window(api: Staff, document: Json) -> None:
    """The window over the documents."""

    @st.dialog(say("pictures.menu"), width="large", on_dismiss=windows.close)
    def opened() -> None:
        try:
            pictures = api.document_pictures(document["id"])
        except (ApiError, Unreachable) as failure:
            st.warning(problems.sentence(failure), icon=":material/info:")
            return
        if not pictures:
            st.html(f'<div class="fd-empty">{say("pictures.none")}</div>')
            return
        shown = st.session_state.get(f"pictures-shown-{document['id']}", AT_ONCE)
        st.html(
            f'<div class="fd-document-name">{escape(document["name"])}</div>'
            f'<div class="fd-meta">{say("pictures.count", count=len(pictures))}</div>'
        )
        cards = "".join(_card(api, document, picture) for picture in pictures[:shown])
        st.html(f'<div class="fd-gallery">{cards}</div>')
        if len(pictures) > shown and st.button(say("pictures.more"), key="pictures-more", width="stretch"):
            st.session_state[f"pictures-shown-{document['id']}"] = shown + AT_ONCE
            st.rerun(scope="fragment")

    opened()


def _card(api: Staff, document: Json, picture: Json) -> str:
    image = picture_html(picture_path(picture["id"]), api, document["name"])
    words = picture["text"] if len(picture["text"]) <= LONGEST_WORDS else picture["text"][:LONGEST_WORDS] + "…"
    where = place(picture | {"entry_id": None})
    size = say(
        "pictures.size", width=picture["width"], height=picture["height"], kilobytes=-(-picture["size"] // 1024)
    )
    return (
        f'<figure class="fd-gallery-card">{image}<figcaption><b>{escape(where)}</b><span>{escape(words)}</span>'
        f"<small>{size}</small></figcaption></figure>"
    )
