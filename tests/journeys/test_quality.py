"""An administrator asks what customers ask and tries a change before they see it; an agent keeps a question."""

import uuid

import pytest
from playwright.sync_api import expect

from frontdesk.agents import Agent
from frontdesk.answering.rehearsals import Tried
from frontdesk.bootstrap import Frontdesk
from frontdesk.evaluation.expectations import Expectation, Wanted
from frontdesk.knowledge.versions import NOBODY
from tests.evaluation.shop import ask, finish
from tests.journeys.quality import Visit, open_quality
from tests.journeys.test_screens import sign_in
from tests.waiting import wait_for

pytestmark = [pytest.mark.usefixtures("entries"), pytest.mark.timeout(240)]

QUESTION = "What is your return policy?"


def work(frontdesk: Frontdesk) -> None:
    """Do the run that a click has asked for, as the worker would."""
    (run_id,) = wait_for(frontdesk.running.owing, what="a run")
    finish(frontdesk, run_id)


@pytest.mark.parametrize(("language", "width"), [("en-GB", 1280), ("zh-CN", 390)])
def test_questions_are_made_asked_and_seen(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, language: str, width: int
) -> None:
    page = open_quality(visit, admin, language, width)
    page.get_by_role("tab").nth(2).click()
    page.locator(".st-key-set-add button").click()
    page.locator(".st-key-set-name input").fill("Peak season")
    page.locator(".st-key-set-name input").press("Tab")
    page.locator(".st-key-set-source [role=radiogroup] label").nth(1).click()
    page.locator(".st-key-set-save button").click()
    expect(page.locator(".st-key-question-sets")).to_contain_text("6")
    page.locator("[class*='st-key-set-ask-'] button").click()
    work(frontdesk)
    expect(page.locator(".st-key-runs .fd-run-sentence")).to_contain_text("6")
    expect(page.locator(".st-key-runs .fd-result-right").first).to_be_visible()
    page.locator("[class*='st-key-run-open-'] button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".fd-change")).to_have_count(6)
    dialog.locator("[class*='st-key-results-'] button").first.click()
    expect(dialog.locator(".fd-change")).to_have_count(0)


@pytest.mark.parametrize(("language", "width"), [("en-GB", 1280), ("zh-CN", 390)])
def test_answers_stand_beside_good_ones(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, language: str, width: int
) -> None:
    made = frontdesk.question_sets.create(knowledge_base_id, "Peak season").id
    good = "Within 7 days you can return <it>."
    frontdesk.question_sets.add(made, QUESTION, Expectation(Wanted.TEXT, None, "within 7 days"), good)
    for _ in range(2):
        finish(frontdesk, frontdesk.runs.start(made, Tried.PUBLISHED).id)
    page = open_quality(visit, admin, language, width)
    page.get_by_role("tab").nth(3).click()
    expect(page.locator(".st-key-runs")).to_contain_text("ROUGE-L 57")
    page.locator("[class*='st-key-run-open-'] button").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("BLEU: how many" if language == "en-GB" else "BLEU：有多少")
    expect(dialog.locator(".fd-change")).to_contain_text(good)
    expect(dialog.locator(".fd-change")).to_contain_text("ROUGE-L 57")
    dialog.get_by_role("button", name="Close").click()
    page.locator("[class*='st-key-run-compare-'] button").first.click()
    expect(page.get_by_role("dialog").get_by_text("ROUGE-L 57")).to_have_count(2)


def test_a_good_answer_is_written_and_the_model_asked(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    made = frontdesk.question_sets.create(knowledge_base_id, "Peak season").id
    frontdesk.question_sets.add(made, QUESTION, Expectation(Wanted.TEXT, None, "within 7 days"), None)
    page = open_quality(visit, admin)
    page.get_by_role("tab").nth(2).click()
    page.locator("[class*='st-key-set-open-'] button").click()
    page.locator("[class*='st-key-edit-question-'] button").click()
    page.locator(".st-key-question-reference textarea").fill("Within 7 days.")
    page.locator(".st-key-question-reference textarea").press("Tab")
    page.locator(".st-key-question-save button").click()
    wait_for(
        lambda: frontdesk.question_sets.questions(made, "", 0, 1)[0][0].reference == "Within 7 days.",
        what="the good answer",
    )
    page.locator("[class*='st-key-set-menu-'] button").click()
    page.locator("[class*='st-key-set-model-'] button").click()
    expect(page.get_by_text("No chat model is configured.")).to_be_visible()


def test_a_change_is_tried_before_it_is_published(
    visit: Visit, admin: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    ask(frontdesk, [QUESTION])
    frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, QUESTION, 0, 10)
    frontdesk.knowledge.delete_entry(entry.id, at_once=False)
    page = visit("knowledge", language="en-GB")
    sign_in(page, admin)
    page.locator(".st-key-draft-publish button").click()
    confirm = page.locator(".st-key-window-confirm button")
    expect(confirm).to_be_disabled()
    page.locator(".st-key-publish-unreplayed label").click()
    expect(confirm).to_be_enabled()
    page.locator(".st-key-publish-replay-start button").click()
    work(frontdesk)
    told = page.locator(".st-key-publish-replay")
    expect(told).to_contain_text("1 of 1 questions would be answered differently")
    expect(told.locator(".fd-change")).to_contain_text("Not answered any more")
    expect(told.locator(".fd-change")).to_contain_text("within 7 days")
    confirm.click()
    expect(page.locator(".st-key-waiting")).to_have_count(0)
    page.get_by_role("tab", name="Versions").click()
    page.locator(".st-key-replay-of-2 button").click()
    expect(page.get_by_role("dialog")).to_contain_text("published as version 2")


def test_an_agent_keeps_a_question_for_the_next_time(
    visit: Visit, agent: Agent, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    ask(frontdesk, [QUESTION])
    desk = visit("desk", language="en-GB")
    sign_in(desk, agent)
    desk.locator(".st-key-desk-view button").last.click()
    desk.locator("[class*='st-key-open-'] button").first.click()
    decision = desk.locator("[class*='st-key-decision-'] summary").first
    expect(decision).to_be_visible()
    # A menu that is opened while the page around it is still being drawn may close again.
    expect(desk.locator("[data-test-script-state=notRunning]")).to_be_visible()
    decision.click()
    desk.locator("[class*='st-key-label-'] button").first.click()
    desk.locator("[data-testid='stPopoverBody'] button", has_text=QUESTION).first.click()
    wait_for(lambda: frontdesk.question_sets.sets(knowledge_base_id), what="the set of the desk")
    (made,) = frontdesk.question_sets.sets(knowledge_base_id)
    (question,), _ = frontdesk.question_sets.questions(made.question_set.id, "", 0, 10)
    assert (question.text, question.wanted) == (QUESTION, Wanted.ENTRY)
