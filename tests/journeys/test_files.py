"""A visitor shows what is broken, an agent sees it and sends a form back, and the visitor saves it."""

import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, JSHandle, Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.widget.models import Position
from frontdesk.widget.service import Setup
from tests.journeys.sites import complaints, running_site
from tests.journeys.test_screens import sign_in
from tests.journeys.test_widget import serious
from tests.knowledge.pictured_files import pdf, photo

pytestmark = pytest.mark.timeout(180)

Visit = Callable[..., Page]
LABEL = pdf(["Return label 4711"])


def chosen(name: str, content: bytes, media_type: str) -> dict[str, object]:
    """A file as a browser's dialogue gives it."""
    return {"name": name, "mimeType": media_type, "buffer": content}


def carried(page: Page, name: str, text: str, media_type: str) -> JSHandle:
    """A file as it is dragged onto a page."""
    return page.evaluate_handle(
        """([text, name, type]) => {
            const carried = new DataTransfer();
            carried.items.add(new File([text], name, { type }));
            return carried;
        }""",
        [text, name, media_type],
    )


def shot(page: Page, name: str) -> None:
    """Keep a picture of the page for whoever asked for it."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_picture_goes_to_the_desk_and_a_form_comes_back(
    visit: Visit, browser: Browser, api: httpx.Client, frontdesk: Frontdesk, agent: Agent, tmp_path: Path
) -> None:
    with running_site(str(api.base_url).rstrip("/")) as origin:
        frontdesk.widgets.configure("web", Setup("#0f766e", Position.RIGHT, [origin], None))
        phone = browser.new_context(locale="en-US", viewport={"width": 360, "height": 740})
        page = phone.new_page()
        found = complaints(page)
        page.goto(origin)
        page.locator(".launcher").click()
        page.get_by_role("textbox", name="Your message").fill("The lid looks like this")
        files = page.locator(".attach input")
        files.set_input_files(chosen("setup.exe", b"MZ", "application/x-msdownload"))
        expect(page.locator(".tray-status")).to_contain_text("Only pictures")
        files.set_input_files(chosen("lid.png", photo(4, (900, 700)), "image/png"))
        dropped = carried(page, "receipt.csv", "item,price\nkettle,39\n", "text/csv")
        page.locator(".body").dispatch_event("drop", {"dataTransfer": dropped})
        expect(page.locator(".chips li")).to_have_count(2)
        shot(page, "widget-tray")
        assert serious(page) == []
        page.locator(".send").click()
        expect(page.locator(".message.contact")).to_contain_text("The lid looks like this")
        expect(page.get_by_role("button", name="Enlarge: lid.webp")).to_be_visible()
        expect(page.locator(".log .message.assistant").last).to_contain_text("a colleague")
        shot(page, "widget-sent")

        desk = visit("desk", language="en-GB")
        sign_in(desk, agent)
        expect(desk.locator(".st-key-desk-cards")).to_contain_text("Sent a file")
        desk.locator("[class*='st-key-open-'] button").first.click()
        picture = desk.get_by_role("img", name="lid.webp")
        expect(picture).to_be_visible()
        with desk.expect_download() as saved:
            desk.get_by_role("button", name="receipt.csv").click()
        assert saved.value.path().read_bytes() == b"item,price\nkettle,39\n"
        desk.locator(".st-key-claim button").click()
        desk.locator("[class*='st-key-files-menu-'] button").first.click()
        desk.locator("[class*='st-key-upload-files-'] input").set_input_files(
            chosen("label.pdf", LABEL, "application/pdf")
        )
        desk.locator("[class*='st-key-files-words-'] textarea").fill("Please print this label.")
        shot(desk, "desk-menu")
        desk.locator("[class*='st-key-files-send-'] button").click()
        expect(desk.locator(".st-key-desk-thread")).to_contain_text("Please print this label.")
        shot(desk, "desk-thread")

        label = page.get_by_role("button", name="Save label.pdf")
        expect(label).to_be_visible()
        shot(page, "widget-label")
        with page.expect_download() as saved:
            label.click()
        assert saved.value.suggested_filename == "label.pdf"
        assert saved.value.path().read_bytes() == LABEL
        phone.set_offline(True)
        pasted = carried(page, "note.txt", "The same again", "text/plain")
        page.locator(".composer textarea").evaluate(
            "(text, clipboardData) => text.dispatchEvent(new ClipboardEvent('paste', { clipboardData }))", pasted
        )
        page.locator(".send").click()
        expect(page.locator(".tray-status")).to_contain_text("No connection")
        shot(page, "widget-offline")
        phone.set_offline(False)
        expect(page.locator(".news")).to_be_hidden()
        page.locator(".send").click()
        expect(page.get_by_role("button", name="Save note.txt")).to_be_visible()
        assert found == []
        phone.close()


def test_the_chat_of_the_platform_takes_them_too(visit: Visit) -> None:
    page = visit(language="en-GB", width=390)
    page.locator(".st-key-message-text input[type=file]").set_input_files(
        chosen("lid.png", photo(4, (900, 700)), "image/png")
    )
    expect(page.locator(".st-key-message-text")).to_contain_text("lid.png")
    expect(page.get_by_role("button", name="Send message")).to_be_enabled()
    page.locator(".st-key-message-text textarea").press("Enter")
    expect(page.get_by_role("img", name="lid.webp")).to_be_visible()
    expect(page.get_by_text("I have asked a colleague to take over")).to_be_visible()
    shot(page, "chat-sent")
