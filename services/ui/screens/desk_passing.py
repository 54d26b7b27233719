"""What an agent does with a conversation besides answering: put it off, pass it on, note something, call back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from services.ui import problems, windows
from services.ui.browser import clock_time, local, say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens import desk_draft

LONGEST_NOTE = 4000
OPENING_HOUR = 9


def menu(api: Staff, conversation: Json, *, mine: bool, may_pass_on: bool, any_agent_answered: bool) -> None:
    """Behind one button, so that the two that end a conversation stay in reach."""
    key = f"more-{conversation['id']}-{windows.menu_round()}"
    with st.popover(say("desk.more"), icon=":material/more_horiz:", key=key):
        if mine:
            _put_off(api, conversation)
        if may_pass_on:
            _open("desk.transfer", "transfer", conversation, ":material/forward:")
        _open("desk.note", "note", conversation, ":material/edit_note:")
        if any_agent_answered:
            desk_draft.button(api, conversation)


def show_windows(api: Staff) -> None:
    """The one that is open, if any."""
    if (conversation := windows.opened("transfer")) is not None:
        _transfer(api, conversation)
    if (conversation := windows.opened("note")) is not None:
        _note(api, conversation)
    desk_draft.show_window(api)


def show_callback(api: Staff, conversation: Json) -> None:
    """How the contact wants to be reached, and whether they were."""
    callback = conversation["callback"]
    if not callback:
        return
    ways = " · ".join(escape(callback[field]) for field in ("name", "phone", "email") if callback[field])
    wish = f"<p>{escape(callback['wish'])}</p>" if callback["wish"] else ""
    done = callback["done_at"] is not None
    with st.container(key="desk-callback", horizontal=True, vertical_alignment="center"):
        lead = say("desk.called_back") if done else say("desk.wants_callback")
        st.html(f'<div class="fd-callback"><b>{escape(lead)}</b> {ways}{wish}</div>')
        st.button(
            say("desk.call_again" if done else "desk.tick_off"),
            key="tick-off",
            icon=":material/undo:" if done else ":material/check:",
            on_click=_try,
            args=(lambda: api.tick_off(conversation["id"], not done),),
        )


def _put_off(api: Staff, conversation: Json) -> None:
    if conversation["status"] == "snoozed":
        _choice(api, conversation, say("desk.wake"), None)
        return
    st.html(f'<div class="fd-meta">{say("desk.snooze_lead")}</div>')
    for words, until in _moments(datetime.now(UTC)):
        _choice(api, conversation, f"{words} · {clock_time(until.isoformat())}", until)


def _moments(moment: datetime) -> list[tuple[str, datetime]]:
    here = local(moment.isoformat())
    morning = (here + timedelta(days=1)).replace(hour=OPENING_HOUR, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=(7 - morning.weekday()) % 7)
    return [
        (say("desk.snooze_hour"), here + timedelta(hours=1)),
        (say("desk.snooze_hours"), here + timedelta(hours=4)),
        (say("desk.snooze_tomorrow"), morning),
        *([(say("desk.snooze_monday"), monday)] if monday != morning else []),
    ]


def _choice(api: Staff, conversation: Json, words: str, until: datetime | None) -> None:
    st.button(
        words,
        key=f"snooze-{words}",
        width="stretch",
        icon=":material/snooze:" if until else ":material/alarm_off:",
        on_click=_try,
        args=(lambda: api.put_off(conversation["id"], until.isoformat() if until else None),),
    )


def _open(words: str, window: str, conversation: Json, icon: str) -> None:
    st.button(
        say(words),
        key=f"pass-{window}",
        width="stretch",
        icon=icon,
        on_click=windows.remember_window,
        args=(window, conversation),
    )


def _transfer(api: Staff, conversation: Json) -> None:
    @st.dialog(say("desk.transfer"), on_dismiss=windows.close)
    def window() -> None:
        found = api.destinations()
        owner = (conversation["assignee"] or {}).get("id")
        targets = [("team", one) for one in found["teams"]]
        targets += [("agent", one) for one in found["agents"] if one["id"] != owner]
        chosen = st.selectbox(
            say("desk.transfer_to"),
            targets,
            index=None,
            key="transfer-to",
            placeholder=say("desk.transfer_pick"),
            format_func=lambda target: say(f"desk.transfer_{target[0]}", name=target[1]["name"]),
        )
        note = st.text_area(say("desk.transfer_note"), key="transfer-note", height=90, max_chars=LONGEST_NOTE)
        if st.button(say("desk.transfer_do"), type="primary", key="transfer-do") and chosen:
            windows.close_after(
                lambda: api.transfer(conversation["id"], chosen[0], chosen[1]["id"], note.strip() or None),
                say("desk.transfer_done", name=chosen[1]["name"]),
            )

    window()


def _note(api: Staff, conversation: Json) -> None:
    @st.dialog(say("desk.note"), on_dismiss=windows.close)
    def window() -> None:
        text = st.text_area(
            say("desk.note_text"),
            key="note-text",
            height=120,
            max_chars=LONGEST_NOTE,
            placeholder=say("desk.note_private"),
        )
        if st.button(say("desk.note_keep"), type="primary", key="note-keep") and text.strip():
            windows.close_after(lambda: api.note(conversation["id"], text.strip()), say("desk.note_done"))

    window()


def _try(verb: Callable[[], object]) -> None:
    problems.attempt(verb)
    windows.close_menus()
