"""An administrator looks after the staff and its teams; an agent says whether they are there."""

from collections.abc import Callable
from datetime import date

from playwright.sync_api import Page, expect

from frontdesk.agents import Agent, Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.teams.models import Team
from frontdesk.triage.models import Topic
from tests.conftest import PASSWORD
from tests.journeys.test_screens import sign_in

Visit = Callable[..., Page]


def fill(page: Page, key: str, text: str) -> None:
    field = page.locator(f".st-key-{key} input")
    field.fill(text)
    field.press("Tab")


def open_menu(page: Page, rows: str, of: str, choice: str) -> None:
    row = page.locator(f".st-key-{rows} > *", has_text=of)
    row.locator("[data-testid=stPopoverButton]").click()
    page.locator(f"[class*=st-key-{choice}-] button").click()


def test_somebody_is_added_changed_and_leaves(visit: Visit, admin: Agent, frontdesk: Frontdesk) -> None:
    page = visit("team", language="en-GB", width=390)
    sign_in(page, admin)
    page.get_by_role("tab", name="People").click()
    listed = page.locator(".st-key-agents")
    page.locator(".st-key-agent-add button").click()
    fill(page, "agent-email", "chen@shop.example")
    fill(page, "agent-name", "Chen Yu")
    password = page.locator(".st-key-agent-password input").input_value()
    page.locator(".st-key-agent-save button").click()
    expect(listed).to_contain_text("Chen Yu")
    chen = frontdesk.agents.sign_in("chen@shop.example", password).agent
    assert chen.role == Role.AGENT

    open_menu(page, "agents", "Chen Yu", "agent-of")
    fill(page, "agent-capacity", "2")
    page.locator(".st-key-agent-save button").click()
    expect(listed).to_contain_text("up to 2 at once")

    open_menu(page, "agents", "Chen Yu", "agent-password-of")
    fill(page, "agent-password", "another long password")
    page.locator(".st-key-agent-password-save button").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    frontdesk.agents.sign_in("chen@shop.example", "another long password")

    open_menu(page, "agents", "Chen Yu", "agent-leaving-of")
    page.locator(".st-key-agent-leaving-confirm button").click()
    expect(listed).to_contain_text("inactive")

    open_menu(page, "agents", admin.name, "agent-leaving-of")
    page.locator(".st-key-agent-leaving-confirm button").click()
    expect(page.get_by_role("dialog")).to_contain_text("last active administrator")


def test_a_team_gets_people_hours_and_a_promise(
    visit: Visit, admin: Agent, agent: Agent, frontdesk: Frontdesk
) -> None:
    with frontdesk.sessions.begin() as session:
        session.add(Topic(name="退换货"))
    page = visit("team", language="zh-CN")
    sign_in(page, admin)
    page.get_by_role("tab", name="小组").click()
    page.locator(".st-key-team-add button").click()
    fill(page, "team-name", "售后")
    page.locator(".st-key-team-members input").fill(agent.name)
    page.get_by_role("option", name=agent.name).click()
    page.locator(".st-key-team-name input").click()
    page.locator(".st-key-team-topics input").fill("退换")
    page.get_by_role("option", name="退换货").click()
    page.locator(".st-key-team-name input").click()
    page.locator(".st-key-team-first_response input").fill("5 分钟")
    page.get_by_role("option", name="5 分钟", exact=True).click()
    page.locator(".st-key-team-save button").click()
    listed = page.locator(".st-key-teams")
    expect(listed).to_contain_text("5 分钟内首次回复")
    expect(listed).to_contain_text("工作中")
    expect(listed).to_contain_text("退换货")

    open_menu(page, "teams", "售后", "team-hours-of")
    page.locator(".st-key-hours-way button").last.click()
    page.locator(".st-key-hours-day-0 [class*=st-key-hours-add] button").click()
    expect(page.locator(".st-key-hours-day-0 [class*=st-key-hours-to]")).to_have_count(2)
    page.locator(".st-key-hours-copy button").click()
    expect(page.locator(".st-key-hours-day-4 [class*=st-key-hours-to]")).to_have_count(2)
    page.locator(".st-key-hours-day-4 [class*=st-key-hours-open] label").first.click()
    expect(page.locator(".st-key-hours-day-4")).to_contain_text("休息")
    page.locator(".st-key-hours-save button").click()
    expect(listed).to_contain_text("周一至周四 09:00–12:00、13:00–18:00")

    team = only_team(frontdesk)
    assert team.hours["4"] == []
    # A page from before somebody else's change must not write over it.
    open_menu(page, "teams", "售后", "team-hours-of")
    expect(page.locator(".st-key-hours-save")).to_be_visible()
    frontdesk.teams.change(team.id, holidays=[date(2099, 1, 1)])
    page.locator(".st-key-hours-save button").click()
    expect(page.get_by_role("dialog")).to_contain_text("其他人刚刚修改了这个小组")
    assert only_team(frontdesk).holidays == [date(2099, 1, 1)]


def only_team(frontdesk: Frontdesk) -> Team:
    (found,) = frontdesk.teams.list()
    return found.team


def test_an_agent_is_there_while_a_page_is_open_and_has_a_password_of_their_own(
    visit: Visit, admin: Agent, agent: Agent, frontdesk: Frontdesk
) -> None:
    desk = visit("desk", language="en-GB")
    sign_in(desk, agent)
    expect(desk.locator(".st-key-presence-online")).to_be_visible()
    staff = visit("team", language="en-GB")
    sign_in(staff, admin)
    staff.get_by_role("tab", name="People").click()
    row = staff.locator(".st-key-agents > *", has_text=agent.email)
    expect(row.get_by_role("img", name="Available")).to_be_visible()
    # A button with an explanation is there once for each kind of pointer.
    desk.locator(".st-key-presence-online button:visible").click()
    expect(desk.locator(".st-key-presence-away")).to_be_visible()
    expect(row.get_by_role("img", name="Away")).to_be_visible()
    desk.reload()
    expect(desk.locator(".st-key-presence-away")).to_be_visible()
    desk.locator("[class*=st-key-account-menu] button").first.click()
    desk.locator(".st-key-to-password button").click()
    fill(desk, "password-now", PASSWORD)
    fill(desk, "password-new", "another long password")
    desk.locator(".st-key-password-save button").click()
    expect(desk.get_by_text("Your password is changed")).to_be_visible()
    frontdesk.agents.sign_in(agent.email, "another long password")
    desk.locator("[class*=st-key-account-menu] button").first.click()
    desk.locator(".st-key-sign-out button").click()
    expect(row).to_contain_text("Not here")


def test_agents_do_not_see_the_staff_page(visit: Visit, agent: Agent) -> None:
    page = visit("team", language="en-GB")
    sign_in(page, agent)
    expect(page.get_by_text("Administrators look after the team.")).to_be_visible()
    expect(page.locator(".st-key-agents")).to_have_count(0)
    expect(page.locator(".st-key-nav")).not_to_contain_text("Team")
