"""The window that lies over the page: at most one, which stays through every run until it is closed."""

from collections.abc import Callable
from typing import NoReturn

import streamlit as st

from services.ui import problems
from services.ui.caller import ApiError, Json, Unreachable


def open_window(name: str, subject: Json | None = None) -> NoReturn:
    """Run the page again with this window over it; `subject` is what it is about."""
    remember_window(name, subject)
    st.rerun()


def remember_window(name: str, subject: Json | None = None) -> None:
    """As `open_window`, for callbacks: the run that follows them draws the window."""
    st.session_state["window"] = (name, subject or {})
    close_menus()  # which would lie over it


def close_menus() -> None:
    """Have the next run draw every menu closed: under another key it is another one."""
    st.session_state["menu-round"] = menu_round() + 1


def menu_round() -> int:
    """Part of the key of every menu that opens a window."""
    round_: int = st.session_state.get("menu-round", 0)
    return round_


def opened(name: str) -> Json | None:
    """What the window of this name is about, None when it is not open."""
    open_now, subject = st.session_state.get("window", (None, None))
    return subject if open_now == name else None


def is_open() -> bool:
    """Whether any window is open; what is drawn again and again below it waits meanwhile."""
    return "window" in st.session_state


def close() -> None:
    """Have the next run draw the page without a window."""
    st.session_state.pop("window", None)


def close_after(verb: Callable[[], object], done: str | None = None) -> None:
    """Do it, close the window and say `done` in passing; when it fails, say why in the window, which stays."""
    try:
        verb()
    except (ApiError, Unreachable) as failure:
        st.error(problems.sentence(failure))
        return
    close()
    if done:
        st.toast(done, icon=":material/check:")
    st.rerun()
