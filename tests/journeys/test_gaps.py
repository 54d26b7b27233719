"""An administrator makes knowledge of what a colleague answered, and sees beforehand what comes of it."""

import uuid

import pytest
from playwright.sync_api import expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.growth.models import DraftStatus
from tests.growth.stories import begin, gather
from tests.journeys.quality import Visit, open_quality
from tests.journeys.test_screens import sign_in

QUESTION = "礼品卡可以转赠给朋友吗"
ANSWER = "礼品卡可以转赠：在「我的礼品卡」里点转赠，对方24小时内领取。"


@pytest.mark.parametrize(("language", "width", "works"), [("en-GB", 1280, "It works"), ("zh-CN", 390, "效果合格")])
def test_what_was_not_answered_becomes_an_entry(
    visit: Visit,
    admin: Agent,
    agent: Agent,
    frontdesk: Frontdesk,
    knowledge_base_id: uuid.UUID,
    entries: None,
    language: str,
    width: int,
    works: str,
) -> None:
    begin(frontdesk, QUESTION).resolve(agent, ANSWER)
    gather(frontdesk)
    page = open_quality(visit, admin, language, width)
    page.get_by_role("tab").nth(1).click()
    line = page.locator(".st-key-gaps")
    expect(line).to_contain_text(QUESTION)
    line.get_by_role("button").first.click()
    window = page.get_by_role("dialog")
    expect(window.get_by_test_id("gap-questions")).to_contain_text(QUESTION)
    window.locator(".st-key-gap-draft button").click()
    questions, answer = window.locator("textarea").first, window.locator("textarea").nth(1)
    expect(answer).to_have_value(ANSWER)
    questions.fill(f"{questions.input_value()}\n礼品卡能转赠吗")
    questions.blur()
    save = window.locator(".st-key-draft-save button")
    expect(save).to_be_enabled()
    save.click()
    expect(save).to_be_disabled()
    window.locator(".st-key-draft-prove button").click()
    expect(window.locator(".fd-measuring")).to_be_visible()
    (draft,) = frontdesk.drafts.of_base(knowledge_base_id)
    assert len(draft.questions) == 2
    assert frontdesk.proving.prove(draft.id)
    expect(window.get_by_test_id("proof")).to_contain_text(works)
    window.locator(".st-key-draft-accept button").click()
    expect(window.get_by_test_id("draft-status")).to_be_visible()
    assert frontdesk.drafts.get(draft.id).status is DraftStatus.ACCEPTED
    frontdesk.indexing.index_entries(knowledge_base_id)
    frontdesk.drafts.settle()
    page.reload()
    expect(line.get_by_role("button")).to_have_count(0)


def test_an_agent_makes_knowledge_of_an_answer_at_the_desk(
    visit: Visit, admin: Agent, agent: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, entries: None
) -> None:
    story = begin(frontdesk, QUESTION)
    story.resolve(agent, ANSWER)
    page = visit(f"desk?conversation={story.conversation.id}", language="en-GB")
    sign_in(page, agent)
    page.locator("[class*='st-key-more-'] button").first.click()
    page.locator(".st-key-desk-draft button").click()
    expect(page.get_by_text("Proposed.")).to_be_visible()
    (draft,) = frontdesk.drafts.of_base(knowledge_base_id)
    assert (draft.answer, draft.agent_id) == (ANSWER, agent.id)
    page = open_quality(visit, admin, "en-GB", 1280)
    page.get_by_role("tab").nth(1).click()
    page.locator(".st-key-proposed").get_by_role("button").click()
    expect(page.get_by_role("dialog").locator("textarea").nth(1)).to_have_value(ANSWER)
