"""An administrator tries what customers get before it is published: one version, or both side by side."""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.versions import NOBODY
from tests.journeys.test_screens import choose_room, say, sign_in

pytestmark = [pytest.mark.usefixtures("entries"), pytest.mark.timeout(180)]

Visit = Callable[..., Page]
QUESTION = "What is your return policy?"
UNKNOWN = "Do you deliver to Mars?"


@pytest.fixture
def draft(entries: None, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    """Another answer and a new one wait to be published."""
    frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, QUESTION, 0, 10)
    frontdesk.knowledge.change_entry(entry.id, None, "You can return it within 30 days.")
    frontdesk.knowledge.add_entries(knowledge_base_id, [EntryText((UNKNOWN,), "Not yet.")])
    frontdesk.indexing.index_entries(knowledge_base_id)


@pytest.mark.usefixtures("draft")
def test_both_versions_answer_side_by_side(visit: Visit, agent: Agent) -> None:
    page = visit("knowledge", language="en-GB")
    sign_in(page, agent)
    page.get_by_role("tab", name="Try it").click()
    page.locator(".st-key-trial-way button", has_text="Both").click()
    say(page, "trial-text", QUESTION)
    difference = page.locator(".fd-trial-difference")
    expect(difference.locator("del")).to_have_text("7")
    expect(difference.locator("ins")).to_have_text("30")
    published, drafted = (page.locator(f".st-key-outcome-trial-0-{name}") for name in ("published", "draft"))
    expect(published).to_contain_text("within 7 days")
    expect(drafted).to_contain_text("within 30 days")
    expect(drafted.locator(".fd-verdict")).to_contain_text("The assistant answers: it is 9")

    drafted.locator("[class*='st-key-citation-'] button").click()
    expect(page.get_by_role("dialog")).to_contain_text("not published yet")
    expect(page.locator(".fd-opened mark")).to_contain_text("within 30 days")
    page.get_by_role("button", name="Close").click()

    say(page, "trial-text", UNKNOWN)
    expect(difference.last).to_contain_text("Published hands over to a person; the draft answers")
    expect(page.locator(".st-key-outcome-trial-1-published .fd-verdict")).to_contain_text("A person takes over")
    expect(page.locator(".st-key-outcome-trial-1-draft")).to_contain_text("Not yet.")
    page.locator(".st-key-trial-again button").click()
    expect(page.locator(".fd-verdict")).to_have_count(0)


@pytest.mark.usefixtures("draft")
def test_on_a_phone_the_rooms_are_one_list(visit: Visit, admin: Agent) -> None:
    page = visit("knowledge", width=390)
    sign_in(page, admin)
    choose_room(page, "试答")
    say(page, "trial-text", QUESTION)
    outcome = page.locator(".st-key-outcome-trial-0-draft")
    expect(outcome).to_contain_text("within 30 days")
    expect(outcome.locator(".fd-verdict")).to_contain_text("助手会直接回答")
    outcome.locator("summary").first.click()
    expect(outcome.locator(".fd-facts")).to_contain_text(QUESTION)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".st-key-trial-again button").click()
    expect(page.locator(".fd-verdict")).to_have_count(0)
    choose_room(page, "问答")
    expect(page.locator(".st-key-entries")).to_be_visible()


def test_without_a_draft_what_is_published_answers(visit: Visit, admin: Agent) -> None:
    page = visit("knowledge", language="en-GB")
    sign_in(page, admin)
    page.get_by_role("tab", name="Try it").click()
    expect(page.locator(".st-key-trial-way")).to_have_count(0)
    say(page, "trial-text", "I want to talk to a human")
    expect(page.locator(".fd-verdict")).to_contain_text("the customer asks for one")
    expect(page.locator(".st-key-outcome-trial-0-published")).to_contain_text("A colleague will take over")
