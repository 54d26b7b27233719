"""What the pages about a knowledge base have in common: which one, its rooms as tabs, its windows."""

from collections.abc import Callable, Mapping

import streamlit as st

from services.ui import windows
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff

Room = Callable[[Staff, Json], None]
Window = Callable[[Staff, Json, Json], None]


def choose_base(bases: list[Json], key: str) -> Json | None:
    """The knowledge base that the page is about; None where there is none. Nobody chooses from one."""
    if len(bases) < 2:
        return bases[0] if bases else None
    chosen: Json | None = st.selectbox(
        say("knowledge.base"), bases, format_func=lambda base: str(base["name"]), key=key, width=320
    )
    return chosen


def counts(base: Json) -> str:
    """How much a knowledge base holds."""
    return " · ".join(
        say(f"knowledge.count_{kind}", count=base[kind]) for kind in ("documents", "entries", "passages")
    )


def show_tabs(rooms: Mapping[str, Room], key: str, api: Staff, base: Json) -> None:
    """The rooms by their words; only the one that is open asks the api for anything."""
    for tab, room in zip(st.tabs(list(map(say, rooms)), key=key, on_change="rerun"), rooms.values(), strict=True):
        if tab.open:
            with tab:
                room(api, base)


def show_windows(of_page: Mapping[str, Window], api: Staff, base: Json) -> None:
    """The windows that somebody has opened."""
    for name, window in of_page.items():
        subject = windows.opened(name)
        if subject is not None:
            window(api, base, subject)
