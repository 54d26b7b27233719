"""Which conversations a report is about: the days, and what it is narrowed to."""

from datetime import date, timedelta

import streamlit as st

from services.ui import browser
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.words import LANGUAGES

DAYS = {"week": 7, "month": 30, "quarter": 90}
"""Periods that end today, by their names in the words."""
PERIODS = (*DAYS, "last_month", "own")


def ask(choices: Json) -> Json:
    """The parameters of the report, from what is chosen; nobody chooses from one."""
    with st.container(key="report-filters", horizontal=True, vertical_alignment="bottom", gap="small"):
        period = st.selectbox(
            say("reports.period"),
            PERIODS,
            index=1,
            format_func=lambda name: say(f"reports.period_{name}"),
            key="report-period",
            width=190,
        )
        first, last = _own_days() if period == "own" else _days_of(period)
        filters: Json = {"first": first.isoformat(), "last": last.isoformat(), "zone": browser.zone_name()}
        for name, found in (("topic", choices["topics"]), ("inbox", choices["inboxes"])):
            if len(found) > (0 if name == "topic" else 1):
                names = {one["id"]: one["name"] for one in found}
                filters |= _chosen(name, names, say(f"reports.every_{name}"))
        filters |= _chosen("language", LANGUAGES, say("reports.every_language"))
    return filters


def _chosen(name: str, names: dict[str, str], everything: str) -> Json:
    chosen = st.selectbox(
        say(f"reports.{name}"),
        [None, *names],
        format_func=lambda value: names[value] if value else everything,
        key=f"report-{name}",
        width=190,
    )
    return {name: chosen} if chosen else {}


def _days_of(period: str) -> tuple[date, date]:
    today = browser.today()
    if period == "last_month":
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    return today - timedelta(days=DAYS[period] - 1), today


def _own_days() -> tuple[date, date]:
    today = browser.today()
    chosen = st.date_input(
        say("reports.days"),
        (today - timedelta(days=DAYS["month"] - 1), today),
        max_value=today,
        key="report-days",
        format="YYYY-MM-DD",
        width=240,
    )
    # Until the second day is chosen, there is one only.
    days = list(chosen) if isinstance(chosen, tuple) else [chosen]
    return (days[0], days[-1]) if days else (today, today)
