"""The pages of a website that were seen, and what became of each."""

from collections.abc import Callable
from html import escape
from urllib.parse import unquote, urlsplit

import streamlit as st

from services.ui import problems
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff

PER_PAGE = 20
VIEWS = ("all", "failed", "left_out", "new", "changed", "gone")


def show(api: Staff, feed: Json, close: Callable[[], None]) -> None:
    """A window with the pages of the last run."""

    @st.dialog(feed["name"], width="medium", on_dismiss=close)
    def pages() -> None:
        first = "failed" if feed["counts"]["failed"] else "all"
        view = st.segmented_control(
            say("feeds.pages"),
            VIEWS,
            default=first,
            format_func=lambda name: say(f"page_outcome.{name}"),
            key=f"feed-view-{feed['id']}",
            label_visibility="collapsed",
        )
        number = st.session_state.get(f"feed-page-number-{view}", 1)
        try:
            found = api.feed_pages(
                feed["id"], None if view in ("all", None) else view, (number - 1) * PER_PAGE, PER_PAGE
            )
        except (ApiError, Unreachable) as failure:
            st.error(problems.sentence(failure))
            return
        if not found["total"]:
            st.html(f'<div class="fd-empty">{say("feeds.no_pages")}</div>')
            return
        st.html(f'<div class="fd-pages">{"".join(map(_row, found["pages"]))}</div>')
        if found["total"] > PER_PAGE:
            st.pagination(-(-found["total"] // PER_PAGE), key=f"feed-page-number-{view}")

    pages()


def _row(page: Json) -> str:
    outcome = page["outcome"]
    parts = urlsplit(page["url"])
    path = unquote(parts.path) + (f"?{parts.query}" if parts.query else "")
    why = f'<div class="fd-meta">{escape(problems.stored_sentence(page["error"]))}</div>' if page["error"] else ""
    title = f"{escape(page['title'])} " if page["title"] else ""
    link = (
        f'<a href="{escape(page["url"], quote=True)}" target="_blank" rel="noopener noreferrer">{escape(path)}</a>'
    )
    badge = f'<span class="fd-badge fd-outcome-{outcome}">{say(f"page_outcome.{outcome}")}</span>'
    return f'<div class="fd-page-row"><div>{title}{badge}</div><div class="fd-meta">{link}</div>{why}</div>'
