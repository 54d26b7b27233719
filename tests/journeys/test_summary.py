"""A summary is there at once, and in a model's words as soon as these are written."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.language import Language
from tests.journeys.test_screens import sign_in
from tests.model_server import Script

pytestmark = pytest.mark.timeout(180)

WORDS = "The lid of a new kettle is broken. A picture was asked for."
WANTED = "I have sent the picture on Monday. What happens now?"


@pytest.fixture
def api(frontdesk: Frontdesk, serve: Callable[..., httpx.Client], model: tuple[str, Script]) -> httpx.Client:
    """The api with a model that waits."""
    url, script = model
    script.gate.clear()
    script.reply = [WORDS]
    return serve(llm_url=url)


def test_a_summary_comes_by_itself(
    visit: Callable[..., Page], frontdesk: Frontdesk, agent: Agent, model: tuple[str, Script]
) -> None:
    conversation = frontdesk.conversations.open("web", None, Language.EN)
    frontdesk.desk.request(conversation.id, conversation.contact_id)
    frontdesk.desk.claim(conversation.id, agent.id)
    frontdesk.conversations.receive(conversation.id, conversation.contact_id, "The lid is broken", None)
    frontdesk.desk.reply(conversation.id, agent.id, "Please send us a picture.", None)
    for text in ("Here it is", WANTED):
        frontdesk.conversations.receive(conversation.id, conversation.contact_id, text, None)
    page = visit(f"desk?conversation={conversation.id}", language="en-GB")
    sign_in(page, agent)
    summary = page.locator(".st-key-desk-summary")
    expect(summary).to_contain_text(WANTED)
    expect(summary).to_contain_text("picked out by the assistant")
    model[1].gate.set()
    expect(summary).to_contain_text(WORDS)
    expect(summary).to_contain_text("written by the assistant")
    expect(summary).not_to_contain_text(WANTED)
    assert len(model[1].asked) == 1
