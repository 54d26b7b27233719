"""An administrator tags documents and entries, and sees what is about to leave."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.versions import NOBODY
from tests.journeys.test_screens import sign_in

pytestmark = [pytest.mark.usefixtures("entries"), pytest.mark.timeout(180)]

Visit = Callable[..., Page]
QUESTION = "Where is the shop?"
ANSWER = "In the old town."


@pytest.fixture
def page(visit: Visit, admin: Agent) -> Page:
    """The knowledge page, with an administrator before it."""
    page = visit("knowledge", language="en-GB")
    sign_in(page, admin)
    return page


@pytest.fixture
def document_id(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path) -> uuid.UUID:
    """A document, indexed."""
    path = tmp_path / "hours"
    path.write_text("The shop opens at nine and closes at six.", "utf-8")
    document = frontdesk.knowledge.upload(knowledge_base_id, "hours.txt", path)
    frontdesk.indexing.index_document(document.id)
    return document.id


def write_tag(field: Locator, tag: str) -> None:
    """Give a new tag in a field for tags."""
    box = field.locator("input")
    box.fill(tag)
    box.press("Enter")
    expect(field).to_contain_text(tag)


def test_a_new_entry_gets_tags_and_a_last_day_and_the_search_is_narrowed_down(
    page: Page, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    page.get_by_role("tab", name="Questions and answers").click()
    page.locator(".st-key-entry-add button").click()
    for name, text in (("questions", QUESTION), ("answer", ANSWER)):
        field = page.locator(f".st-key-entry-{name} textarea")
        field.fill(text)
        field.press("Tab")
    write_tag(page.locator(".st-key-entry-tags"), "places")
    day = datetime.now(UTC).date() + timedelta(days=400)
    for segment, number in zip(("year", "month", "day"), (day.year, day.month, day.day), strict=True):
        page.locator(f".st-key-expiry-day [data-type={segment}]").press_sequentially(f"{number:02d}")
    page.keyboard.press("Enter")
    page.locator(".st-key-entry-save button").click()
    entry = page.locator(".st-key-entries")
    expect(entry).to_contain_text(f"until {day:%-d %b %Y}")
    expect(entry.locator(".fd-tag")).to_have_text("places")
    frontdesk.indexing.index_entries(knowledge_base_id)

    page.get_by_role("tab", name="Search test").click()
    narrowed = page.locator("[class*='st-key-search-tags-']")
    narrowed.locator("button").last.click()
    page.get_by_role("option", name="places").click()
    page.keyboard.press("Escape")
    page.locator(".st-key-search-query input").fill("Where is the shop, and do you ship to Hainan?")
    page.locator(".st-key-search-submit button").click()
    expect(page.locator("[class*='st-key-found-']")).to_have_count(1)
    expect(page.locator(".st-key-search-result")).to_contain_text(ANSWER)


def test_a_document_is_tagged(document_id: uuid.UUID, page: Page, frontdesk: Frontdesk) -> None:
    page.locator("[class*='st-key-document-menu'] button").first.click()
    page.locator(f".st-key-tags-{document_id} button").click()
    write_tag(page.locator(".st-key-document-tags"), "Hours")
    page.locator(".st-key-tags-save button").click()
    expect(page.locator(".st-key-documents .fd-tag")).to_have_text("hours")
    assert frontdesk.knowledge.document(document_id).tags == ["hours"]


@pytest.fixture
def leaving_id(document_id: uuid.UUID, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> uuid.UUID:
    """The document, once it was removed in the draft."""
    frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
    frontdesk.knowledge.delete_document(document_id, at_once=False)
    return document_id


def test_a_document_that_leaves_opens_and_is_kept_after_all(leaving_id: uuid.UUID, page: Page) -> None:
    row = page.locator(f".st-key-document-{leaving_id}")
    expect(row).to_contain_text("leaves with the next version")
    menu = page.locator("[class*='st-key-document-menu'] button").first
    menu.click()
    page.locator(f".st-key-passages-{leaving_id} button").click()
    expect(page.get_by_role("dialog")).to_contain_text("opens at nine")
    page.get_by_role("button", name="Close").click()
    menu.click()
    page.locator(f".st-key-keep-{leaving_id} button").click()
    page.locator(".st-key-window-confirm button").click()
    expect(row).to_contain_text("Ready")
