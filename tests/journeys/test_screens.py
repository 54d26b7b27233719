"""Two journeys through the screens: answered; and handed over, then answered by an agent."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.usefixtures("entries"), pytest.mark.timeout(180)]

Visit = Callable[..., Page]


def say(page: Page, box: str, text: str) -> None:
    """Type into a chat box and send."""
    field = page.locator(f"[class*='st-key-{box}'] textarea")
    field.fill(text)
    field.press("Enter")


def choose_room(page: Page, name: str) -> None:
    """Go to one of the rooms of the knowledge on a phone, where a list stands in the place of the tabs."""
    page.locator(".st-key-knowledge-room button").click()
    page.get_by_role("option", name=name).click()


def sign_in(page: Page, agent: Agent) -> None:
    """Sign in on the page that asks for it."""
    page.locator(".st-key-sign-in-email input").fill(agent.email)
    page.locator(".st-key-sign-in-password input").fill(PASSWORD)
    page.locator(".st-key-sign-in-submit button").click()


@pytest.mark.parametrize(
    ("language", "width", "question", "answer"),
    [
        ("zh-CN", 1280, "你们的退货政策是怎么样的？", "签收后7天内可以无理由退货"),
        ("en-GB", 390, "What is your return policy?", "You can return it within 7 days"),
    ],
)
def test_a_question_is_answered_with_its_source(
    visit: Visit, language: str, width: int, question: str, answer: str
) -> None:
    page = visit(language=language, width=width)
    say(page, "message-text", question)
    reply = page.locator("[class*='st-key-message-assistant']").last
    expect(reply).to_contain_text(answer)
    citation = page.locator("[class*='st-key-citation-'] button").first
    citation.click()
    expect(page.locator("[data-testid='stPopoverBody']")).to_contain_text(answer)
    page.keyboard.press("Escape")
    page.locator("[class*='st-key-rate-'] button").first.click()
    # A later visit finds the conversation again.
    page.reload()
    expect(page.locator("[class*='st-key-message-assistant']").last).to_contain_text(answer)


def test_what_is_not_known_goes_to_an_agent_who_answers(visit: Visit, agent: Agent) -> None:
    contact = visit()
    say(contact, "message-text", "你们公司的股票代码是多少？")
    expect(contact.locator("[class*='st-key-message-assistant']").last).to_contain_text("转接人工客服")

    desk = visit("desk", language="en-GB")
    sign_in(desk, agent)
    desk.locator("[class*='st-key-open-'] button").first.click()
    expect(desk.locator(".st-key-desk-thread")).to_contain_text("股票代码")
    desk.locator(".st-key-claim button").click()
    say(desk, "reply-", "我们没有上市，所以没有股票代码。")
    expect(desk.locator(".st-key-desk-thread")).to_contain_text("没有上市")

    answer = contact.locator("[class*='st-key-message-agent']").last
    expect(answer).to_contain_text("没有上市")
    expect(answer).to_contain_text(agent.name)
    say(contact, "message-text", "好的，谢谢")
    expect(desk.locator(".st-key-desk-thread")).to_contain_text("好的，谢谢")
    desk.locator(".st-key-resolve button").click()
    expect(contact.locator(".fd-status-resolved")).to_be_visible()


def test_asking_for_a_person_is_one_click(visit: Visit) -> None:
    page = visit(width=390)
    page.locator(".st-key-talk-to-person button").click()
    expect(page.locator(".fd-status-open")).to_be_visible()


def test_visitors_do_not_see_the_staff_pages(visit: Visit) -> None:
    for path in ("desk", "knowledge"):
        page = visit(path)
        expect(page.locator(".st-key-sign-in-email input")).to_be_visible()
        expect(page.locator(".st-key-desk-list")).to_have_count(0)


def test_an_administrator_tries_a_question_before_a_customer_does(visit: Visit, admin: Agent) -> None:
    page = visit("knowledge", language="en-GB")
    sign_in(page, admin)
    page.get_by_role("tab", name="Search test").click()
    page.locator(".st-key-search-query input").fill("Do you ship to Hainan?")
    page.locator(".st-key-search-submit button").click()
    result = page.locator(".st-key-search-result")
    expect(result).to_contain_text("3 to 5 days")
    expect(result).to_contain_text(re.compile(r"answer", re.IGNORECASE))
