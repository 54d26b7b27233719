"""An administrator puts the chat on the shop's website."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from tests.journeys.test_screens import sign_in
from tests.waiting import wait_for

Visit = Callable[..., Page]


def test_a_website_is_named_and_its_users_are_vouched_for(visit: Visit, admin: Agent, frontdesk: Frontdesk) -> None:
    page = visit("website", language="en-US", width=390)
    sign_in(page, admin)
    expect(page.get_by_text("No website may show the chat yet")).to_be_visible()
    expect(page.locator(".st-key-website-line code")).to_contain_text("/widget.js")
    page.locator(".st-key-website-origins textarea").fill("shop.example")
    page.locator(".st-key-website-save button").click()
    expect(page.get_by_text("“shop.example” is not the address of a website")).to_be_visible()
    page.locator(".st-key-website-origins textarea").fill("https://Shop.example/")
    page.locator(".st-key-website-address input").fill("https://help.shop.example")
    page.locator(".st-key-website-save button").click()
    wait_for(lambda: frontdesk.widgets.get("web").origins == ["https://shop.example"], what="the website")
    expect(page.locator(".st-key-website-line code")).to_contain_text("https://help.shop.example/widget.js")
    expect(page.get_by_text("No website may show the chat yet")).to_have_count(0)

    page.locator(".st-key-website-secret-make button").click()
    page.get_by_text("Show the secret").click()
    secret = frontdesk.widgets.secret(frontdesk.widgets.get("web"))
    expect(page.locator(".st-key-website-users code").first).to_have_text(str(secret))
    page.locator(".st-key-website-secret-renew button").click()
    page.locator(".st-key-website-secret-renew-now button").click()
    wait_for(lambda: frontdesk.widgets.secret(frontdesk.widgets.get("web")) != secret, what="another secret")
    page.locator(".st-key-website-secret-drop button").click()
    page.locator(".st-key-website-secret-drop-now button").click()
    expect(page.locator(".st-key-website-secret-make button")).to_be_visible()
    assert frontdesk.widgets.get("web").secret_salt is None
