"""An administrator brings entries in, takes them out and changes them in a table."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from tests.journeys.test_screens import sign_in

pytestmark = [pytest.mark.usefixtures("entries"), pytest.mark.timeout(180)]

Visit = Callable[..., Page]
TABLE = "问题,答案\n能自提吗|可以自己取吗,可以，请带上取货码。\n没有答案的问题,\n"


@pytest.fixture
def page(visit: Visit, admin: Agent) -> Page:
    """The entries of the knowledge base, with an administrator before them."""
    page = visit("knowledge")
    sign_in(page, admin)
    page.get_by_role("tab").nth(1).click()
    return page


def test_a_file_is_imported_but_for_its_bad_row(
    page: Page, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path
) -> None:
    (tmp_path / "faq.csv").write_text(TABLE, encoding="utf-8")
    page.locator(".st-key-entries-import button").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(tmp_path / "faq.csv")
    expect(dialog).to_contain_text("第 3 行没有答案")
    assert frontdesk.knowledge.entries(knowledge_base_id, "自提", 0, 10)[1] == 0
    dialog.locator(".st-key-import-skip button").click()
    expect(dialog).to_contain_text("新增 1 条")
    dialog.locator(".st-key-import-done button").click()
    expect(page.locator(".st-key-entries")).to_contain_text("请带上取货码")


def test_all_entries_are_downloaded(page: Page, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    page.locator(".st-key-entries-export button").first.click()
    with page.expect_download() as download:
        page.locator(".st-key-export-jsonl button").click()
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert len(lines) == frontdesk.knowledge.entries(knowledge_base_id, "", 0, 10)[1]
    assert all(json.loads(line)["questions"] for line in lines)


def test_an_entry_is_changed_and_another_deleted_in_the_table(
    page: Page, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    before, total = frontdesk.knowledge.entries(knowledge_base_id, "", 0, 10)
    page.locator(".st-key-entries-as-table label").click()
    table = page.locator("[data-testid=stDataFrame]")
    expect(table).to_be_visible()
    page.wait_for_timeout(1000)  # the table is a picture; nothing tells when it has been drawn
    header, row = 36, 76
    table.dblclick(position={"x": 150, "y": header + row // 2})
    cell = page.locator("textarea.gdg-input")
    cell.fill("\n".join([*before[0].questions, "one more way"]))
    cell.press("Enter")
    save = page.locator(".st-key-grid-save button")
    expect(save).to_contain_text("修改 1，新增 0，删除 0")
    table.click(position={"x": 16, "y": header + row + row // 2})
    page.keyboard.press("Delete")
    expect(save).to_contain_text("修改 1，新增 0，删除 1")
    save.click()
    expect(save).to_contain_text("修改 0，新增 0，删除 0")
    after, left = frontdesk.knowledge.entries(knowledge_base_id, "", 0, 10)
    assert left == total - 1
    changed = next(entry for entry in after if entry.id == before[0].id)
    assert changed.questions == [*before[0].questions, "one more way"]
    assert before[1].id not in {entry.id for entry in after}
