"""What differs between two versions: per document or entry what was added, removed and changed, word by word."""

from collections import Counter
from html import escape

import streamlit as st

from services.ui import differences, problems, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.differences import Piece

PER_PAGE = 10
OPENED_SOURCES = 3
"""So many documents and entries stand open where there are no more."""
SHOWN_PASSAGES = 5
COMPARED_PASSAGES = 40
"""More of one document are counted only."""
KINDS = ("added", "removed", "changed")
LONGEST_SAME = 160
KEPT_SAME = 60
"""Of a longer stretch without a change, so many characters are shown beside each change."""

_TAGS = {"same": "span", "removed": "del", "added": "ins"}


def window(api: Staff, base: Json, subject: Json) -> None:
    """The comparison of the versions `before` and `after`."""

    @st.dialog(_title(base, subject), width="medium", on_dismiss=windows.close)
    def compared() -> None:
        try:
            comparison = api.compare(base["id"], subject["before"], subject["after"])
        except (ApiError, Unreachable) as failure:
            st.error(problems.sentence(failure))
            return
        sources = [source for source in comparison["sources"] if source["passages"]]
        if not sources:
            st.html(f'<div class="fd-empty">{say("compare.same")}</div>')
            return
        st.html(f'<div class="fd-meta">{_lead(sources, comparison["total"] - len(comparison["sources"]))}</div>')
        pages = -(-len(sources) // PER_PAGE)
        key = f"comparison-page-{subject['before']}-{subject['after']}"
        page = st.session_state.get(key, 1) if pages > 1 else 1
        shown = sources[(page - 1) * PER_PAGE : page * PER_PAGE]
        is_open = len(sources) <= OPENED_SOURCES
        st.html(f'<div class="fd-compared">{"".join(_source(source, is_open) for source in shown)}</div>')
        if pages > 1:
            st.pagination(pages, key=key)

    compared()


def _title(base: Json, subject: Json) -> str:
    if subject["after"] == base["draft"]:
        return say("compare.draft")
    return say("compare.title", before=subject["before"], after=subject["after"])


def _lead(sources: list[Json], beyond: int) -> str:
    words = say("compare.sources", count=len(sources) + beyond)
    return words + " " + say("compare.beyond", count=beyond) if beyond else words


def _source(source: Json, is_open: bool) -> str:
    passages = source["passages"]
    compared = [_passage(passage, source["title"]) for passage in passages[:COMPARED_PASSAGES]]
    shown, more = "".join(compared[:SHOWN_PASSAGES]), compared[SHOWN_PASSAGES:]
    if more:
        words = say("compare.more", count=len(more))
        shown += f'<details class="fd-more"><summary>{words}</summary>{"".join(more)}</details>'
    if len(passages) > COMPARED_PASSAGES:
        shown += f'<div class="fd-meta">{say("compare.rest", count=len(passages) - COMPARED_PASSAGES)}</div>'
    kind = say("compare.document" if source["document_id"] else "compare.entry")
    return (
        f'<details class="fd-source-compared"{" open" if is_open else ""}><summary>'
        f'<span class="fd-compared-title">{escape(source["title"])}<em>{kind}</em></span>'
        f"{_counts(passages)}</summary>{shown}</details>"
    )


def _counts(passages: list[Json]) -> str:
    counts = Counter(passage["kind"] for passage in passages)
    return "".join(
        f'<span class="fd-badge fd-change-{kind}">{say(f"compare.{kind}", count=counts[kind])}</span>'
        for kind in KINDS
        if counts[kind]
    )


def _passage(passage: Json, title: str) -> str:
    before, after = passage["before"], passage["after"]
    if before is None:
        stretches = [Piece("added", after)]
    elif after is None:
        stretches = [Piece("removed", before)]
    else:
        stretches = differences.pieces(before, after)
    heading = ""
    if passage["heading"] not in (None, "", title):
        heading = f'<div class="fd-meta">{escape(passage["heading"])}</div>'
    last = len(stretches) - 1
    words = "".join(_stretch(piece, place == 0, place == last) for place, piece in enumerate(stretches))
    return f'<div class="fd-change">{heading}<div class="fd-change-text">{words}</div></div>'


def _stretch(piece: Piece, is_first: bool, is_last: bool) -> str:
    text = piece.text
    if piece.kind == "same" and len(text) > LONGEST_SAME:
        head = "" if is_first else text[:KEPT_SAME]
        tail = "" if is_last else text[-KEPT_SAME:]
        text = f"{head} … {tail}"
    tag = _TAGS[piece.kind]
    return f"<{tag}>{escape(text)}</{tag}>"
