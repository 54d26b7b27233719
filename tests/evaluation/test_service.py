"""A set through the real ingestion and retrieval: right figures, and nothing left behind."""

import json
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from pymilvus import MilvusClient
from sqlalchemy import func, select

from deploy.local.programs import FRONTDESK
from frontdesk.bootstrap import Frontdesk
from frontdesk.errors import Conflict, Invalid, Unavailable
from frontdesk.evaluation.questions import read
from frontdesk.evaluation.service import BASE, Measured
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.models import Chunk
from tests.conftest import free_ports, without_own_settings
from tests.evaluation.sets import QUERIES, write
from tests.model_server import Script


def evaluate(frontdesk: Frontdesk, folder: Path) -> Measured:
    return frontdesk.evaluation.evaluate(read(folder), lambda *_: None)


def kept(frontdesk: Frontdesk) -> tuple[list[str], int, list[str], list[Path]]:
    """Knowledge bases, how many chunks, Milvus' collections and the uploaded files."""
    client = MilvusClient(frontdesk.settings.milvus_uri)
    collections = sorted(client.list_collections())
    client.close()
    with frontdesk.sessions() as session:
        chunks = session.scalars(select(func.count()).select_from(Chunk)).one()
    bases = [found.knowledge_base.name for found in frontdesk.knowledge.bases()]
    files = [path for path in frontdesk.settings.files_dir.iterdir() if path.is_file()]
    return bases, chunks, collections, files


@pytest.mark.usefixtures("entries")
def test_the_figures_are_right_and_nothing_is_left(frontdesk: Frontdesk, tmp_path: Path) -> None:
    before = kept(frontdesk)
    measured = evaluate(frontdesk, write(tmp_path))
    assert (measured.items, measured.answerable, measured.unanswerable) == (3, 4, 1)
    assert measured.passages == 5  # two of each entry, one of the document
    assert measured.hit_at_1 == 0.75
    assert measured.hit_at_5 >= measured.hit_at_1
    assert measured.mrr_at_10 >= 0.75
    assert measured.ndcg_at_10 >= measured.mrr_at_10
    assert measured.oos_auroc == 1
    assert 0 < measured.p50_ms <= measured.p95_ms
    assert measured.passages_per_s > 0
    assert list(measured.legs) == ["lexical"]
    assert kept(frontdesk) == before


def test_with_an_embedder_both_legs_are_measured(
    build: Callable[..., Frontdesk], model: tuple[str, Script], tmp_path: Path
) -> None:
    measured = evaluate(build(embedding_url=model[0]), write(tmp_path))
    assert list(measured.legs) == ["dense", "lexical"]
    assert measured.hit_at_1 == 0.75


def test_what_a_killed_one_left_is_gone_after_the_next(frontdesk: Frontdesk, tmp_path: Path) -> None:
    before = kept(frontdesk)
    left = frontdesk.knowledge.create_base(BASE).id
    frontdesk.knowledge.add_entries(left, [EntryText(("warranty of a kettle",), "None at all.")])
    frontdesk.indexing.index_entries(left)
    assert evaluate(frontdesk, write(tmp_path)).hit_at_1 == 0.75
    assert kept(frontdesk) == before


def test_an_item_that_cannot_be_indexed_is_told_and_nothing_is_left(frontdesk: Frontdesk, tmp_path: Path) -> None:
    before = kept(frontdesk)
    unreadable = {"id": "1", "title": "", "text": "\u0001"}
    with pytest.raises(Invalid):
        evaluate(frontdesk, write(tmp_path, [unreadable], [{"text": "q", "gold": ["1"]}]))
    assert kept(frontdesk) == before


def test_a_search_engine_that_is_away_is_told_and_not_waited_for(
    build: Callable[..., Frontdesk], tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    frontdesk = build(milvus_uri=f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable):
        evaluate(frontdesk, write(tmp_path))
    assert BASE not in [found.knowledge_base.name for found in frontdesk.knowledge.bases()]


def test_a_set_that_nothing_answers_is_refused(frontdesk: Frontdesk, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no question that something answers"):
        evaluate(frontdesk, write(tmp_path, queries=[QUERIES[-1]]))


def test_one_at_a_time(build: Callable[..., Frontdesk], tmp_path: Path) -> None:
    first, second = build(), build()
    questions = read(write(tmp_path))
    refused: list[Conflict] = []

    def meanwhile(*_: object) -> None:
        with pytest.raises(Conflict) as caught:
            second.evaluation.evaluate(questions, lambda *_: None)
        refused.append(caught.value)

    assert first.evaluation.evaluate(questions, meanwhile).hit_at_1 == 0.75
    assert {error.code for error in refused} == {"evaluating"}
    assert second.evaluation.evaluate(questions, lambda *_: None).hit_at_1 == 0.75


def run(stores: dict[str, str], *folders: Path) -> subprocess.CompletedProcess[str]:
    command = [FRONTDESK, "evaluate", *map(str, folders)]
    environment = without_own_settings() | stores
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("frontdesk")
def test_the_command_prints_json_and_a_table(stores: dict[str, str], tmp_path: Path) -> None:
    done = run(stores, write(tmp_path))
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["name"], figures["hit_at_1"], figures["oos_auroc"]) == (tmp_path.name, 0.75, 1)
    assert f"| {tmp_path.name} | 0.750 |" in done.stderr


@pytest.mark.usefixtures("frontdesk")
def test_the_command_says_in_a_line_what_is_wrong(stores: dict[str, str], tmp_path: Path) -> None:
    done = run(stores, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"frontdesk: {tmp_path}/corpus.jsonl cannot be read: No such file or directory.\n"


def test_a_base_that_an_inbox_answers_from_is_not_removed(
    frontdesk: Frontdesk, knowledge_base_id: uuid.UUID
) -> None:
    with pytest.raises(Conflict):
        frontdesk.indexing.remove_base(knowledge_base_id)
    assert frontdesk.knowledge.base(knowledge_base_id).id == knowledge_base_id
