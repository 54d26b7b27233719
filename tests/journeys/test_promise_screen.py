"""An administrator says how many answers may be wrong, and sees what that does to what customers ask."""

import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import expect

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.confidence.models import Calibration, Share
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.knowledge.models import Entry
from tests.evaluation.shop import STRANGE, ask, dislike, entry_texts, fill
from tests.journeys.quality import Visit, open_quality

pytestmark = pytest.mark.timeout(240)

SOLD = 30
OTHERS = 40


def label(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, sold: Sequence[Entry]) -> None:
    """Questions as customers put them, with what should come of each."""
    labelled = frontdesk.question_sets.create(knowledge_base_id, "Labelled").id
    for entry in sold:
        for question in entry.questions:
            frontdesk.question_sets.add(labelled, f"请问{question}？", Expectation(Wanted.ENTRY, entry.id), None)
    for number in range(OTHERS):
        text = f"{STRANGE[number % len(STRANGE)]}{number}"
        frontdesk.question_sets.add(labelled, text, Expectation(Wanted.HANDOFF), None)


@pytest.mark.parametrize(
    ("language", "width", "few", "promised"),
    [("en-GB", 1280, "Not enough examples", "Promised"), ("zh-CN", 390, "例子还不够", "有保证")],
)
def test_a_wish_becomes_a_promise(
    visit: Visit,
    admin: Agent,
    frontdesk: Frontdesk,
    knowledge_base_id: uuid.UUID,
    language: str,
    width: int,
    few: str,
    promised: str,
) -> None:
    sold = fill(frontdesk, knowledge_base_id, entry_texts()[:SOLD])
    page = open_quality(visit, admin, language, width)
    result, measuring = page.locator(".st-key-promise-result"), page.locator(".fd-measuring")
    expect(measuring).to_be_visible()
    frontdesk.calibrating.calibrate(knowledge_base_id)
    expect(result).to_contain_text(few)
    expect(measuring).to_have_count(0)
    # What it takes is done in the next tab.
    page.locator(".st-key-promise-open button").click()
    expect(page.locator(".st-key-set-add")).to_be_visible()
    page.get_by_role("tab").first.click()

    label(frontdesk, knowledge_base_id, sold)
    save = page.locator(".st-key-promise-save button")
    expect(save).to_be_disabled()
    slider = page.get_by_role("slider")
    for _ in range(10):
        slider.press("ArrowRight")
    expect(page.locator(".st-key-promise-verbs")).to_contain_text("15")
    save.click()
    expect(measuring).to_contain_text("5")
    expect(save).to_be_disabled()
    frontdesk.calibrating.calibrate(knowledge_base_id)
    expect(result).to_contain_text(promised)
    expect(result).to_contain_text("15")
    expect(result.locator(".fd-hundred i")).to_have_count(100)
    expect(result.locator(".fd-hundred .fd-share-right").first).to_be_visible()

    plots = page.locator(".st-key-promise-curves .js-plotly-plot")
    expect(plots).to_have_count(2)
    expect(plots.first.locator(".scatterlayer .trace")).not_to_have_count(0)
    page.locator(".st-key-promise-details summary").click()
    expect(page.locator(".fd-basis dd")).to_have_count(6)


def test_measuring_again_waits_for_another_result(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    fill(frontdesk, knowledge_base_id, entry_texts()[:SOLD])
    frontdesk.calibrating.calibrate(knowledge_base_id)
    page = open_quality(visit, admin)
    again, measuring = page.locator(".st-key-promise-again button"), page.locator(".fd-measuring")
    expect(measuring).to_have_count(0)
    again.click()
    expect(measuring).to_be_visible()
    expect(again).to_be_disabled()
    frontdesk.calibrating.calibrate(knowledge_base_id)
    expect(measuring).to_have_count(0)
    expect(again).to_be_enabled()


def test_an_alarm_tells_that_customers_ask_for_what_is_not_there(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    fill(frontdesk, knowledge_base_id, entry_texts()[:SOLD])
    made = frontdesk.calibrating.calibrate(knowledge_base_id)
    assert made is not None
    with frontdesk.sessions.begin() as session:
        seen = session.get_one(Calibration, made.id)
        seen.outside, seen.share = 0.44, Share.SEEN
    page = open_quality(visit, admin)
    expect(page.get_by_role("alert")).to_contain_text("44% of their questions, and not 20%")


@pytest.mark.parametrize(
    ("language", "width", "part", "fewest", "told"),
    [
        (
            "en-GB",
            1280,
            "Answers from “returns”",
            "at most 1% wrong",
            "only those that it is at least 99% sure of",
        ),
        ("zh-CN", 390, "「returns」中的回答", "最多答错 1%", "只回答至少有 99% 把握的问题"),
    ],
)
def test_a_part_of_the_answers_is_to_be_righter_still(
    visit: Visit,
    admin: Agent,
    frontdesk: Frontdesk,
    knowledge_base_id: uuid.UUID,
    language: str,
    width: int,
    part: str,
    fewest: str,
    told: str,
) -> None:
    sold = fill(frontdesk, knowledge_base_id, entry_texts()[:SOLD])
    frontdesk.knowledge.set_tags(Entry, sold[0].id, ["returns"])
    frontdesk.calibrating.calibrate(knowledge_base_id)
    page = open_quality(visit, admin, language, width)
    save, measuring = page.locator(".st-key-promise-save button"), page.locator(".fd-measuring")
    expect(save).to_be_disabled()
    page.locator(".st-key-promise-wish [data-testid=stMultiSelect] input").click()
    page.get_by_role("option", name=part).click()
    expect(page.locator(".st-key-promise-part-errors")).to_contain_text(part)
    page.keyboard.press("Escape")
    errors = page.locator(".st-key-promise-part-errors")
    # A menu that opens while another one still closes closes with it.
    expect(page.get_by_role("listbox")).to_have_count(0)
    errors.get_by_role("combobox").click()
    page.get_by_role("option", name=fewest).click()
    # Fewer errors of a part stay wished for while more are allowed of all.
    page.get_by_role("slider").press("ArrowRight")
    expect(page.locator(".st-key-promise-verbs")).to_contain_text("6")
    expect(errors.get_by_role("combobox")).to_have_value(fewest)
    save.click()
    expect(measuring).to_be_visible()
    frontdesk.calibrating.calibrate(knowledge_base_id)
    expect(measuring).to_have_count(0)
    expect(page.locator(".fd-part")).to_contain_text(part)
    expect(page.locator(".fd-part")).to_contain_text(told)
    expect(save).to_be_disabled()


def test_an_alarm_tells_that_answers_are_called_no_help(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    sold = fill(frontdesk, knowledge_base_id, entry_texts()[:SOLD])
    frontdesk.calibrating.calibrate(knowledge_base_id)
    asked = [f"请问{entry.questions[0]}？" for entry in sold[:4]]
    assert all(told.cited for told in ask(frontdesk, asked).values())
    dislike(frontdesk, asked)
    page = open_quality(visit, admin)
    expect(page.get_by_role("alert")).to_contain_text("4 of 4 answers")
    expect(page.locator(".fd-since")).to_contain_text("4 were called no help")


def test_nothing_is_awaited_where_nothing_is_published(visit: Visit, admin: Agent, frontdesk: Frontdesk) -> None:
    page = open_quality(visit, admin)
    expect(page.locator(".fd-empty")).to_contain_text("nothing in this knowledge base yet")
    expect(page.locator(".fd-measuring")).to_have_count(0)


def test_documents_alone_say_nothing_of_what_is_answered(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, tmp_path: Path
) -> None:
    path = tmp_path / "terms.txt"
    path.write_text("Returns within 14 days.")
    document = frontdesk.knowledge.upload(knowledge_base_id, path.name, path)
    frontdesk.indexing.index_document(document.id)
    frontdesk.calibrating.calibrate(knowledge_base_id)
    page = open_quality(visit, admin)
    result = page.locator(".st-key-promise-result")
    expect(result).to_contain_text("Not enough examples")
    expect(result).to_contain_text("Label at least 79 questions to make it a promise")
