"""What is clicked or typed is carried out once, also where a page looks for news before a browser sends it."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.handoffs.listing import View
from tests.api.people import Contact
from tests.journeys.test_canned import press_until
from tests.journeys.test_screens import sign_in

pytestmark = [pytest.mark.timeout(120), pytest.mark.usefixtures("entries")]

Visit = Callable[..., Page]

# What is clicked or typed is sent at the end of a tick: here one in which a page looks for news several times.
SLOW_TICKS = """() => {
  const usual = window.setTimeout;
  window.ticks = 0;
  window.setTimeout = (act, ms, ...rest) => {
    if (ms !== 0) return usual(act, ms, ...rest);
    window.ticks += 1;
    return usual(() => { act(...rest); window.ticks -= 1; }, 2000);
  };
}"""


SEND = "[data-testid=stChatInputSubmitButton]"
# Two ticks, and so two requests, with nothing in between.
CLICK_BOTH = """([first, second]) => new Promise((done) => {
  document.querySelector(first).click();
  setTimeout(() => { document.querySelector(second).click(); done(); }, 1);
})"""


def send(page: Page, box: Locator) -> None:
    """Press Enter, and wait until the browser has sent all."""
    box.press("Enter")
    page.wait_for_function("window.ticks === 0")


@pytest.fixture
def contact(api: httpx.Client) -> Contact:
    """Somebody who waits for a person."""
    contact = Contact(api)
    contact.ask_for_person()
    return contact


@pytest.fixture
def desk(visit: Visit, agent: Agent, contact: Contact) -> Page:
    """The agent's page, with the contact's conversation taken."""
    desk = visit("desk", language="en-GB")
    sign_in(desk, agent)
    desk.locator("[class*=st-key-open-] button").click()
    desk.locator(".st-key-claim button").click()
    expect(desk.locator(".st-key-resolve")).to_be_visible()
    return desk


def test_an_agents_replies_are_sent_once(desk: Page, agent: Agent, contact: Contact) -> None:
    box, thread = desk.locator(".st-key-desk-reply textarea"), desk.locator(".st-key-desk-thread")
    box.fill("It is on its way.")
    desk.evaluate(SLOW_TICKS)
    send(desk, box)
    expect(thread).to_contain_text("It is on its way.")
    # The sign of typing is sent in the same tick, for a fragment.
    box.fill("Until Monday.")
    send(desk, box)
    expect(thread).to_contain_text("Until Monday.")
    desk.locator(".st-key-resolve button").click()
    expect(thread).to_contain_text(f"{agent.name} resolved it")
    assert contact.texts("agent") == ["It is on its way.", "Until Monday."]


def test_a_reply_comes_before_the_end_that_follows_it_at_once(desk: Page, agent: Agent, contact: Contact) -> None:
    box = desk.locator(".st-key-desk-reply textarea")
    box.fill("Good bye!")
    box.press("Enter")
    desk.keyboard.press("Alt+s")
    expect(desk.locator(".st-key-desk-thread")).to_contain_text(f"{agent.name} resolved it")
    assert contact.texts("agent") == ["Good bye!"]


def test_a_reply_is_sent_though_another_conversation_is_opened_at_once(
    desk: Page, contact: Contact, api: httpx.Client
) -> None:
    Contact(api).ask_for_person()
    desk.locator(".st-key-desk-view button").last.click()
    expect(desk.locator(".st-key-desk-next button")).to_be_enabled()
    box = desk.locator(".st-key-desk-reply textarea")
    box.fill("Good day!")
    box.press("Enter")
    press_until(desk, "Alt+n", desk.locator(".st-key-claim"))
    assert contact.texts("agent") == ["Good day!"]


def test_replies_come_before_the_ends_that_are_clicked_in_the_next_moment(
    desk: Page, agent: Agent, contact: Contact
) -> None:
    replies = [f"Good bye number {number}!" for number in range(6)]
    for number, reply in enumerate(replies, 1):
        desk.locator(".st-key-desk-reply textarea").fill(reply)
        expect(desk.locator(SEND)).to_be_enabled()
        desk.evaluate(CLICK_BOTH, [SEND, ".st-key-resolve button"])
        expect(desk.locator(".st-key-desk-thread").get_by_text(f"{agent.name} resolved it")).to_have_count(number)
        contact.say("One more thing.").raise_for_status()
        desk.locator(".st-key-claim button").click()
        expect(desk.locator(".st-key-resolve")).to_be_visible()
    assert contact.texts("agent") == replies


def test_replies_are_sent_though_another_conversation_is_opened_in_the_next_moment(
    desk: Page, contact: Contact, api: httpx.Client
) -> None:
    Contact(api).ask_for_person()
    desk.locator(".st-key-desk-view button").last.click()
    another = desk.locator(".st-key-desk-next button")
    expect(another).to_be_enabled()
    replies = [f"This is reply {number}." for number in range(8)]
    for reply in replies:
        desk.locator(".st-key-desk-reply textarea").fill(reply)
        expect(desk.locator(SEND)).to_be_enabled()
        desk.evaluate(CLICK_BOTH, [SEND, ".st-key-desk-next button"])
        expect(desk.locator(".st-key-claim")).to_be_visible()
        another.click()
        expect(desk.locator(".st-key-resolve")).to_be_visible()
    assert contact.texts("agent") == replies


def test_a_contacts_words_are_sent_once(visit: Visit, agent: Agent, frontdesk: Frontdesk) -> None:
    page = visit("", language="en-GB")
    page.locator(".st-key-talk-to-person button").click()
    expect(page.locator(".fd-status")).to_contain_text("A person will reply right here")
    box, chat = page.locator(".st-key-message-text textarea"), page.locator(".st-key-chat-page")
    page.evaluate(SLOW_TICKS)
    # The sign of typing is sent in the same tick, for a fragment that the next message replaces.
    box.fill("Where is my parcel?")
    (waiting,) = frontdesk.desk.list(agent.id, View.QUEUE, limit=9)
    frontdesk.desk.claim(waiting.conversation.id, agent.id)
    frontdesk.desk.reply(waiting.conversation.id, agent.id, "Good morning!", None)
    expect(chat).to_contain_text("Good morning!")
    send(page, box)
    expect(chat).to_contain_text("Where is my parcel?")
    box.fill("It was due on Monday.")
    send(page, box)
    expect(chat).to_contain_text("It was due on Monday.")
    expect(chat.get_by_text("Where is my parcel?")).to_have_count(1)
    expect(chat.get_by_text("It was due on Monday.")).to_have_count(1)


def test_an_agent_writes_on_while_the_page_around_the_box_changes(desk: Page, contact: Contact) -> None:
    box, suggestions = desk.locator(".st-key-desk-reply textarea"), desk.locator(".st-key-desk-suggestions")
    box.click()
    desk.keyboard.type("Yes, we ")
    contact.say("Do you ship to Hainan?").raise_for_status()
    expect(suggestions).to_be_visible()
    desk.keyboard.type("do.")
    expect(box).to_have_value("Yes, we do.")
    desk.keyboard.press("Enter")
    desk.keyboard.type("In 3 to ")
    expect(suggestions).to_have_count(0)
    desk.keyboard.type("5 days.")
    expect(box).to_have_value("In 3 to 5 days.")
    assert contact.texts("agent") == ["Yes, we do."]
