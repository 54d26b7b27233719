"""An administrator makes a knowledge base, gives it to the web chat, and removes it again."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from tests.journeys.test_screens import choose_room, sign_in
from tests.waiting import wait_for

Visit = Callable[..., Page]


def choose(page: Page, menu_of: str, choice: str) -> None:
    row = page.locator("[class*='st-key-base-']", has_text=menu_of)
    row.locator("[class*=st-key-base-menu] button").first.click()
    page.locator(f"[class*=st-key-{choice}-] button").click()


def test_a_knowledge_base_is_made_answers_and_goes(
    visit: Visit, admin: Agent, agent: Agent, frontdesk: Frontdesk
) -> None:
    page = visit("knowledge", language="en-US", width=390)
    sign_in(page, admin)
    choose_room(page, "Knowledge bases")
    listed = page.locator(".st-key-bases")
    expect(listed).to_contain_text("answers")

    page.locator(".st-key-base-add button").click()
    page.locator(".st-key-base-name input").fill("Wholesale")
    page.locator(".st-key-base-name input").press("Tab")
    page.locator(".st-key-base-some label").click()
    page.locator(".st-key-base-seen-by input").fill(agent.name)
    page.get_by_role("option", name=agent.name).click()
    page.locator(".st-key-base-name input").click()
    page.locator(".st-key-base-save button").click()
    expect(listed).to_contain_text("Wholesale")
    (_, wholesale) = (found.knowledge_base for found in frontdesk.knowledge.bases())
    assert frontdesk.access.staff(wholesale.id) == {agent.id}

    page.locator(".st-key-base-answering button").click()
    page.locator(".st-key-bases-chosen input").fill("Whole")
    page.get_by_role("option", name="Wholesale").click()
    page.get_by_role("dialog").get_by_text("What the web chat answers from").click()
    page.locator(".st-key-bases-answering-save button").click()
    wait_for(lambda: wholesale.id in frontdesk.inboxes.bases("web"), what="a second knowledge base")

    choose(page, "Wholesale", "base-remove")
    page.locator(".st-key-base-remove-name input").fill("Wholesale")
    page.locator(".st-key-base-remove-name input").press("Tab")
    page.locator(".st-key-base-remove-confirm button").click()
    expect(page.get_by_text("choose others for it first")).to_be_visible()
    page.get_by_role("button", name="Close").click()

    frontdesk.inboxes.answer_from("web", [frontdesk.inboxes.bases("web")[0]])
    choose(page, "Wholesale", "base-remove")
    page.locator(".st-key-base-remove-name input").fill("Wholesale")
    page.locator(".st-key-base-remove-name input").press("Tab")
    page.locator(".st-key-base-remove-confirm button").click()
    expect(listed).not_to_contain_text("Wholesale")
    assert len(frontdesk.knowledge.bases()) == 1
