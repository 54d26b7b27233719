"""Two agents and a contact see of each other who is there and who is writing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from tests.journeys.test_screens import sign_in

pytestmark = pytest.mark.timeout(120)

Visit = Callable[..., Page]


def test_who_looks_and_who_writes_is_seen_by_the_others(visit: Visit, agent: Agent, admin: Agent) -> None:
    contact = visit(language="en-GB", width=390)
    contact.locator(".st-key-talk-to-person button").click()
    expect(contact.locator(".fd-status-open")).to_be_visible()

    desk = visit("desk", language="en-GB")
    sign_in(desk, agent)
    desk.locator("[class*='st-key-open-'] button").first.click()
    desk.locator(".st-key-claim button").click()
    colleague = visit(desk.url.split("/", 3)[3], language="zh-CN")
    sign_in(colleague, admin)
    expect(colleague.locator(".fd-company")).to_contain_text(f"{agent.name} 也在查看")
    expect(desk.locator(".fd-company")).to_contain_text(f"{admin.name} is looking at this")

    contact.locator(".st-key-message-text textarea").press_sequentially("Hello")
    expect(desk.locator(".fd-thinking")).to_contain_text("The customer is writing")
    desk.locator(".st-key-desk-right textarea").press_sequentially("Good day")
    expect(contact.locator(".fd-thinking")).to_contain_text(f"{agent.name} is writing")
    expect(colleague.locator(".fd-company")).to_contain_text(f"{agent.name} 正在输入")
    expect(desk.locator(".st-key-desk-right textarea")).to_have_value("Good day")

    colleague.close()
    expect(desk.locator(".fd-company")).to_have_count(0)
    expect(contact.locator(".fd-thinking")).to_have_count(0)
