"""Pages of a real browser in which a conversation is open: what counts is what is on the screen."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.journeys.conftest import CHROMIUM, QUIET

LOOK_MS = 10
IS_SHOWN = """([text, host]) => {
  const root = host ? document.querySelector(host)?.shadowRoot : document.body;
  return root?.textContent.includes(text);
}"""


@dataclass(frozen=True)
class Shown:
    """A page; with `host` what is in the shadow of an element counts."""

    page: Page
    host: str | None = None

    async def until(self, text: str) -> None:
        """Wait until a text is on the page."""
        await self.page.wait_for_function(IS_SHOWN, arg=[text, self.host], polling=LOOK_MS)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser without a window."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        await started.close()


async def signed_in(started: Browser, ui: str, email: str, password: str) -> BrowserContext:
    """Where an agent is signed in, on every page that is opened there."""
    context = await started.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{ui}/desk")
    await page.locator(".st-key-sign-in-email input").fill(email)
    await page.locator(".st-key-sign-in-password input").fill(password)
    await page.locator(".st-key-sign-in-submit button").click()
    await page.locator(".st-key-desk-list, .st-key-desk-selected").first.wait_for()
    await page.close()
    return context


async def desk(context: BrowserContext, ui: str, conversation_id: str) -> Shown:
    """The desk of somebody who is signed in, with a conversation open."""
    page = await context.new_page()
    await page.goto(f"{ui}/desk?conversation={conversation_id}")
    await page.locator(".st-key-desk-thread").wait_for()
    return Shown(page)


async def widget(started: Browser, api: str, conversation_id: str, token: str) -> Shown:
    """The widget of a contact who comes back, opened."""
    context = await started.new_context(locale="en-GB")
    state = json.dumps({"token": token, "conversation": conversation_id})
    await context.add_init_script(f"localStorage.setItem('frontdesk {api}', {json.dumps(state)})")
    page = await context.new_page()
    await page.goto(f"{api}/widget")
    await page.locator(".launcher").click()
    await page.locator(".composer textarea").wait_for()
    return Shown(page, "[data-frontdesk]")
