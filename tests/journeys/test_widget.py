"""The widget on a foreign website, in a real browser."""

import hashlib
import hmac
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Message, Status
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.settings import Settings
from frontdesk.widget.models import Position
from frontdesk.widget.service import Setup
from tests.conftest import free_ports
from tests.journeys.sites import complaints, running_site, told
from tests.model_server import Script
from tests.waiting import wait_for

QUESTION = "Do you ship to Hainan?"
ANSWER = "it takes 3 to 5 days"

Open = Callable[..., Page]


def allow(frontdesk: Frontdesk, *origins: str, colour: str = "#0f766e") -> None:
    frontdesk.widgets.configure("web", Setup(colour, Position.RIGHT, origins, None))


@pytest.fixture
def site(api: httpx.Client, frontdesk: Frontdesk, entries: None) -> Iterator[str]:
    """A website that may show the chat; gives its origin."""
    with running_site(str(api.base_url).rstrip("/")) as origin:
        allow(frontdesk, origin)
        yield origin


@pytest.fixture
def look(browser: Browser) -> Iterator[Open]:
    """Opens a website in a browser of its own, as wide as a small phone."""
    with ExitStack() as stack:

        def at(origin: str, language: str = "en-US", width: int = 360) -> Page:
            context = browser.new_context(locale=language, viewport={"width": width, "height": 740})
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.complaints = complaints(page)
            page.goto(origin)
            return page

        yield at


def ask(page: Page, text: str = QUESTION) -> None:
    page.locator(".composer textarea").fill(text)
    page.locator(".composer textarea").press("Enter")


def answers(page: Page) -> Locator:
    return page.locator(".message.assistant:not(.draft):has(.by)")


def focus_by_tab(page: Page, wanted: Locator) -> None:
    """Press Tab until this has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(40):
        if wanted.evaluate("one => one.getRootNode().activeElement === one"):
            return
        page.keyboard.press("Tab")
    pytest.fail("the focus does not come there")


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds that would keep somebody out, with the element."""
    violations = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in violations if one["impact"] in ("serious", "critical")]


def said(frontdesk: Frontdesk) -> list[Message]:
    with frontdesk.sessions() as session:
        return list(session.scalars(select(Message).order_by(Message.conversation_id, Message.sequence)))


def test_all_of_it_goes_by_keyboard_on_a_strict_site(look: Open, site: str, frontdesk: Frontdesk) -> None:
    page = look(site)
    launcher = page.locator(".launcher")
    focus_by_tab(page, launcher)
    page.keyboard.press("Enter")
    text = page.get_by_role("textbox", name="Your message")
    expect(text).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(answers(page)).to_contain_text(ANSWER)

    source = page.locator(".source").first
    focus_by_tab(page, source)
    page.keyboard.press("Enter")
    expect(page.locator(".sheet .card")).to_contain_text(ANSWER)
    expect(page.locator(".sheet h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(source).to_be_focused()

    thumb = page.get_by_role("button", name="No, this did not help")
    focus_by_tab(page, thumb)
    page.keyboard.press("Space")
    expect(thumb).to_have_attribute("aria-pressed", "true")
    focus_by_tab(page, page.get_by_role("textbox", name="What was wrong?"))
    page.keyboard.type("Which part of Hainan?")
    page.keyboard.press("Enter")
    expect(thumb).to_be_focused()

    focus_by_tab(page, page.get_by_role("button", name="Talk to a person"))
    page.keyboard.press("Enter")
    expect(page.locator(".state")).to_contain_text("A person will reply right here")
    page.keyboard.press("Escape")
    expect(launcher).to_be_focused()
    expect(page.locator(".window")).to_be_hidden()

    (rated,) = [message for message in said(frontdesk) if message.rating]
    assert (rated.rating, rated.rating_reason) == ("down", "Which part of Hainan?")
    with frontdesk.sessions() as session:
        assert session.scalars(select(Conversation.status)).one() == Status.OPEN
    assert page.complaints == []


def test_asked_back_a_visitor_chooses_or_means_none(
    look: Open, site: str, frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    fees = {"海南的运费是多少？": "海南首重运费12元。", "新疆的运费是多少？": "新疆首重运费18元。"}
    frontdesk.knowledge.add_entries(knowledge_base_id, [EntryText((one,), fee) for one, fee in fees.items()])
    frontdesk.indexing.index_entries(knowledge_base_id)
    for meant in ("新疆的运费是多少？", "None of these"):
        page = look(site)
        page.locator(".launcher").click()
        ask(page, "运费是多少")
        expect(answers(page).locator(".bubble")).to_have_text("您想问的是哪一个？")
        offered = page.get_by_role("group", name="Which of these do you mean?")
        expect(offered.get_by_role("button")).to_have_count(3)
        assert serious(page) == []
        offered.get_by_role("button", name=meant).click()
        expect(offered).to_have_count(0)
        expect(answers(page).first.locator(".bubble")).to_contain_text("新疆的运费是多少？")
        if meant in fees:
            expect(answers(page).last).to_contain_text(fees[meant])
        else:
            expect(page.locator(".state")).to_contain_text("You are number 1 in line.")
        assert page.complaints == []


def test_a_person_answers_in_the_widget(look: Open, site: str, frontdesk: Frontdesk, agent: Agent) -> None:
    page = look(site, language="zh-CN")
    page.locator(".launcher").click()
    page.locator(".person").click()
    expect(page.locator(".state")).to_contain_text("A person will reply")
    with frontdesk.sessions() as session:
        conversation_id = session.scalars(select(Conversation.id)).one()
    frontdesk.desk.claim(conversation_id, agent.id)
    expect(page.locator(".status")).to_contain_text("Li Ming")
    frontdesk.desk.reply(conversation_id, agent.id, "Which lamp do you mean?", None)
    expect(page.locator(".message.agent")).to_contain_text("Which lamp do you mean?")

    page.get_by_role("button", name="Close the chat").click()
    frontdesk.desk.reply(conversation_id, agent.id, "The large one?", None)
    expect(page.locator(".badge")).to_have_text("1")
    page.locator(".launcher").click()
    expect(page.locator(".message.agent")).to_have_count(2)
    expect(page.locator(".badge")).to_be_hidden()
    assert page.complaints == []


def test_who_waits_leaves_word_and_says_afterwards_how_it_went(
    look: Open, site: str, frontdesk: Frontdesk, agent: Agent
) -> None:
    page = look(site)
    page.locator(".launcher").click()
    page.locator(".person").click()
    expect(page.locator(".state")).to_contain_text("A person will reply")
    with frontdesk.sessions() as session:
        conversation_id = session.scalars(select(Conversation.id)).one()

    offer = page.get_by_role("button", name="Leave e-mail or phone")
    focus_by_tab(page, offer)
    page.keyboard.press("Enter")
    focus_by_tab(page, page.get_by_role("textbox", name="E-mail"))
    page.keyboard.type("ann at shop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This is not an e-mail address.")
    expect(page.get_by_role("textbox", name="E-mail")).to_be_focused()
    assert serious(page) == []
    page.get_by_role("textbox", name="E-mail").fill("ann@shop.example")
    page.keyboard.press("Enter")
    expect(page.locator(".state")).to_contain_text("we get back to you")
    assert frontdesk.desk.get(conversation_id).callback.email == "ann@shop.example"
    page.reload()
    page.locator(".launcher").click()
    expect(page.locator(".state")).to_contain_text("we get back to you")

    frontdesk.desk.claim(conversation_id, agent.id)
    expect(page.get_by_role("button", name="Change e-mail or phone")).to_be_hidden()
    frontdesk.signs.agent_is_there(conversation_id, agent, writes=True)
    expect(page.locator(".draft.agent .dot")).to_have_count(3)
    expect(page.locator(".status")).to_have_text("Li Ming is writing")
    frontdesk.desk.reply(conversation_id, agent.id, "It is on its way.", None)
    expect(page.locator(".draft")).to_be_hidden()
    expect(page.locator(".status")).to_have_text("Talking to Li Ming")
    page.locator(".composer textarea").press_sequentially("Than")
    with frontdesk.sessions() as session:
        stored = session.get_one(Conversation, conversation_id).last_sequence
    frontdesk.desk.resolve(conversation_id, agent.id, stored)

    survey = page.get_by_role("group", name="How did it go?")
    focus_by_tab(page, survey.get_by_role("radio").first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="No, thanks")).to_be_in_viewport(ratio=1)
    assert serious(page) == []
    page.keyboard.press("Tab")
    page.keyboard.type("Quick")
    page.keyboard.press("Enter")
    expect(page.locator(".survey")).to_have_text("Thank you for telling us")
    given = frontdesk.surveys.get(conversation_id)
    assert given is not None
    assert (given.score, given.words) == (4, "Quick")
    page.reload()
    page.locator(".launcher").click()
    expect(page.locator(".state")).to_contain_text("This conversation is closed")
    expect(page.locator(".survey")).to_have_count(0)
    assert page.complaints == []


def test_what_the_visitor_types_is_told_now_and_then(look: Open, site: str, frontdesk: Frontdesk) -> None:
    page = look(site)
    page.locator(".launcher").click()
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if request.url.endswith("/typing") else None)
    text = page.locator(".composer textarea")
    text.press_sequentially("Hello")
    text.fill("")
    page.locator(".person").click()
    expect(page.locator(".state")).to_contain_text("A person will reply")
    with page.expect_response(lambda response: response.url.endswith("/typing")) as answer:
        text.press_sequentially("Are you there, please?")
    assert answer.value.status == 204
    assert len(told) == 1
    assert page.complaints == []


def test_axe_finds_nothing_serious(look: Open, site: str, frontdesk: Frontdesk) -> None:
    allow(frontdesk, site, colour="#ffd400")  # a colour on which white could not be read
    page = look(site)

    page.locator(".launcher").wait_for()
    assert serious(page) == []
    page.locator(".launcher").click()
    assert serious(page) == []
    ask(page)
    page.get_by_role("button", name="No, this did not help").click()
    page.locator(".why input").wait_for()
    assert serious(page) == []
    page.locator(".source").first.click()
    assert serious(page) == []
    page.get_by_role("button", name="Back to the conversation").click()
    page.get_by_role("button", name="Earlier conversations").click()
    page.locator(".earlier button").wait_for()
    assert serious(page) == []


def test_history_is_there_after_a_reload(look: Open, site: str) -> None:
    page = look(site)
    page.locator(".launcher").click()
    ask(page)
    expect(answers(page)).to_contain_text(ANSWER)
    page.reload()
    page.locator(".launcher").click()
    expect(page.locator(".message.contact")).to_contain_text(QUESTION)
    expect(answers(page)).to_contain_text(ANSWER)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".message.contact")).to_have_count(0)
    ask(page, "How do I get an invoice?")
    expect(answers(page)).to_contain_text("Invoices are sent by e-mail")
    page.get_by_role("button", name="Earlier conversations").click()
    expect(page.locator(".earlier button")).to_have_count(2)
    page.locator(".earlier button", has_text=QUESTION).click()
    expect(page.locator(".message.contact")).to_contain_text(QUESTION)


def test_what_is_typed_without_a_network_arrives_once(look: Open, site: str, frontdesk: Frontdesk) -> None:
    page = look(site)
    page.locator(".launcher").click()
    ask(page)
    expect(answers(page)).to_contain_text(ANSWER)
    page.context.set_offline(True)
    ask(page, "How do I get an invoice?")
    expect(page.locator(".outgoing")).to_contain_text("Not delivered yet")
    expect(page.locator(".news")).to_contain_text("No connection")
    page.context.set_offline(False)
    expect(answers(page)).to_have_count(2)
    expect(page.locator(".outgoing")).to_have_count(0)
    expect(page.locator(".news")).to_be_hidden()
    assert [m.text for m in said(frontdesk) if m.sender == "contact"] == [QUESTION, "How do I get an invoice?"]


def test_a_site_that_is_not_allowed_gets_nothing(look: Open, site: str, frontdesk: Frontdesk) -> None:
    allow(frontdesk, "https://another.example")
    page = look(site)
    refusal = told(page, page.complaints, "Frontdesk")
    assert site in refusal
    assert "page Website" in refusal
    assert page.locator("[data-frontdesk]").count() == 0
    # Whoever leaves the widget aside is refused as well.
    outcome = page.evaluate(
        "(url) => fetch(url, { method: 'POST' }).then((answer) => answer.status, () => 'unreadable')",
        page.locator("script").get_attribute("src").replace("/widget.js", "/v1/conversations"),
    )
    assert outcome == "unreadable"
    with frontdesk.sessions() as session:
        assert session.scalars(select(Conversation)).all() == []


def test_a_user_of_the_site_finds_their_history_in_another_browser(
    look: Open, site: str, api: httpx.Client, frontdesk: Frontdesk
) -> None:
    secret = frontdesk.widgets.secret(frontdesk.widgets.renew_secret("web"))
    user_hash = hmac.new(secret.encode(), b"4711", hashlib.sha256).hexdigest()
    stranger = look(site)
    stranger.locator(".launcher").click()
    ask(stranger)
    expect(answers(stranger)).to_contain_text(ANSWER)
    stranger.evaluate("([id, hash]) => Frontdesk.identify(id, hash)", ["4711", user_hash])
    expect(answers(stranger)).to_contain_text(ANSWER)

    address = str(api.base_url).rstrip("/")
    with (
        running_site(address, attributes=f' data-user-id="4711" data-user-hash="{user_hash}"') as theirs,
        running_site(address, attributes=f' data-user-id="4712" data-user-hash="{user_hash}"') as forged,
    ):
        allow(frontdesk, site, theirs, forged)
        at_home = look(theirs)
        at_home.locator(".launcher").click()
        expect(at_home.locator(".message.contact")).to_contain_text(QUESTION)
        wrong = look(forged)
        told(wrong, wrong.complaints, "identity_refused")
        wrong.locator(".launcher").click()
        expect(wrong.locator(".log .message")).to_have_count(1)  # the greeting
    # Who signs out leaves nothing to whoever sits here next.
    stranger.evaluate("() => Frontdesk.identify(null)")
    expect(stranger.locator(".message.contact")).to_have_count(0)


@contextmanager
def api_process(settings: Settings, port: int, model_url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The api as a process of its own, with a model."""
    environment = os.environ | {
        "FRONTDESK_DATABASE_URL": settings.database_url,
        "FRONTDESK_REDIS_URL": settings.redis_url,
        "FRONTDESK_MILVUS_URI": settings.milvus_uri,
        "FRONTDESK_SECRET_KEY": settings.secret_key.get_secret_value(),
        "FRONTDESK_FILES_DIR": str(settings.files_dir),
        "FRONTDESK_LLM_URL": model_url,
        "FRONTDESK_API_PORT": str(port),
    }
    with log.open("ab") as output:
        api = subprocess.Popen(
            [sys.executable, "-m", "services.api"], env=environment, stdout=output, stderr=output
        )
    try:
        yield api
    finally:
        api.kill()
        api.wait(10)


def is_alive(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.mark.timeout(300)
def test_an_api_that_is_killed_in_the_middle_of_an_answer_costs_nothing(
    look: Open,
    settings: Settings,
    frontdesk: Frontdesk,
    knowledge_base_id: uuid.UUID,
    model: tuple[str, Script],
    tmp_path: Path,
) -> None:
    model_url, script = model
    script.reply = ["Certainly, see here [1]. ", "And also here [1]."]
    frontdesk.knowledge.add_entries(knowledge_base_id, [EntryText((QUESTION,), f"Yes, to Hainan {ANSWER}.")])
    frontdesk.indexing.index_entries(knowledge_base_id)
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with running_site(url) as origin:
        allow(frontdesk, origin)
        with api_process(settings, port, model_url, tmp_path / "api.log"):
            wait_for(lambda: is_alive(url), 60, "the start of the api")
            page = look(origin)
            page.locator(".launcher").click()
            script.gate.clear()
            ask(page)
            expect(page.locator(".draft")).to_contain_text("Certainly, see here")
        script.gate.set()
        expect(page.locator(".news")).to_contain_text("No connection")
        ask(page, "How long does it take?")
        with api_process(settings, port, model_url, tmp_path / "api.log"):
            expect(answers(page).first).to_contain_text("And also here", timeout=60_000)
            expect(page.locator(".outgoing")).to_have_count(0, timeout=60_000)
            expect(page.locator(".message.contact")).to_have_count(2)
            wait_for(lambda: said(frontdesk)[-1].sender != "contact", 60, "the last reply")
            shown = len(said(frontdesk))
            expect(page.locator(".log .message:has(.by)")).to_have_count(shown)
            assert [m.text for m in said(frontdesk) if m.sender == "contact"] == [
                QUESTION,
                "How long does it take?",
            ]
