"""What leaves as a file says the same as the report."""

import csv
import io
import json
import re
import subprocess
from datetime import date

import pytest

from deploy.local.programs import FRONTDESK
from frontdesk.agents import Agent
from frontdesk.bootstrap import Frontdesk
from frontdesk.conversations.models import Conversation, Message
from frontdesk.reports.exports import COLUMNS
from frontdesk.reports.filters import Filters
from tests.conftest import without_own_settings
from tests.reports.month import Month, month_of

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31), "Asia/Shanghai")


@pytest.fixture
def month(frontdesk: Frontdesk, agent: Agent) -> Month:
    """Some conversations."""
    return month_of(frontdesk.engine, 300)


def test_a_table_has_what_the_report_counts(frontdesk: Frontdesk, month: Month) -> None:
    text = b"".join(frontdesk.exports.table(MARCH)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    report = frontdesk.reports.report(MARCH)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == report.conversations
    assert [row["began"] for row in rows] == sorted(row["began"] for row in rows)
    assert all(row["began"].endswith("+08:00") for row in rows)
    for outcome in ("answered", "handed_over"):
        assert sum(row["outcome"] == outcome for row in rows) == report.rates[outcome].now.count
    assert sum(row["resolved"] == "yes" for row in rows) == report.rates["resolved"].now.count
    assert sum(row["resolved"] == "unknown" for row in rows) == report.unknown
    assert [sum(row["survey_score"] == str(score) for row in rows) for score in range(1, 6)] == report.scores
    waits = [float(row["first_response_seconds"]) for row in rows if row["first_response_seconds"]]
    assert len(waits) == report.times["first_response"].count


def test_every_line_of_exchanges_is_a_chat(frontdesk: Frontdesk, month: Month) -> None:
    lines = b"".join(frontdesk.exports.exchanges(MARCH)).decode().splitlines()
    assert 200 < len(lines) <= 300
    for line in lines:
        roles = [message["role"] for message in json.loads(line)["messages"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2)


def test_a_piece_is_no_larger_than_a_days_conversations(frontdesk: Frontdesk, month: Month) -> None:
    by_day = [piece.count(b"\r\n") for piece in frontdesk.exports.table(MARCH)]
    assert len(by_day) == 1 + MARCH.days
    assert max(by_day) < 0.2 * len(month.rows[Conversation])


def test_an_operator_exports_at_the_command_line(
    frontdesk: Frontdesk, month: Month, stores: dict[str, str]
) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = without_own_settings() | stores | {"FRONTDESK_ORDER_NUMBERS": r"says \d"}
        command = [FRONTDESK, "conversations", "export", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    days = ("--first", "2026-03-01", "--last", "2026-03-31")
    table = run(*days)
    assert table.returncode == 0, table.stderr
    assert table.stdout.count("\n") == 1 + frontdesk.reports.report(Filters(MARCH.first, MARCH.last)).conversations
    chats = run(*days, "--format", "jsonl", "--language", "en")
    said = re.escape(str(month.rows[Message][0]["text"])[:4])
    assert re.search(rf"{said}", chats.stdout)
    assert not re.search(r"says \d", chats.stdout)
    assert "[order]" in chats.stdout
    wrong = run("--first", "2026-03-02", "--last", "2026-03-01")
    assert (wrong.returncode, wrong.stderr[:10]) == (1, "frontdesk:")
