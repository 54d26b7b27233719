"""The agents' desk: who waits on the left, one conversation on the right."""

import time
from datetime import UTC, datetime

import streamlit as st

from services.ui import problems, staff, windows
from services.ui.browser import say
from services.ui.caller import ApiError, Json, Unreachable
from services.ui.client import Staff
from services.ui.screens import company, desk_badges, desk_conversation, desk_passing, desk_reply_box, passage
from services.ui.screens.desk_conversation import Followed

# How often the open conversation is looked at (in memory), and how often the list is asked for.
LOOK_SECONDS = 0.4
LIST_SECONDS = 0.9
VIEWS = ("queue", "mine", "all")


def show() -> None:
    """The desk; the open conversation stands in the address, so that a reload or a link finds it again."""
    api = staff.caller()
    view = st.session_state.setdefault("desk-view", "queue")
    listing = api.desk(view)
    selected = _selected()
    # On a phone only one of the two fits; the style sheet shows the one that this key names.
    with st.container(key="desk-selected" if selected else "desk-list"):
        left, right = st.columns([5, 11], gap="medium")
        with left, st.container(key="desk-left", gap="small"):
            with st.container(
                key="desk-head", horizontal=True, vertical_alignment="center", gap="small", wrap=False
            ):
                _views(listing["counts"])
                _next(listing["conversations"], selected)
            _cards(listing["conversations"], view, selected)
        with right, st.container(key="desk-right", gap="small"):
            with st.container():
                desk_reply_box.send_waiting(api)
            if selected:
                _back()
                above = st.empty()
                followed = desk_conversation.show(api, selected)
                beside = company.Beside(company.of(selected), above, st.empty())
            else:
                followed = beside = None
                st.html(f'<div class="fd-empty">{say("desk.pick_one")}</div>')
    cited = windows.opened("passage")
    if cited is not None:
        passage.window(api, cited)
    desk_passing.show_windows(api)
    _watch(api, view, _signature(listing), followed, beside)


def _selected() -> str | None:
    # Kept in the session: what runs every moment sends the address as it was, and would put an old choice back.
    if "desk-conversation" not in st.session_state:
        st.session_state["desk-conversation"] = st.query_params.get("conversation")
    chosen: str | None = st.session_state["desk-conversation"]
    return chosen


def _back() -> None:
    st.button(
        say("desk.back"),
        key="desk-back",
        type="tertiary",
        icon=":material/arrow_back:",
        on_click=desk_conversation.select,
        args=(None,),
    )


def _views(counts: Json) -> None:
    names = {
        "queue": say("desk.queue", count=counts["queue"]),
        "mine": say("desk.mine", count=counts["mine"]),
        "all": say("desk.all"),
    }
    st.segmented_control(
        say("desk.view"),
        VIEWS,
        required=True,
        format_func=names.__getitem__,
        key="desk-view",
        label_visibility="collapsed",
        width="stretch",
    )


def _next(conversations: list[Json], selected: str | None) -> None:
    """The one below the open one, and from the last on the first."""
    ids = [conversation["id"] for conversation in conversations]
    place = ids.index(selected) + 1 if selected in ids else 0
    others = [one for one in [*ids[place:], *ids[:place]] if one != selected]
    st.button(
        say("desk.next"),
        key="desk-next",
        type="tertiary",
        icon=":material/skip_next:",
        shortcut="Alt+N",
        disabled=not others,
        on_click=desk_conversation.select,
        args=(others[0] if others else None,),
    )


def _cards(conversations: list[Json], view: str, selected: str | None) -> None:
    if not conversations:
        st.html(f'<div class="fd-empty">{say(f"desk.none_{view}")}</div>')
    with st.container(key="desk-cards", gap="small"):
        for conversation in conversations:
            mark = "picked" if conversation["id"] == selected else "pick"
            with st.container(key=f"{mark}-{conversation['id']}"):
                st.html(desk_badges.card(conversation))
                st.button(
                    say("desk.open", label=conversation["contact"]["label"]),
                    key=f"open-{conversation['id']}",
                    on_click=desk_conversation.select,
                    args=(conversation["id"],),
                )


def _signature(listing: Json) -> object:
    # With the minute in it the waiting times move on too.
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    shown = [(c["id"], c["updated_at"], c["status"], c["assignee"], c["unread"]) for c in listing["conversations"]]
    return listing["counts"], shown, minute


def _watch(api: Staff, view: str, drawn: object, followed: Followed | None, beside: company.Beside | None) -> None:
    listed_at, away = time.monotonic(), False

    @st.fragment(run_every=LOOK_SECONDS)
    def look() -> None:
        nonlocal listed_at, away
        # What is sent in the same tick as a sign of typing runs this alone.
        if (followed and followed.is_ahead) or desk_reply_box.is_waiting():
            st.rerun()
        arrived = followed.look() if followed else []
        if beside:
            beside.keep_up(api, arrived)
        news = any(event.name not in desk_conversation.PASSING for event in arrived)
        if news and followed and not followed.is_ahead:
            st.rerun()
        if not news and time.monotonic() - listed_at > LIST_SECONDS:
            listed_at = time.monotonic()
            try:
                is_old, away = _signature(api.desk(view)) != drawn, False
            except Unreachable:
                is_old, away = False, True
            except ApiError:
                # The whole page asks again, and says what is wrong in its own place.
                is_old = True
            if is_old:
                st.rerun()
        if away:
            problems.show_reconnecting()

    look()
