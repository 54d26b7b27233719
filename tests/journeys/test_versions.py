"""Changes are gathered, compared, published and taken back; what is deleted is gone where it was cited."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.versions import NOBODY
from tests.journeys.test_screens import say, sign_in

pytestmark = [pytest.mark.usefixtures("entries"), pytest.mark.timeout(180)]

Visit = Callable[..., Page]
QUESTION = "What is your return policy?"
WAITING = ".st-key-waiting"


def knowledge(visit: Visit, person: Agent, tab: str) -> Page:
    """A tab of the knowledge page, with somebody of the staff before it."""
    page = visit("knowledge", language="en-GB")
    sign_in(page, person)
    page.get_by_role("tab", name=tab).click()
    return page


def row(page: Page, question: str) -> str:
    """Where the entry with this question stands in the list."""
    entry = page.locator("[class*='st-key-entry-']", has_text=question).last
    key = re.search(r"st-key-entry-([0-9a-f-]{36})", entry.get_attribute("class") or "")
    assert key is not None
    return key.group(1)


def test_changes_are_gathered_compared_published_and_taken_back(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    page = knowledge(visit, admin, "Versions")
    expect(page.locator(".fd-now")).to_contain_text("Version 1 answers now")
    page.locator("[class*='st-key-gather-'] label").click()
    expect(page.locator(".st-key-gathering")).to_contain_text("waits in a draft")

    page.get_by_role("tab", name="Questions and answers").click()
    page.locator(f".st-key-edit-{row(page, QUESTION)} button").click()
    answer = page.locator(".st-key-entry-answer textarea")
    answer.fill("You can return it within 30 days.")
    answer.press("Tab")
    page.locator(".st-key-entry-save button").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    frontdesk.indexing.index_entries(knowledge_base_id)
    expect(page.locator(WAITING)).to_contain_text("Customers still get version 1")

    page.locator(".st-key-draft-compare button").click()
    compared = page.locator(".fd-compared")
    expect(compared.locator("del")).to_have_text("7")
    expect(compared.locator("ins")).to_have_text("30")
    page.get_by_role("button", name="Close").click()

    page.locator(".st-key-draft-publish button").click()
    note = page.locator(".st-key-publish-note textarea")
    note.fill("Holiday returns")
    note.press("Tab")
    page.locator(".st-key-window-confirm button").click()
    expect(page.locator(WAITING)).to_have_count(0)
    page.get_by_role("tab", name="Versions").click()
    expect(page.locator(".st-key-version-2")).to_contain_text("Holiday returns")
    expect(page.locator(".st-key-version-2")).to_contain_text(admin.name)

    page.locator(".st-key-go-back-1 button").click()
    page.locator(".st-key-window-confirm button").click()
    expect(page.locator(".fd-now")).to_contain_text("back to version 1")
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, QUESTION, 0, 10)
    assert entry.answer == "You can return it within 7 days."


def test_what_is_deleted_with_the_next_version_answers_until_then(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
    page = knowledge(visit, admin, "Questions and answers")
    page.locator(f".st-key-remove-{row(page, QUESTION)} button").click()
    expect(page.get_by_role("radio", name="With the next version")).to_be_checked()
    page.locator(".st-key-delete-confirm button").click()
    expect(page.locator(WAITING)).to_be_visible()
    expect(page.locator(".st-key-entries")).not_to_contain_text(QUESTION)

    page.get_by_role("tab", name="Search test").click()
    result = page.locator(".st-key-search-result")
    page.locator(".st-key-search-query input").fill(QUESTION)
    page.locator(".st-key-search-submit button").click()
    expect(result).to_contain_text("Tried on version 1")
    expect(result).to_contain_text("it has 100% of the question's words; its wording is the closest")
    page.locator(".st-key-surroundings-1 button").click()
    expect(page.locator(".fd-opened mark")).to_contain_text("within 7 days")
    expect(page.get_by_role("dialog")).to_contain_text("answers now")
    page.get_by_role("button", name="Close").click()
    page.locator(".st-key-search-draft label").click()
    page.locator(".st-key-search-submit button").click()
    expect(result).to_contain_text("Tried on the draft")
    expect(result).not_to_contain_text("within 7 days")

    page.locator(".st-key-draft-discard button").click()
    page.locator(".st-key-window-confirm button").click()
    expect(page.locator(WAITING)).to_have_count(0)
    assert frontdesk.knowledge.entries(knowledge_base_id, QUESTION, 0, 10)[1] == 1


def test_an_entry_gets_a_last_day(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    page = knowledge(visit, admin, "Questions and answers")
    entry_id = row(page, QUESTION)
    page.locator(f".st-key-edit-{entry_id} button").click()
    day = datetime.now(UTC).date() + timedelta(days=400)
    for segment, number in zip(("year", "month", "day"), (day.year, day.month, day.day), strict=True):
        page.locator(f".st-key-expiry-day [data-type={segment}]").press_sequentially(f"{number:02d}")
    page.keyboard.press("Enter")
    page.locator(".st-key-entry-save button").click()
    expect(page.locator(f".st-key-entry-{entry_id}")).to_contain_text(f"until {day:%-d %b %Y}")
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, QUESTION, 0, 10)
    assert entry.expires_at is not None
    assert entry.expires_at.date() - day <= timedelta(days=1)


def test_agents_see_what_waits_and_publish_nothing(
    visit: Visit, agent: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, QUESTION, 0, 10)
    frontdesk.knowledge.delete_entry(entry.id, at_once=False)
    page = knowledge(visit, agent, "Versions")
    expect(page.locator(".st-key-version-1")).to_be_visible()
    expect(page.locator("[class*='st-key-gather-']")).to_have_count(0)
    expect(page.locator(f"{WAITING} button")).to_have_count(1)
    page.locator(".st-key-draft-compare button").click()
    expect(page.locator(".fd-compared del").last).to_contain_text("within 7 days")


def test_a_source_that_changed_and_went_is_told_where_it_was_cited(
    visit: Visit, agent: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    contact = visit(language="en-GB", width=390)
    say(contact, "message-text", QUESTION)
    citation = contact.locator("[class*='st-key-citation-'] button")
    expect(citation).to_contain_text(QUESTION)
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, QUESTION, 0, 10)
    frontdesk.knowledge.change_entry(entry.id, None, "You can return it within 30 days.")
    frontdesk.indexing.index_entries(knowledge_base_id)

    desk = visit("desk", language="en-GB")
    sign_in(desk, agent)
    desk.locator(".st-key-desk-view button").last.click()
    desk.locator("[class*='st-key-open-'] button").first.click()
    cited = desk.locator("[class*='st-key-citation-'] button")
    cited.click()
    opened = desk.get_by_role("dialog")
    expect(opened).to_contain_text("comes from an earlier version")
    expect(opened.locator("mark")).to_contain_text("within 7 days")

    frontdesk.knowledge.delete_entry(entry.id)
    contact.reload()
    expect(citation).to_contain_text("no longer available")
    expect(citation).not_to_contain_text(QUESTION)
    citation.click()
    expect(contact.locator("[data-testid='stPopoverBody']")).not_to_contain_text("within 7 days")
    desk.reload()
    cited.click()
    expect(opened).to_contain_text("customers do not see its words any more")
    expect(opened.locator("mark")).to_contain_text("within 7 days")
