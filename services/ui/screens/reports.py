"""What came of conversations: figures with how far they can be relied on, pictures, and files to keep."""

from functools import partial

import streamlit as st

from services.ui import staff
from services.ui.browser import say
from services.ui.caller import Json
from services.ui.client import Staff
from services.ui.screens import report_charts, report_filters
from services.ui.screens.report_tiles import tiles_html


def show() -> None:
    """The page, for administrators."""
    if not staff.is_admin():
        st.html(f'<div class="fd-empty">{say("quality.admins")}</div>')
        return
    api = staff.caller()
    with st.container(key="reports-page"):
        with st.container(key="reports-head", horizontal=True, vertical_alignment="bottom"):
            st.html(
                f'<div class="fd-page-heading"><h1 class="fd-title">{say("nav.reports")}</h1>'
                f'<p class="fd-lead">{say("reports.lead")}</p></div>'
            )
        filters = report_filters.ask(api.report_choices())
        report = api.report(filters)
        if not report["conversations"]:
            st.html(f'<div class="fd-empty">{say("reports.nothing")}</div>')
            return
        st.html(tiles_html(report))
        st.html(_charts(report))
        _downloads(api, filters)
        with st.expander(say("reports.how"), key="reports-how", type="compact"):
            st.markdown(say("reports.how_words"))


def _charts(report: Json) -> str:
    charts = (
        report_charts.days_html,
        report_charts.hours_html,
        report_charts.responses_html,
        report_charts.reasons_html,
        report_charts.scores_html,
        report_charts.topics_html,
    )
    return f'<div class="fd-charts">{"".join(chart(report) for chart in charts)}</div>'


def _downloads(api: Staff, filters: Json) -> None:
    days = f"{filters['first']}-{filters['last']}"
    with st.container(key="reports-downloads", horizontal=True, gap="small"):
        st.download_button(
            say("reports.table"),
            data=partial(api.export_conversations, filters),
            file_name=f"conversations-{days}.csv",
            help=say("reports.table_help"),
            icon=":material/table_view:",
            on_click="ignore",
            key="report-table",
        )
        st.download_button(
            say("reports.exchanges"),
            data=partial(api.export_exchanges, filters),
            file_name=f"exchanges-{days}.jsonl",
            help=say("reports.exchanges_help"),
            icon=":material/school:",
            on_click="ignore",
            key="report-exchanges",
        )
