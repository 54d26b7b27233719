"""What a conversation is about stands above it at the desk, and an agent puts it right."""

import uuid
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from tests.api.people import Contact
from tests.journeys.test_screens import sign_in

pytestmark = [pytest.mark.timeout(180), pytest.mark.usefixtures("entries")]

Visit = Callable[..., Page]


def test_an_agent_says_what_it_is_about(
    visit: Visit, api: httpx.Client, agent: Agent, frontdesk: Frontdesk
) -> None:
    frontdesk.topics.create("Delivery", ["How long does delivery take?"])
    refunds = frontdesk.topics.create("Refunds", ["When do I get my money back?"])
    contact = Contact(api)
    contact.ask("I want to talk to a human")
    desk = visit("desk", language="en-GB", width=390)
    sign_in(desk, agent)
    desk.locator("[class*='st-key-open-'] button").first.click()
    chip = desk.locator("[class*='st-key-triage-topic-'] button").first
    expect(chip).to_contain_text("No topic")
    chip.click()
    menu = desk.locator("[data-testid='stPopoverBody']")
    expect(menu).to_contain_text("No topic is sure enough")
    menu.locator("input").click()
    desk.get_by_role("option", name="Refunds").click()
    expect(chip).to_contain_text("Refunds")
    assert frontdesk.conversations.get(uuid.UUID(contact.conversation_id)).topic_id == refunds.id
