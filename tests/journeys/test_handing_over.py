"""A contact waits and leaves word; an agent notes, puts off and passes on; a colleague finds it all."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from tests.journeys.test_screens import say, sign_in

pytestmark = pytest.mark.timeout(180)

Visit = Callable[..., Page]
SECRET = "Asked twice before"


def fill(page: Page, field: str, text: str) -> None:
    """Type into a field of a window."""
    page.locator(f".st-key-{field} :is(input, textarea)").fill(text)


def test_a_conversation_goes_from_hand_to_hand(visit: Visit, agent: Agent, admin: Agent) -> None:
    contact = visit(language="en-GB", width=390)
    contact.locator(".st-key-talk-to-person button").click()
    expect(contact.locator(".st-key-chat-in-line")).to_contain_text("number 1 in line")
    contact.locator(".st-key-leave-word button").click()
    fill(contact, "word-phone", "138 0000 0000")
    contact.locator(".st-key-word-send button").click()
    expect(contact.locator(".st-key-chat-in-line")).to_contain_text("we will get back to you")

    desk = visit("desk", language="en-GB")
    sign_in(desk, agent)
    expect(desk.locator(".st-key-desk-cards")).to_contain_text("Wants to be called back")
    desk.locator("[class*='st-key-open-'] button").first.click()
    expect(desk.locator(".st-key-desk-callback")).to_contain_text("138 0000 0000")
    desk.locator(".st-key-claim button").click()
    expect(desk.locator(".st-key-desk-thread")).to_contain_text(f"{agent.name} took it")
    desk.locator(".st-key-tick-off button").click()
    expect(desk.locator(".st-key-desk-callback")).to_contain_text("Called back")

    more = desk.locator("[class*='st-key-more-'] button").first
    more.click()
    desk.get_by_role("button", name=re.compile("In an hour")).click()
    expect(desk.locator(".st-key-desk-top")).to_contain_text("Snoozed until")
    say(contact, "message-text", "I am still here")
    expect(desk.locator(".st-key-desk-thread")).to_contain_text("Back from snooze")
    expect(contact.locator(".fd-status-open")).to_contain_text(agent.name)

    desk.locator("[class*='st-key-more-'] button").first.click()
    desk.locator(".st-key-pass-transfer button").click()
    desk.locator(".st-key-transfer-to input").fill(admin.name)
    desk.get_by_role("option", name=admin.name).click()
    fill(desk, "transfer-note", SECRET)
    desk.locator(".st-key-transfer-do button").click()
    expect(desk.locator(".st-key-desk-thread")).to_contain_text(SECRET)
    expect(desk.locator(".st-key-desk-thread")).to_contain_text(f"Passed on to {admin.name}")
    expect(contact.locator(".fd-status-open")).to_contain_text(admin.name)
    assert SECRET not in contact.content()
