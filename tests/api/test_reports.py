"""Surveys and reports over HTTP."""

import csv
import io
import json
from datetime import date
from typing import Any

import httpx
import pytest

from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from tests.api.people import Agent, Contact, refused

pytestmark = pytest.mark.usefixtures("entries")


def today() -> dict[str, str]:
    day = now().date().isoformat()
    return {"first": day, "last": day}


def settled(contact: Contact, li: Agent) -> None:
    """The assistant answers one question, and Li Ming the next."""
    assert "7 days" in contact.ask("What is your return policy?")["text"]
    contact.ask_for_person()
    contact.say("I am Anna, call me on 415-555-0132. Do you repair kettles?").raise_for_status()
    li.claim(contact.conversation_id).raise_for_status()
    li.reply(contact.conversation_id, "Yes, we do. Write to li@shop.example. Li Ming").raise_for_status()
    li.post(f"/desk/conversations/{contact.conversation_id}/resolve").raise_for_status()


def test_a_survey_is_given_and_seen_by_both_sides(contact: Contact, li: Agent) -> None:
    body = {"score": 4, "words": "Quick"}
    assert refused(contact.send("PUT", f"{contact.path}/survey", json=body), 409) == "nothing_to_survey"
    settled(contact, li)
    assert contact.get(contact.path)["survey"] is None
    given = contact.send("PUT", f"{contact.path}/survey", json=body).raise_for_status().json()["survey"]
    assert (given["score"], given["words"]) == (4, "Quick")
    assert contact.get(contact.path)["survey"] == given == li.conversation(contact.conversation_id)["survey"]
    for score in (0, 6, 4.5, None):
        refused(contact.send("PUT", f"{contact.path}/survey", json={"score": score}), 422)


def test_a_stranger_gives_no_survey(api: httpx.Client, contact: Contact, li: Agent) -> None:
    settled(contact, li)
    stranger = Contact(api)
    answer = stranger.send("PUT", f"{contact.path}/survey", json={"score": 1})
    assert refused(answer, 404) == "conversation_not_found"


def test_a_report_tells_what_came_of_a_conversation(contact: Contact, li: Agent, boss: Agent) -> None:
    settled(contact, li)
    contact.send("PUT", f"{contact.path}/survey", json={"score": 5}).raise_for_status()
    report = boss.get("/reports", params=today() | {"zone": "Asia/Shanghai"} | shanghai())
    assert report["conversations"] == report["contacts"] == report["unknown"] == 1
    handed = report["rates"]["handed_over"]
    assert (handed["now"]["count"], handed["now"]["of"], handed["change"]) == (1, 1, None)
    assert [one["reason"] for one in report["reasons"]] == ["asked"]
    assert (report["scores"], report["mean_score"]) == ([0, 0, 0, 0, 1], 5)
    assert report["times"]["first_response"]["count"] == 1
    assert sum(day["conversations"] for day in report["days"]) == 1
    assert sum(hour["handed_over"] for day in report["hours"] for hour in day) == 1
    none = boss.get("/reports", params=shanghai() | {"zone": "Asia/Shanghai", "language": "zh"})
    assert none["conversations"] == 0


def shanghai() -> dict[str, str]:
    """All days on which it may be today there."""
    return {"first": "2026-01-01", "last": "2026-12-31"} if now().year == 2026 else today()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"first": "2026-03-02", "last": "2026-03-01"}, "days_invalid"),
        ({"first": "2025-01-01", "last": "2026-12-01"}, "days_too_many"),
        ({"first": "0001-01-01", "last": "0001-01-02"}, "days_invalid"),
        ({"first": "2026-03-01", "last": "2026-03-02", "zone": "Mars/Olympus"}, "zone_invalid"),
        ({"first": "2026-03-01", "last": "2026-03-02", "zone": "../etc/passwd"}, "zone_invalid"),
        ({"first": "2026-03-01", "last": "2026-03-02", "zone": "a\0b"}, "zone_invalid"),
    ],
)
def test_a_report_that_can_not_be_made_says_why(boss: Agent, wrong: dict[str, str], code: str) -> None:
    assert refused(boss.send("GET", "/reports", params=wrong), 422) == code


def test_choices_name_inboxes_and_topics(boss: Agent) -> None:
    found = boss.get("/reports/choices")
    assert [one["name"] for one in found["inboxes"]] == ["web"]
    assert found["topics"] == []


def test_conversations_leave_as_a_table(contact: Contact, li: Agent, boss: Agent) -> None:
    settled(contact, li)
    survey = {"score": 1, "words": "=HYPERLINK(1) call 13812345678"}
    contact.send("PUT", f"{contact.path}/survey", json=survey).raise_for_status()
    answer = boss.send("GET", "/reports/conversations", params=today()).raise_for_status()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "conversations.csv" in answer.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert row["id"] == contact.conversation_id
    assert (row["outcome"], row["handoff_reason"], row["resolved"]) == ("handed_over", "asked", "unknown")
    assert (row["inbox"], row["language"], row["survey_score"]) == ("web", "en", "1")
    assert row["survey_words"] == "'=HYPERLINK(1) call [phone]"
    assert date.fromisoformat(row["began"][:10]) == now().date()
    assert float(row["first_response_seconds"]) >= 0


def exchanged(boss: Agent) -> list[Any]:
    answer = boss.send("GET", "/reports/exchanges", params=today()).raise_for_status()
    assert answer.headers["content-type"] == "application/jsonl"
    return [json.loads(line)["messages"] for line in answer.text.splitlines()]


def test_accepted_answers_leave_without_personal_data(
    frontdesk: Frontdesk, contact: Contact, li: Agent, boss: Agent
) -> None:
    settled(contact, li)
    (messages,) = exchanged(boss)
    assert [message["role"] for message in messages] == ["user", "assistant"]
    # Who asks for a person right after an answer was not helped by it.
    assert messages[0]["content"].startswith("What is your return policy?\n")
    assert messages[0]["content"].endswith("call me on [phone]. Do you repair kettles?")
    assert messages[1]["content"] == "Yes, we do. Write to [email]. [name]"
    contact.send("PUT", f"{contact.path}/survey", json={"score": 2}).raise_for_status()
    assert exchanged(boss) == []
