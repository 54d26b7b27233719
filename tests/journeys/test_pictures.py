"""A picture in a manual reaches the customer beside the answer, and the staff in a gallery."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from tests.journeys.test_screens import say, sign_in
from tests.knowledge.pictured_files import photo, word

pytestmark = pytest.mark.timeout(180)

Visit = Callable[..., Page]
LID, KNOB = "按下红色按钮，电水壶的盖子就会打开。", "旋转旋钮可以调节吐司的焦黄程度。"


@pytest.fixture
def document_id(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path) -> uuid.UUID:
    """A manual with a picture in each of its two passages, indexed."""
    path = tmp_path / "manual"
    path.write_bytes(word("# 电水壶的盖子", LID, photo(1), "# 吐司机的旋钮", KNOB, photo(2)))
    document = frontdesk.knowledge.upload(knowledge_base_id, "说明书.docx", path)
    frontdesk.indexing.index_document(document.id)
    return document.id


def is_drawn(picture: Locator) -> bool:
    return bool(picture.evaluate("image => image.complete && image.naturalWidth === 320"))


def test_a_picture_comes_with_the_answer_and_goes_with_its_document(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, document_id: uuid.UUID
) -> None:
    chat = visit(width=390)
    say(chat, "message-text", "电水壶的盖子怎么打开？")
    picture = chat.locator(".fd-pictures img")
    expect(picture).to_have_count(1)
    assert is_drawn(picture)
    small = picture.bounding_box()
    picture.click()
    large = picture.bounding_box()
    assert large["width"] > 1.5 * small["width"]
    picture.click()
    assert picture.bounding_box()["width"] == pytest.approx(small["width"], abs=1)

    knowledge = visit("knowledge", language="en-GB")
    sign_in(knowledge, admin)
    knowledge.locator("[class*='st-key-document-menu'] button").click()
    knowledge.locator(f".st-key-pictures-{document_id} button").click()
    cards = knowledge.locator(".fd-gallery-card")
    expect(cards).to_have_count(2)
    expect(cards.nth(0)).to_contain_text(LID)
    expect(cards.nth(1)).to_contain_text(KNOB)
    assert all(is_drawn(card.locator("img")) for card in cards.all())

    frontdesk.knowledge.delete_document(document_id)
    chat.reload()
    expect(chat.locator("[class*='st-key-message-assistant']").last).to_be_visible()
    expect(picture).to_have_count(0)
