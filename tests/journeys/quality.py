"""How an administrator comes to the page about quality."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from tests.journeys.test_screens import sign_in

Visit = Callable[..., Page]


def open_quality(visit: Visit, admin: Agent, language: str = "en-GB", width: int = 1280) -> Page:
    """The page, on its first tab; whoever signs in is led to the desk first."""
    page = visit("desk", language=language, width=width)
    sign_in(page, admin)
    expect(page.locator(".st-key-desk-view").first).to_be_visible()
    page.locator(".st-key-nav a[href$='quality']").click()
    expect(page.locator(".st-key-quality-page")).to_be_visible()
    return page
