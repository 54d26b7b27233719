"""An administrator says what people answer; a customer who is asked back chooses."""

import uuid
from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Status
from frontdesk.conversations.sensitive_topics import SensitiveTopic
from frontdesk.knowledge.entries_text import EntryText
from tests.conftest import PASSWORD
from tests.waiting import wait_for

Visit = Callable[..., Page]


def test_topics_are_switched_off_and_words_added(visit: Visit, admin: Agent, frontdesk: Frontdesk) -> None:
    page = visit("knowledge", language="en-US")
    page.locator(".st-key-sign-in-email input").fill(admin.email)
    page.locator(".st-key-sign-in-password input").fill(PASSWORD)
    page.locator(".st-key-sign-in-submit button").click()
    page.get_by_role("tab", name="Sensitive topics").click()
    page.locator(".st-key-sensitive-legal label").first.click()
    page.locator(".st-key-sensitive-words textarea").fill("franchise*\nproduct  recall")
    page.locator(".st-key-sensitive-save button").click()

    def saved() -> bool:
        sensitive = frontdesk.inboxes.get("web").sensitive
        return sensitive.off == {SensitiveTopic.LEGAL} and sensitive.words == ("franchise*", "product recall")

    wait_for(saved, what="the change of the sensitive topics")


def test_a_customer_chooses_what_they_mean(
    visit: Visit, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    texts = [
        EntryText(("海南的运费是多少？",), "海南首重运费12元。"),
        EntryText(("新疆的运费是多少？",), "新疆首重运费18元。"),
        EntryText(("保修多久？",), "保修一年。"),
    ]
    frontdesk.knowledge.add_entries(knowledge_base_id, texts)
    frontdesk.indexing.index_entries(knowledge_base_id)
    page = visit()
    page.locator(".st-key-message-text textarea").fill("运费是多少")
    page.locator(".st-key-message-text textarea").press("Enter")
    expect(page.get_by_text("您想问的是哪一个？", exact=True)).to_be_visible()
    page.get_by_role("button", name="新疆的运费是多少？").click()
    expect(page.locator(".fd-quoted")).to_contain_text("18元")
    expect(page.locator("[class*=st-key-choice-]")).to_have_count(0)
    page.locator(".st-key-message-text textarea").fill("运费多少")
    page.locator(".st-key-message-text textarea").press("Enter")
    page.get_by_role("button", name="都不是").click()

    def is_open() -> bool:
        with frontdesk.sessions() as session:
            return session.scalars(select(Conversation.status)).one() == Status.OPEN

    wait_for(is_open, what="the handoff to a person")
