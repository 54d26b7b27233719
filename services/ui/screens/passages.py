"""The passages that a document is cut into, and a look at what other measures would make of it."""

from html import escape

import streamlit as st

from services.ui import problems, staff, windows
from services.ui.browser import say
from services.ui.bubbles import place
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff

PER_PAGE = 20
COMPARED = 10
"""So many passages are shown side by side, before and after."""
SIZES = (64, 1000)
LARGEST_OVERLAP = 200
USUAL: Json = {"size": 320, "overlap": 0}
"""As the api cuts a document for which nothing else was said, in tokens."""


def window(api: Staff, document: Json) -> None:
    """The passages of a document; for administrators with the measures above them."""

    @st.dialog(document["name"], width="large", on_dismiss=windows.close)
    def opened() -> None:
        try:
            may_change = staff.is_admin() and document["status"] != "removed"
            wanted = _measures(document) if may_change else None
            if wanted:
                _try_out(api, document, wanted)
            else:
                _stored(api, document)
        except (ApiError, Unreachable) as failure:
            st.error(problems.sentence(failure))

    opened()


def _measures(document: Json) -> Json | None:
    """The sliders; what they are set to when that is not how the document is cut."""
    now = document["chunking"] or USUAL
    with st.container(key="cut-measures", border=True, gap="small"):
        st.html(f'<div class="fd-meta">{say("passages.lead")}</div>')
        with st.container(horizontal=True, gap="large"):
            size = st.slider(
                say("passages.size"), *SIZES, now["size"], step=4, key="cut-size", help=say("passages.size_help")
            )
            overlap = st.slider(
                say("passages.overlap"),
                0,
                LARGEST_OVERLAP,
                now["overlap"],
                step=4,
                key="cut-overlap",
                help=say("passages.overlap_help"),
            )
    wanted = {"size": size, "overlap": min(overlap, size // 2)}
    return wanted if wanted != now else None


def _try_out(api: Staff, document: Json, wanted: Json) -> None:
    with st.spinner(say("passages.cutting")):
        after = api.preview_document(document["id"], wanted["size"], wanted["overlap"])
    before = api.document_passages(document["id"], 0, COMPARED)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        number = after["count"] if after["complete"] else f"{after['count']}+"
        st.html(
            f'<div class="fd-cut-change">{say("passages.change", before=before["total"], after=number)}</div>',
            width="content",
        )
        if st.button(say("passages.apply"), key="cut-apply", type="primary", icon=":material/content_cut:"):
            chosen = None if wanted == USUAL else wanted
            windows.close_after(lambda: api.cut_document(document["id"], chosen), say("passages.applied"))
    with st.container(key="cut-compare"):
        left, right = st.columns(2, gap="small")
        with left:
            _cards("passages.before", before["passages"], before["total"])
        with right:
            _cards("passages.after", after["passages"][:COMPARED], number)


def _stored(api: Staff, document: Json) -> None:
    page = st.session_state.get("cut-page", 1)
    found = api.document_passages(document["id"], (page - 1) * PER_PAGE, PER_PAGE)
    if not found["total"]:
        st.html(f'<div class="fd-empty">{say("passages.none")}</div>')
        return
    _cards(
        "passages.stored",
        found["passages"],
        found["total"],
        found["passages"][0]["number"] if found["passages"] else 1,
    )
    pages = -(-found["total"] // PER_PAGE)
    if pages > 1:
        st.pagination(pages, key="cut-page")


def _cards(title: str, passages: list[Json], total: int | str, first: int = 1) -> None:
    cards = "".join(_card(number, passage) for number, passage in enumerate(passages, first))
    st.html(f'<div class="fd-cut"><h3>{say(title, count=total)}</h3>{cards}</div>')


def _card(number: int, passage: Json) -> str:
    facts = [place({**passage, "entry_id": None}), say("passages.tokens", count=passage["tokens"])]
    about = escape(" · ".join(filter(None, facts)))
    return (
        f'<div class="fd-cut-card"><div class="fd-meta"><b>{number}</b> {about}</div>'
        f"<div>{escape(passage['text'])}</div></div>"
    )
