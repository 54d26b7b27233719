"""Who looks after the desk sees who waits, gives it to somebody, and has a look at it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.language import Language
from tests.journeys.test_screens import sign_in

pytestmark = pytest.mark.timeout(120)

Visit = Callable[..., Page]


def test_an_administrator_passes_on_takes_over_and_looks(
    visit: Visit, agent: Agent, admin: Agent, frontdesk: Frontdesk
) -> None:
    ours = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.desk.request(ours.id, ours.contact_id)
    frontdesk.conversations.receive(ours.id, ours.contact_id, "Where is my parcel?", None)
    page = visit("team", language="en-GB", width=390)
    sign_in(page, admin)
    tiles, rows = page.locator(".fd-load-tiles"), page.locator(".st-key-load-pressing")
    expect(tiles).to_contain_text(re.compile(r"Waiting\s*1"))
    expect(rows).to_contain_text("Where is my parcel?")

    page.locator("[class*=st-key-load-pass-] button:visible").click()
    page.locator(".st-key-transfer-to input").fill(agent.name)
    page.get_by_role("option", name=agent.name).click()
    page.locator(".st-key-transfer-do button").click()
    expect(tiles).to_contain_text(re.compile(r"Waiting\s*0"))
    expect(page.locator(".fd-load-agent", has_text=agent.name)).to_contain_text("1 unread")
    expect(rows).to_contain_text(agent.name)

    # What comes while the page is open is seen without a reload.
    other = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.desk.request(other.id, other.contact_id)
    expect(tiles).to_contain_text(re.compile(r"Waiting\s*1"))

    page.locator(f".st-key-load-take-{ours.id} button:visible").click()
    expect(rows).to_contain_text(admin.name)
    assert frontdesk.desk.get(ours.id).assignee.id == admin.id
    rows.get_by_role("link").first.click()
    expect(page.locator(".st-key-desk-thread")).to_contain_text("Handed over to people")
