"""Question sets, replays and stored decisions at the command line."""

import json
import subprocess
import uuid
from pathlib import Path

import pytest

from deploy.local.programs import FRONTDESK
from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.versions import NOBODY
from tests.conftest import without_own_settings
from tests.evaluation.shop import ask


@pytest.mark.usefixtures("entries")
def test_an_operator_asks_and_replays(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID, stores: dict[str, str], tmp_path: Path
) -> None:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = without_own_settings() | stores
        return subprocess.run([FRONTDESK, *arguments], env=environment, capture_output=True, text=True, check=False)

    def run(*arguments: str) -> str:
        done = command(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    ask(frontdesk, ["怎么退货", "股票代码是多少"])
    table = tmp_path / "questions.csv"
    rows = "怎么退货,7天内,,签收后7天内可以无理由退货。\n股票代码是多少,,yes,\n"
    table.write_text(f"question,passage,handoff,reference\n{rows}", "utf-8")
    of_set = ("--base", "Shop", "--set", "Mine")
    assert "2 added" in run("questions", "import", str(table), *of_set)
    assert "怎么退货" in run("questions", "export", *of_set)
    figures = json.loads(run("questions", "ask", *of_set))
    assert (figures["right"], figures["handed_over"], figures["with_reference"]) == (1, 1, 1)
    assert 0.5 < figures["rouge_l"] < 1
    refused = command("questions", "ask", "--with-model", *of_set)
    assert (refused.returncode, refused.stderr) == (1, "frontdesk: No chat model is configured.\n")

    frontdesk.editions.gather(knowledge_base_id, True, NOBODY)
    (entry,), _ = frontdesk.knowledge.entries(knowledge_base_id, "怎么退货", 0, 10)
    frontdesk.knowledge.delete_entry(entry.id, at_once=False)
    figures, affected = map(json.loads, run("replay", "draft", "--base", "Shop").splitlines())
    assert (figures["asked"], figures["newly_handed"]) == (2, 1)
    assert (affected["question"], affected["result"]) == ("怎么退货", "newly_handed")
    told = json.loads(run("replay", "decisions"))
    assert (told["asked"], told["identical"]) == (2, 2)
