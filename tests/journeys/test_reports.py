"""A contact says how it went; the staff reads it in the thread, and an administrator in the report."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from frontdesk.handoffs.service import View
from frontdesk.reports.filters import Filters
from tests.journeys.quality import Visit
from tests.journeys.test_screens import sign_in
from tests.reports.month import month_of, set_up
from tests.waiting import wait_for

pytestmark = [pytest.mark.usefixtures("entries"), pytest.mark.timeout(240)]


@pytest.mark.parametrize(("language", "width"), [("en-GB", 1280), ("zh-CN", 390)])
def test_stars_are_given_and_read(
    visit: Visit, frontdesk: Frontdesk, admin: Agent, language: str, width: int
) -> None:
    page = visit(language=language, width=width)
    page.locator(".st-key-talk-to-person button").click()
    (item,) = wait_for(lambda: frontdesk.desk.list(admin.id, View.QUEUE, 5), what="a handoff")
    conversation = item.conversation
    frontdesk.desk.claim(conversation.id, admin.id)
    frontdesk.desk.reply(conversation.id, admin.id, "A colleague is on the way.", None)
    expect(page.get_by_text("A colleague is on the way.")).to_be_visible()
    expect(page.locator(".st-key-survey")).to_have_count(0)
    frontdesk.desk.resolve(conversation.id, admin.id)
    survey = page.locator(".st-key-survey")
    survey.locator("button").nth(3).click()
    survey.locator("input").fill("Quick & <b>kind</b>")
    survey.locator(".st-key-survey-send button").click()
    expect(survey.locator(".fd-survey-words")).to_have_text("Quick & <b>kind</b>")
    kept = frontdesk.surveys.get(conversation.id)
    assert kept is not None
    assert (kept.score, kept.words) == (4, "Quick & <b>kind</b>")

    page.reload()
    expect(survey.locator(".fd-survey-words")).to_be_visible()
    staff = visit(f"desk?conversation={conversation.id}", language=language, width=width)
    sign_in(staff, admin)
    expect(staff.locator(".fd-survey-given q")).to_have_text("Quick & <b>kind</b>")


def test_an_administrator_reads_a_report_and_keeps_it(
    visit: Visit, frontdesk: Frontdesk, admin: Agent, tmp_path: Path
) -> None:
    world = set_up(frontdesk.engine, topics=3)
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    month_of(frontdesk.engine, 150, start=today - timedelta(days=31), world=world)
    whole = frontdesk.reports.report(Filters(today.date() - timedelta(days=29), today.date()))
    page = visit("reports", language="en-GB")
    sign_in(page, admin)
    page.locator(".st-key-nav a", has_text="Reports").click()
    report = page.locator(".st-key-reports-page")
    answered = whole.rates["answered"].now
    tile = report.locator(".fd-tile", has_text="Answered by the assistant")
    expect(tile).to_contain_text(f"{answered.count} of {answered.of}, so between")
    expect(report.locator(".fd-topics tbody tr")).to_have_count(4)
    report.locator(".st-key-report-topic input").click()
    page.get_by_role("option", name="Topic 1").click()
    expect(report.locator(".fd-topics tbody tr")).to_have_count(1)
    report.locator(".st-key-report-topic input").click()
    page.get_by_role("option", name="All topics").click()
    expect(report.locator(".fd-topics tbody tr")).to_have_count(4)
    with page.expect_download() as saved:
        report.locator(".st-key-report-table button").first.click()
    saved.value.save_as(tmp_path / "table.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text("utf-8-sig"))))
    assert len(rows) == whole.conversations
    assert sum(row["outcome"] == "answered" for row in rows) == answered.count
