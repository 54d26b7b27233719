"""The forms for a website and for a query, with a look at them before they are kept."""

from collections.abc import Callable
from html import escape

import streamlit as st

from services.ui import problems
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff

PLANS = (None, 1, 6, 24, 168, 720)
"""Hours between two readings; None: only when somebody asks."""
DAILY = 24
MOST_PAGES = 5000
MOST_ROWS = 50_000


def every(hours: int | None) -> str:
    """A plan in words."""
    if hours is None:
        return say("feeds.by_hand")
    return say(f"feeds.every_{hours}") if hours in PLANS else say("feeds.every_hours", count=hours)


def website(api: Staff, base: Json, feed: Json | None, close: Callable[[], None]) -> None:
    """Add a website, or change one."""
    old: Json = feed["source"] if feed else {}

    @st.dialog(say("feeds.change_website" if feed else "feeds.add_website"), width="medium", on_dismiss=close)
    def form() -> None:
        url = st.text_input(
            say("feeds.url"),
            old.get("url", ""),
            key="feed-url",
            placeholder=say("feeds.url_example"),
            max_chars=2000,
        )
        st.html(f'<div class="fd-meta">{escape(say("feeds.url_lead"))}</div>')
        hours = _plan(feed)
        with st.expander(say("feeds.more")):
            name = _name(feed)
            whole = st.checkbox(say("feeds.whole_site"), old.get("whole_site", False), key="feed-whole")
            exclude = _paths("feeds.exclude", old.get("exclude", []), "feed-exclude")
            include = _paths("feeds.include", old.get("include", []), "feed-include")
            pages = st.number_input(say("feeds.most_pages"), 1, MOST_PAGES, old.get("pages", 500), key="feed-pages")
        source = {
            "kind": "website",
            "url": url,
            "whole_site": whole,
            "include": include,
            "exclude": exclude,
            "pages": int(pages),
            "depth": old.get("depth", 10),
        }
        if _look_or_save(api, base, feed, {"name": name, "source": source, "every_hours": hours}):
            close()
            st.rerun()

    form()


def query(api: Staff, base: Json, feed: Json | None, databases: list[str], close: Callable[[], None]) -> None:
    """Add a query, or change one."""
    old: Json = feed["source"] if feed else {}

    @st.dialog(say("feeds.change_query" if feed else "feeds.add_query"), width="medium", on_dismiss=close)
    def form() -> None:
        if not databases:
            st.html(f"<p>{escape(say('feeds.no_databases'))}</p>")
            return
        chosen = databases.index(old["database"]) if old.get("database") in databases else 0
        database = st.selectbox(say("feeds.database_name"), databases, index=chosen, key="feed-database")
        select = st.text_area(
            say("feeds.query"),
            old.get("query", ""),
            key="feed-query",
            height=150,
            placeholder=say("feeds.query_example"),
        )
        st.html(f'<div class="fd-meta">{escape(say("feeds.query_lead"))}</div>')
        hours = _plan(feed)
        with st.expander(say("feeds.more")):
            name = _name(feed)
            rows = st.number_input(say("feeds.most_rows"), 1, MOST_ROWS, old.get("rows", 5000), key="feed-rows")
        source = {"kind": "sql", "database": database, "query": select, "rows": int(rows)}
        if _look_or_save(api, base, feed, {"name": name, "source": source, "every_hours": hours}):
            close()
            st.rerun()

    form()


def _plan(feed: Json | None) -> int | None:
    now = feed["every_hours"] if feed else DAILY
    plans = list(PLANS) if now in PLANS else [*PLANS, now]
    chosen: int | None = st.selectbox(
        say("feeds.plan"), plans, index=plans.index(now), format_func=every, key="feed-plan"
    )
    return chosen


def _name(feed: Json | None) -> str | None:
    name = st.text_input(say("feeds.name"), feed["name"] if feed else "", key="feed-name", max_chars=120)
    return name.strip() or None


def _paths(words: str, old: list[str], key: str) -> list[str]:
    text = st.text_area(say(words), "\n".join(old), key=key, height=80, placeholder=say("feeds.paths_example"))
    return [line.strip() for line in text.splitlines() if line.strip()]


def _look_or_save(api: Staff, base: Json, feed: Json | None, wanted: Json) -> bool:
    """The two buttons; whether it was saved."""
    with st.container(horizontal=True, horizontal_alignment="right", key="feed-buttons"):
        looks = st.button(say("feeds.look"), key="feed-look", icon=":material/visibility:")
        saves = st.button(say("feeds.save"), key="feed-save", type="primary")
    if looks:
        with st.spinner(say("feeds.looking")):
            _try(lambda: st.html(_preview(api.preview_feed(base["id"], wanted["source"]))))
    return saves and _try(lambda: api.change_feed(feed["id"], wanted) if feed else api.add_feed(base["id"], wanted))


def _try(verb: Callable[[], object]) -> bool:
    try:
        verb()
    except (ApiError, Unreachable) as failure:
        st.error(problems.sentence(failure))
        return False
    return True


def _preview(found: Json) -> str:
    if found["rows"]:
        return _table(found["rows"])
    title = found["title"] or ""
    if found["is_sitemap"]:
        title = say("feeds.is_sitemap")
    places = "".join(f"<li>{escape(url)}</li>" for url in found["first_addresses"])
    count = say("feeds.look_found", count=found["addresses"])
    return f'<div class="fd-look"><b>{escape(title)}</b><div class="fd-meta">{count}</div><ul>{places}</ul></div>'


def _table(rows: list[Json]) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    lines = ("".join(f"<td>{escape(value or '')}</td>" for value in row.values()) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="fd-look fd-look-table"><table><tr>{names}</tr>{body}</table></div>'
