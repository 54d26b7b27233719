"""Passages that a search found: what each leg thought of them, and why they rank where they do."""

from collections.abc import Callable
from html import escape

import streamlit as st

from services.ui import pictures, staff
from services.ui.browser import say
from services.ui.bubbles import passage_html, place
from services.ui.caller import Json
from services.ui.links import web_link

SCORES = ("score", "coverage", "lexical", "dense")


def show_passages(passages: list[Json], open_passage: Callable[[Json], None] | None = None) -> None:
    """The passages, best first; with `open_passage`, each with a button that shows it in its surroundings."""
    if not passages:
        st.html(f'<p class="fd-none">{say("decision.no_passages")}</p>')
    elif open_passage is None:
        st.html(f'<div class="fd-record">{"".join(_card(passage, passages) for passage in passages)}</div>')
    else:
        for passage in passages:
            number = passage["number"]
            with st.container(key=f"found-{number}", gap=None):
                st.html(_card(passage, passages))
                pictures.show([passage], staff.caller(), f"found-{number}")
                st.button(
                    say("passage.open"),
                    key=f"surroundings-{number}",
                    type="tertiary",
                    disabled=not passage["chunk_id"],
                    on_click=open_passage,
                    args=(passage,),
                )


def why(passage: Json, passages: list[Json]) -> str:
    """One sentence on why a passage ranks where it does among these."""
    parts = []
    if passage["coverage"] is not None:
        parts.append(say("why.coverage", percent=round(100 * passage["coverage"])))
    if passage["lexical"] > 0:
        place_by_words = _place(passage, passages, "lexical")
        parts.append(say("why.words_first") if place_by_words == 1 else say("why.words", place=place_by_words))
    else:
        parts.append(say("why.no_words"))
    if passage["dense"] is not None:
        first = _place(passage, passages, "dense") == 1
        parts.append(say("why.meaning_first" if first else "why.meaning", percent=round(100 * passage["dense"])))
    return say("why.sentence", place=passage["number"], reasons=say("why.between").join(parts))


def _place(passage: Json, passages: list[Json], leg: str) -> int:
    return 1 + sum((other[leg] or 0.0) > passage[leg] for other in passages)


def _card(passage: Json, passages: list[Json]) -> str:
    where = place(passage)
    title = web_link(passage["url"], passage["title"]) or escape(passage["title"])
    bars = "".join(_bar(name, passage[name]) for name in SCORES)
    return (
        '<details class="fd-found"><summary>'
        f'<span class="fd-mark">{passage["number"]}</span>'
        f'<span class="fd-found-title">{title}<em>{escape(where)}</em></span>'
        f'<span class="fd-scores">{bars}</span>'
        f'<span class="fd-why">{escape(why(passage, passages))}</span></summary>{passage_html(passage)}</details>'
    )


def _bar(name: str, score: float | None) -> str:
    if score is None:
        return ""
    words = say(f"decision.{name}")
    return (
        f'<span class="fd-score fd-score-{name}" title="{say(f"decision.{name}_lead")}">'
        f'<small>{words} {percent(score)}</small><i><b style="width:{percent(score)}"></b></i></span>'
    )


def percent(share: float) -> str:
    """A share between 0 and 1 as a style sheet writes it."""
    return f"{100 * min(max(share, 0.0), 1.0):.0f}%"
