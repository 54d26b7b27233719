"""The window for a team's business hours: a week of days, each closed or with spans, and days off."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from html import escape
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from services.ui import windows
from services.ui.browser import say, today
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens.hours_draft import MOST_SPANS, HoursDraft, clock, written

STEP = timedelta(minutes=15)


def edit(api: Staff, team: Json) -> None:
    """When a team is there."""

    @st.dialog(say("hours.title"), width="medium", on_dismiss=windows.close)
    def window() -> None:
        st.html(f"<b>{escape(team['name'])}</b>")
        zones = sorted(_known() | {team["time_zone"]})
        zone = st.selectbox(
            say("hours.zone"), zones, zones.index(team["time_zone"]), format_func=_zone_words, key="hours-zone"
        )
        way = st.segmented_control(
            say("hours.when"),
            ("always", "week"),
            default="week" if team["hours"] else "always",
            format_func=lambda one: say("hours.always" if one == "always" else "hours.by_week"),
            required=True,
            key="hours-way",
        )
        week = {} if way == "always" else _week(team)
        holidays = _holidays(team)
        if st.button(say("common.save"), key="hours-save", type="primary", width="stretch"):
            wanted = {"time_zone": zone, "hours": week, "holidays": holidays}
            windows.close_after(lambda: api.change_team(team, wanted))

    window()


def _week(team: Json) -> Json:
    """The grid; what it says now."""
    # Whoever opens the window again begins with what is stored.
    key = f"hours-draft-{windows.menu_round()}"
    draft: HoursDraft = st.session_state.setdefault(key, HoursDraft(team["hours"]))
    with st.container(key="hours-week", gap=None):
        for day in range(7):
            _day(draft, day)
    with st.container(key="hours-week-notes", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<div class="fd-meta">{escape(say("hours.night"))}</div>', width="stretch")
        st.button(
            say("hours.copy"),
            key="hours-copy",
            icon=":material/content_copy:",
            type="tertiary",
            on_click=draft.copy_monday,
        )
    return draft.week()


def _day(draft: HoursDraft, day: int) -> None:
    is_open = bool(draft.days[day])
    with st.container(key=f"hours-day-{day}", horizontal=True, wrap=False, gap="small"):
        st.toggle(
            say(f"weekday.{day}"),
            is_open,
            key=f"hours-open-{day}-{is_open}",
            on_change=draft.close if is_open else draft.open,
            args=(day,),
            width=92,
        )
        if not is_open:
            st.html(f'<div class="fd-meta fd-closed">{say("hours.closed")}</div>', width="stretch")
            return
        with st.container(key=f"hours-spans-{day}", gap="xsmall", width="stretch"):
            for number in list(draft.days[day]):
                _span(draft, day, number)


def _span(draft: HoursDraft, day: int, number: int) -> None:
    spans, name = draft.days[day], say(f"weekday.{day}")
    with st.container(
        key=f"hours-span-{number}", horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall"
    ):
        start, end = (
            st.time_input(
                say(f"hours.{which}", day=name),
                clock(shown),
                key=f"hours-{which}-{number}",
                step=STEP,
                label_visibility="collapsed",
                width=104,
            )
            for which, shown in zip(("from", "to"), spans[number], strict=True)
        )
        spans[number] = written(start, end)
        if number == list(spans)[-1] and len(spans) < MOST_SPANS:
            st.button(
                say("hours.add", day=name),
                key=f"hours-add-{number}",
                icon=":material/add:",
                type="tertiary",
                on_click=draft.extend,
                args=(day,),
            )
        if len(spans) > 1:
            st.button(
                say("hours.drop", day=name),
                key=f"hours-drop-{number}",
                icon=":material/close:",
                type="tertiary",
                on_click=draft.drop,
                args=(day, number),
            )


def _holidays(team: Json) -> list[str]:
    """The days off, each to be taken out, and a field for more."""
    key = f"hours-holidays-{windows.menu_round()}"
    known: list[str] = st.session_state.setdefault(key, list(team["holidays"]))
    kept: list[str] = st.multiselect(
        say("hours.holidays"),
        known,
        format_func=_day_words,
        key=key,
        placeholder=say("hours.no_holidays"),
        help=say("hours.holidays_lead"),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.date_input(
            say("hours.holiday"), [], min_value=today(), key="hours-holiday", format="YYYY-MM-DD", width="stretch"
        )
        st.button(
            say("hours.holiday_add"),
            key="hours-holiday-add",
            icon=":material/add:",
            disabled=not chosen,
            on_click=_add_holidays,
            args=(key, chosen),
        )
    # Whoever saves without having pressed the button means these days, too.
    return sorted({*kept, *_days(chosen)})


def _add_holidays(key: str, chosen: Sequence[date]) -> None:
    st.session_state[key] = sorted({*st.session_state[key], *_days(chosen)})
    st.session_state["hours-holiday"] = []


def _days(chosen: Sequence[date]) -> list[str]:
    """Every day from the first to the last of those that were chosen."""
    if not chosen:
        return []
    count = (chosen[-1] - chosen[0]).days + 1
    return [(chosen[0] + timedelta(days=number)).isoformat() for number in range(count)]


def _day_words(day: str) -> str:
    return f"{day} {say(f'weekday.{date.fromisoformat(day).weekday()}')}"


@lru_cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone_words(zone: str) -> str:
    if zone not in _known():
        return zone
    offset = datetime.now(ZoneInfo(zone)).strftime("%z")
    return f"{zone.replace('_', ' ')} (UTC{offset[:3]}:{offset[3:]})"
