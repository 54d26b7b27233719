"""An administrator looks at a document's passages, has it cut otherwise, and clears up what is said twice."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.entries_text import EntryText
from tests.journeys.test_screens import sign_in

pytestmark = pytest.mark.timeout(180)

Visit = Callable[..., Page]
RULE = "Rule {}: parcels to the islands take two days longer and cost five more, on holidays even a day more. "
RULES = "# Shipping\n\n" + "".join(RULE.format(number) for number in range(30))
DUPLICATES_TAB = 3


@pytest.fixture
def document_id(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path) -> uuid.UUID:
    """A document of several passages, indexed."""
    path = tmp_path / "rules"
    path.write_text(RULES, "utf-8")
    document = frontdesk.knowledge.upload(knowledge_base_id, "rules.md", path)
    frontdesk.indexing.index_document(document.id)
    return document.id


def test_a_document_is_cut_into_smaller_passages(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, document_id: uuid.UUID
) -> None:
    _, before = frontdesk.passages.of_document(document_id, 0, 1)
    page = visit("knowledge", language="en-GB", width=390)
    sign_in(page, admin)
    page.locator("[class*='st-key-document-menu'] button").first.click()
    page.locator(f".st-key-passages-{document_id} button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".fd-cut-card")).to_have_count(before)
    size = dialog.locator(".st-key-cut-size [role=slider], .st-key-cut-size input[type=range]").first
    size.focus()
    for _ in range(50):
        size.press("ArrowLeft")
    expect(dialog.locator(".fd-cut-change")).to_contain_text(f"{before} passages now")
    dialog.locator(".st-key-cut-apply button").click()
    expect(dialog).to_have_count(0)
    chunking = frontdesk.knowledge.document(document_id).chunking
    assert chunking is not None
    assert chunking["size"] < 320
    frontdesk.indexing.index_document(document_id)
    assert frontdesk.passages.of_document(document_id, 0, 1)[1] > before


def test_one_of_two_answers_is_deleted(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    answers = ("七天内可以退货。", "十五天内可以退货。")
    frontdesk.knowledge.add_entries(knowledge_base_id, [EntryText(("怎么退货",), answer) for answer in answers])
    frontdesk.indexing.index_entries(knowledge_base_id)
    page = visit("knowledge")
    sign_in(page, admin)
    page.get_by_role("tab").nth(DUPLICATES_TAB).click()
    group = page.locator("[class*='st-key-duplicate-']")
    expect(group).to_contain_text("同一问题有不同答案")
    group.locator("[class*='st-key-remove-twin-'] button").first.click()
    page.locator(".st-key-delete-confirm button").click()
    expect(group).to_have_count(0)
    assert frontdesk.knowledge.entries(knowledge_base_id, "", 0, 10)[1] == 1
