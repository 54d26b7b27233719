"""A passage in its surroundings, for the staff: what stands before and after it, and whether it answers now."""

from collections.abc import Sequence
from contextlib import suppress
from html import escape

import streamlit as st

from services.ui import pictures, problems, windows
from services.ui.browser import say
from services.ui.bubbles import place
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.links import web_link


def window(api: Staff, passage: Json) -> None:
    """The window for a citation, or for a passage that was found (`is_draft`: in the draft)."""

    @st.dialog(say("passage.title"), width="medium", on_dismiss=windows.close)
    def opened() -> None:
        around: Json | None = None
        problem = None
        # Citations from before there were versions do not know their passage.
        if passage["chunk_id"]:
            try:
                around = api.passage(passage["chunk_id"])
            except (ApiError, Unreachable) as failure:
                problem = problems.sentence(failure)
        shown = around or passage
        st.html(_heading(shown, _standing(around, bool(passage.get("is_draft")))))
        if problem:
            st.warning(problem, icon=":material/info:")
        st.html(_text(shown["text"], around))
        pictures.show([shown], api, "opened")
        _ways_out(api, shown, around)

    opened()


def _standing(around: Json | None, is_draft: bool) -> str:
    if around is None:
        return ""
    if not around["available"]:
        return "gone"
    if around["current"]:
        return "current"
    return "draft" if is_draft else "earlier"


def _heading(passage: Json, standing: str) -> str:
    where = place(passage)
    badge = ""
    if standing:
        badge = f'<span class="fd-badge fd-standing-{standing}">{say(f"passage.{standing}")}</span>'
    lead = f'<div class="fd-meta">{say(f"passage.{standing}_lead")}</div>' if standing else ""
    return (
        f'<div class="fd-opened-head"><div class="fd-document-name">{escape(passage["title"])}{badge}</div>'
        f"{f'<div class=fd-meta>{escape(where)}</div>' if where else ''}{lead}</div>"
    )


def _text(text: str, around: Json | None) -> str:
    before: Sequence[str] = around["before"] if around else ()
    after: Sequence[str] = around["after"] if around else ()
    return (
        '<div class="fd-opened">'
        + "".join(f"<p>{escape(neighbour)}</p>" for neighbour in before)
        + f"<mark>{escape(text)}</mark>"
        + "".join(f"<p>{escape(neighbour)}</p>" for neighbour in after)
        + "</div>"
    )


def _ways_out(api: Staff, shown: Json, around: Json | None) -> None:
    link = web_link(shown.get("url"), say("link.open"))
    if link:
        st.html(link)
    if around is None or not around["document_id"] or not around["available"]:
        return
    # It may have left with a version since.
    with suppress(ApiError, Unreachable):
        document = api.document(around["document_id"])
        st.download_button(
            say("documents.download"),
            data=lambda: api.document_file(document["id"]),
            file_name=document["name"],
            icon=":material/download:",
            on_click="ignore",
            key="passage-download",
        )
