"""An agent is helped to answer: canned responses, suggestions and a summary, by keyboard."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from tests.api.people import Contact
from tests.journeys.test_screens import sign_in

pytestmark = [pytest.mark.timeout(180), pytest.mark.usefixtures("entries")]

Visit = Callable[..., Page]
KNOWN = "What is your return policy?"
WAITING = "Do you ship to Hainan?"


@pytest.fixture
def contact(api: httpx.Client) -> Contact:
    """Somebody who got an answer, asked for a person, and asked on."""
    contact = Contact(api)
    contact.ask(KNOWN)
    contact.ask("I want to talk to a human")
    contact.say(WAITING)
    return contact


def press_until(page: Page, keys: str, seen: Locator) -> None:
    """Press a shortcut until it has worked: a button is drawn a moment before Streamlit hears its keys."""
    for _ in range(3):
        page.keyboard.press(keys)
        try:
            expect(seen).to_be_visible(timeout=10_000)
            return
        except AssertionError:
            continue
    expect(seen).to_be_visible()


def test_an_administrator_writes_one_and_puts_it_right(visit: Visit, admin: Agent, frontdesk: Frontdesk) -> None:
    page = visit("team", language="zh-CN", width=390)
    sign_in(page, admin)
    page.get_by_role("tab", name="常用语").click()
    page.locator(".st-key-canned-add button").click()
    page.locator(".st-key-canned-name input").fill("问候")
    page.locator(".st-key-canned-text textarea").fill("您好{客户}")
    page.locator(".st-key-canned-save button").click()
    expect(page.get_by_role("dialog")).to_contain_text("没有变量 {客户}")
    page.locator(".st-key-canned-text textarea").fill("您好{contact}")
    page.locator(".st-key-canned-save button").click()
    listed = page.locator(".st-key-canned")
    expect(listed).to_contain_text("您好{contact}")
    (written,) = frontdesk.canned.list()
    # A page from before somebody else's change must not write over it.
    listed.locator("[data-testid=stPopoverButton]").click()
    page.locator("[class*=st-key-canned-of-] button").click()
    expect(page.locator(".st-key-canned-save")).to_be_visible()
    frontdesk.canned.change(written.id, admin.id, 1, "问候", "您好！", None, None)
    page.locator(".st-key-canned-save button").click()
    expect(page.get_by_role("dialog")).to_contain_text("其他人刚刚修改了这条常用语")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(listed).to_contain_text("您好！")
    listed.locator("[data-testid=stPopoverButton]").click()
    page.locator("[class*=st-key-canned-removal-of-] button").click()
    page.locator(".st-key-canned-remove-confirm button").click()
    expect(page.get_by_text("还没有常用语")).to_be_visible()
    assert frontdesk.canned.list() == []


def test_an_agent_answers_by_keyboard(
    visit: Visit, admin: Agent, agent: Agent, contact: Contact, frontdesk: Frontdesk
) -> None:
    frontdesk.canned.create(admin.id, "Greeting", "Hello {contact}, {agent} here.")
    frontdesk.canned.create(admin.id, "Bye", "All the best!")
    desk = visit("desk", language="en-GB")
    sign_in(desk, agent)
    expect(desk.locator(".st-key-desk-next button")).to_be_enabled()
    press_until(desk, "Alt+n", desk.locator(".st-key-claim"))
    summary = desk.locator(".st-key-desk-summary")
    press_until(desk, "Alt+a", desk.locator(".st-key-resolve"))
    expect(summary).to_contain_text(f"Wants to know: {WAITING}")
    expect(summary).to_contain_text("Was told: You can return it within 7 days.")

    box = desk.locator(".st-key-desk-reply textarea")
    box.press("/")
    search = desk.locator("[class*=st-key-canned-search-] input")
    expect(search).to_be_focused()
    expect(search).to_be_in_viewport(ratio=1)
    search.press_sequentially("hello")
    expect(desk.get_by_role("option")).to_have_count(1)
    search.press("Enter")
    expect(box).to_have_value("Hello ____, Li Ming here.")
    box.press("Enter")
    expect(desk.get_by_text("Write over the blank")).to_be_visible()
    expect(box).to_have_value("Hello ____, Li Ming here.")
    # The blank is chosen, so that what is typed takes its place.
    box.press_sequentially("Ann")
    expect(box).to_have_value("Hello Ann, Li Ming here.")
    box.press("End")
    desk.locator(".st-key-suggest-insert-1 button").press("Enter")
    expect(box).to_have_value("Hello Ann, Li Ming here.\nYes, to Hainan it takes 3 to 5 days.")
    assert contact.texts("agent") == []
    desk.reload()
    expect(box).to_have_value("Hello Ann, Li Ming here.\nYes, to Hainan it takes 3 to 5 days.")
    box.press("Control+Enter")
    expect(desk.locator(".st-key-desk-thread")).to_contain_text("Hello Ann, Li Ming here.")
    expect(box).to_have_value("")
    expect(desk.locator(".st-key-desk-suggestions")).to_have_count(0)
    box.fill("/by")
    box.press("Enter")
    expect(box).to_have_value("All the best!")
    box.press("Enter")
    expect(desk.locator(".st-key-desk-thread")).to_contain_text("All the best!")
    assert contact.texts("agent") == [
        "Hello Ann, Li Ming here.\nYes, to Hainan it takes 3 to 5 days.",
        "All the best!",
    ]
    desk.keyboard.press("Alt+s")
    expect(desk.locator(".st-key-desk-thread")).to_contain_text(f"{agent.name} resolved it")
