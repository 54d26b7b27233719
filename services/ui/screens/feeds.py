"""Websites and databases that knowledge comes from by itself: add, watch, read again, remove."""

import time
from html import escape
from urllib.parse import urlsplit

import streamlit as st

from services.ui import problems
from services.ui.browser import clock_time, say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import feed_form, feed_pages

RUNNING = ("queued", "working")
WATCH_SECONDS = 1.5


def show(api: Staff, base: Json) -> None:
    """The tab, for administrators: what is read, and the buttons for more."""
    listed = api.feeds(base["id"])
    with st.container(key="feeds-tools", horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(say("feeds.add_website"), key="feed-add-website", icon=":material/add_link:"):
            _open("website")
        if st.button(say("feeds.add_query"), key="feed-add-query", icon=":material/database:"):
            _open("sql")
    if listed["feeds"]:
        _list(api, base, listed)
    else:
        st.html(f'<div class="fd-empty">{say("feeds.none")}</div>')
    _window(api, base, listed["databases"])


def _open(window: str, feed: Json | None = None) -> None:
    """Show a window over the page; the list below it stands still meanwhile, or it would close the window."""
    st.session_state["feed-window"] = (window, feed)
    # A menu under another key is a closed one; it would lie over the window.
    st.session_state["menu-round"] = st.session_state.get("menu-round", 0) + 1
    st.rerun()


def _close() -> None:
    st.session_state.pop("feed-window", None)


def _window(api: Staff, base: Json, databases: list[str]) -> None:
    window, feed = st.session_state.get("feed-window", (None, None))
    match window:
        case "website":
            feed_form.website(api, base, feed, _close)
        case "sql":
            feed_form.query(api, base, feed, databases, _close)
        case "pages":
            feed_pages.show(api, feed, _close)
        case "remove":
            _confirm_removal(api, feed)


def _list(api: Staff, base: Json, listed: Json) -> None:
    watched = _is_running(listed["feeds"]) and "feed-window" not in st.session_state
    drawn_at = time.monotonic()

    @st.fragment(run_every=WATCH_SECONDS if watched else None)
    def rows() -> None:
        shown = listed
        if time.monotonic() - drawn_at > WATCH_SECONDS / 2:
            try:
                shown = api.feeds(base["id"])
            except Unreachable:
                problems.show_reconnecting()
            except ApiError:
                # The whole page asks again, and says what is wrong in its own place.
                st.rerun()
        if _is_running(shown["feeds"]) != _is_running(listed["feeds"]):
            st.rerun()
        with st.container(key="feeds", gap=None):
            for feed in shown["feeds"]:
                _row(api, feed)

    rows()


def _is_running(feeds: list[Json]) -> bool:
    return any(feed["status"] in RUNNING for feed in feeds)


def _row(api: Staff, feed: Json) -> None:
    with st.container(
        key=f"feed-{feed['id']}", horizontal=True, wrap=False, vertical_alignment="center", gap="small"
    ):
        st.html(_summary(feed), width="stretch")
        with st.popover(
            say("documents.menu"),
            icon=":material/more_horiz:",
            type="tertiary",
            key=f"feed-menu-{feed['id']}-{st.session_state.get('menu-round', 0)}",
        ):
            _menu(api, feed)


def _menu(api: Staff, feed: Json) -> None:
    is_running = feed["status"] in RUNNING
    st.button(
        say("feeds.stop" if is_running else "feeds.run"),
        key=f"feed-run-{feed['id']}",
        icon=":material/stop_circle:" if is_running else ":material/sync:",
        width="stretch",
        on_click=_stop if is_running else _run,
        args=(api, feed["id"]),
    )
    kind = feed["source"]["kind"]
    if kind == "website" and _choice("feeds.pages", f"feed-pages-{feed['id']}", "list"):
        _open("pages", feed)
    if _choice("feeds.change", f"feed-change-{feed['id']}", "edit"):
        _open(kind, feed)
    if _choice("feeds.remove", f"feed-remove-{feed['id']}", "delete"):
        _open("remove", feed)


def _choice(words: str, key: str, icon: str) -> bool:
    return st.button(say(words), key=key, icon=f":material/{icon}:", width="stretch")


def _run(api: Staff, feed_id: str) -> None:
    problems.attempt(lambda: api.run_feed(feed_id))


def _stop(api: Staff, feed_id: str) -> None:
    problems.attempt(lambda: api.stop_feed(feed_id))


def _summary(feed: Json) -> str:
    source = feed["source"]
    is_website = source["kind"] == "website"
    status = feed["status"]
    badge = f'<span class="fd-badge fd-badge-{status}">{say(f"feed_status.{status}")}</span>'
    place = _place(source["url"]) if is_website else say("feeds.database", name=source["database"])
    lines = [f'<div class="fd-meta">{escape(place)} · {escape(_plan(feed))}</div>']
    if status in RUNNING:
        lines.append(_progress(feed))
    elif feed["ended_at"]:
        lines.append(f'<div class="fd-meta">{escape(_result(feed))}</div>')
    if feed["error"]:
        lines.append(f'<div class="fd-failure">{escape(problems.stored_sentence(feed["error"]))}</div>')
    elif feed["is_cut"]:
        kind, most = ("cut_pages", source["pages"]) if is_website else ("cut_rows", source["rows"])
        words = say(f"feeds.{kind}", count=most)
        lines.append(f'<div class="fd-hint">{escape(words)}</div>')
    return (
        f'<div class="fd-document"><span class="fd-icon fd-feed-{source["kind"]}">'
        f"{'WEB' if is_website else 'SQL'}</span><div>"
        f'<div class="fd-document-name">{escape(feed["name"])}{badge}</div>{"".join(lines)}</div></div>'
    )


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")


def _plan(feed: Json) -> str:
    every = feed_form.every(feed["every_hours"])
    return f"{every} · {say('feeds.next', time=clock_time(feed['next_at']))}" if feed["next_at"] else every


def _progress(feed: Json) -> str:
    counts = feed["counts"]
    if feed["status"] == "queued" or not counts["found"]:
        return f'<div class="fd-meta">{say("feeds.waiting")}</div>'
    read = sum(counts[name] for name in ("new", "changed", "unchanged", "left_out", "gone"))
    share = 100 * (read + counts["failed"]) / counts["found"]
    words = say("feeds.progress", found=counts["found"], read=read, failed=counts["failed"])
    return (
        f'<div class="fd-progress" role="progressbar" aria-valuenow="{share:.0f}" aria-valuemin="0" '
        f'aria-valuemax="100"><i style="width:{min(share, 100):.0f}%"></i></div><div class="fd-meta">{words}</div>'
    )


def _result(feed: Json) -> str:
    counts = feed["counts"]
    parts = [say("feeds.last", time=clock_time(feed["ended_at"]))]
    if feed["source"]["kind"] == "sql":
        return " · ".join([*parts, say("feeds.rows", count=counts["found"])])
    kept = counts["new"] + counts["changed"] + counts["unchanged"]
    parts.append(say("feeds.kept", count=kept))
    parts += [
        say(f"feeds.count_{name}", count=counts[name])
        for name in ("new", "changed", "gone", "left_out", "failed")
        if counts[name]
    ]
    return " · ".join(parts)


def _confirm_removal(api: Staff, feed: Json) -> None:
    @st.dialog(say("feeds.remove_title"), on_dismiss=_close)
    def confirm() -> None:
        st.html(f"<p>{escape(say('feeds.remove_sure', name=feed['name']))}</p>")
        documents = st.checkbox(say("feeds.remove_documents"), value=True, key="feed-remove-documents")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button(say("common.cancel"), key="feed-remove-cancel"):
                _close()
                st.rerun()
            if st.button(say("feeds.remove"), key="feed-remove-confirm", type="primary"):
                _close()
                problems.attempt(lambda: api.remove_feed(feed["id"], documents))
                st.rerun()

    confirm()
