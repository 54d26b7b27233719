"""An administrator adds a website by its address and sees what becomes of it."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from tests.feeds.conftest import HOST, WebServer, serving
from tests.journeys.test_screens import choose_room, sign_in

Visit = Callable[..., Page]
SOURCES = {"crawl_private_hosts": HOST, "crawl_pause_seconds": 0}


@pytest.fixture
def site() -> Iterator[WebServer]:
    """A site of two pages, and a link that leads nowhere."""
    with serving() as web:
        web.page("/", "Welcome.", "/pay", "/broken")
        web.page("/pay", "Pay by card.")
        web.put("/broken", "no", 403)
        yield web


@pytest.fixture
def frontdesk(build: Callable[..., Frontdesk]) -> Frontdesk:
    """The domain; this machine is a host that may be read."""
    return build(**SOURCES)


@pytest.fixture
def api(frontdesk: Frontdesk, serve: Callable[..., httpx.Client]) -> httpx.Client:
    """An api that may read this machine."""
    return serve(**SOURCES)


def test_a_website_is_added_watched_and_removed(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, site: WebServer
) -> None:
    page = visit("knowledge", language="en-US", width=390)
    sign_in(page, admin)
    choose_room(page, "Websites and databases")
    page.locator(".st-key-feed-add-website button").click()
    page.locator(".st-key-feed-url input").fill(site.url())
    page.locator(".st-key-feed-url input").press("Tab")
    page.locator(".st-key-feed-look button").click()
    expect(page.locator(".fd-look")).to_contain_text("Page /")
    page.locator(".st-key-feed-save button").click()
    row = page.locator(".st-key-feeds")
    expect(row).to_contain_text("Queued")

    (feed_id,) = frontdesk.feed_reading.owing()
    frontdesk.feed_reading.work(feed_id)
    expect(row).to_contain_text("Up to date")
    expect(row).to_contain_text("2 pages")
    expect(row).to_contain_text("1 failed")

    page.locator("[class*=st-key-feed-menu] button").click()
    page.locator("[class*=st-key-feed-pages-] button").click()
    expect(page.locator(".fd-pages")).to_contain_text("does not show this page to us")
    page.get_by_role("button", name="Close").click()

    page.locator("[class*=st-key-feed-menu] button").click()
    page.locator("[class*=st-key-feed-remove-] button").click()
    page.locator(".st-key-feed-remove-confirm button").click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    assert frontdesk.knowledge.documents(frontdesk.inboxes.bases("web")[0]) == []
