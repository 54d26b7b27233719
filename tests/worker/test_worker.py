"""The real Celery worker with beat does what it is asked for, and what it was not asked for but is owed."""

import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from sqlalchemy import text

from frontdesk.conversations.models import Status
from frontdesk.database import now
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.knowledge.indexing import MOST_ATTEMPTS
from frontdesk.knowledge.models import SourceStatus
from frontdesk.settings import Settings
from tests.conftest import running_worker
from tests.handoffs.staff import hire
from tests.knowledge.files import archive, paragraph, word
from tests.waiting import wait_for
from tests.worker.conftest import Shop

MANUAL = "# 发货\n\n海南可以发货，首重运费十二元。\n\n# 保修\n\n小家电保修一年。\n"
QUESTION = "海南首重运费"


@pytest.fixture(scope="module", autouse=True)
def worker(base_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    """One worker for all tests here: none of them does it any harm."""
    with running_worker(base_settings, tmp_path_factory.mktemp("worker")) as process:
        yield process


def test_an_uploaded_document_becomes_ready(shop: Shop) -> None:
    document = shop.end(shop.put("manual.md", MANUAL))
    assert (document.status, document.error_code, document.passages) == (SourceStatus.READY, None, 2)
    assert "十二元" in shop.found(QUESTION)[0]


def test_what_an_agent_put_off_comes_back(shop: Shop) -> None:
    frontdesk = shop.frontdesk
    (agent,) = hire(frontdesk, 1)
    conversation = frontdesk.conversations.open("web", None, None)
    frontdesk.desk.request(conversation.id, conversation.contact_id)
    frontdesk.desk.claim(conversation.id, agent.id)
    frontdesk.desk.snooze(conversation.id, agent.id, now() + timedelta(seconds=1))
    wait_for(lambda: frontdesk.conversations.get(conversation.id).status is Status.OPEN, 30, "the worker's rounds")


def test_the_way_of_a_long_document_can_be_watched(shop: Shop) -> None:
    count = 1200
    document_id = shop.put("long.md", "\n".join(f"# 第{n}条\n\n商品{n}号保修{n}天。\n" for n in range(count)))
    seen = []

    def ready() -> bool:
        document = shop.document(document_id)
        seen.append((document.stage, document.progress, document.remaining_seconds))
        return document.status == SourceStatus.READY

    wait_for(ready, 60, "the end of the indexing")
    for stage in ("parse", "write"):
        shares = [share for of, share, _ in seen if of == stage and share is not None]
        assert shares == sorted(shares)
        assert any(0 < share < 1 for share in shares)
    assert any(remaining is not None for _, _, remaining in seen)
    assert shop.document(document_id).passages == count


def test_pasted_entries_become_findable(shop: Shop) -> None:
    shop.frontdesk.knowledge.add_entries(
        shop.knowledge_base_id, [EntryText(("可以退货吗", "怎么退货"), "七天内可以。")]
    )
    assert wait_for(lambda: shop.found("怎么退货"), what="the indexing of the entry") == ["七天内可以。"]


def test_a_job_that_redis_lost_is_found_by_the_sweep(shop: Shop, worker: subprocess.Popen[bytes]) -> None:
    os.killpg(worker.pid, signal.SIGSTOP)
    document_id = shop.put("manual.md", MANUAL)
    redis.Redis.from_url(shop.frontdesk.settings.redis_url).flushdb()
    os.killpg(worker.pid, signal.SIGCONT)
    assert shop.end(document_id).status == SourceStatus.READY


def test_a_file_that_turns_out_broken_fails_and_says_why(shop: Shop) -> None:
    sound = word(paragraph("海南可以发货，首重运费十二元。"))
    broken = archive({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document>no end"})
    document_id = shop.put("manual.docx", sound)
    assert shop.end(document_id).status == SourceStatus.READY
    assert shop.put("manual.docx", broken) == document_id
    failed = shop.end(document_id)
    assert (failed.status, failed.error_code) == (SourceStatus.FAILED, "file_broken")
    assert "damaged" in failed.error_message
    assert shop.found(QUESTION) == ["海南可以发货，首重运费十二元。"]


def test_a_file_that_kills_every_worker_is_given_up(shop: Shop) -> None:
    document_id = shop.put("manual.md", MANUAL)
    shop.end(document_id)
    with shop.frontdesk.engine.begin() as connection:
        # As the last of many workers leaves it that died over a second revision.
        connection.execute(text("UPDATE documents SET revision = 2, status = 'working'"))
    shop.let_the_lease_run_out(document_id, attempts=MOST_ATTEMPTS)
    failed = shop.end(document_id)
    assert (failed.status, failed.error_code) == (SourceStatus.FAILED, "gave_up")
    assert "十二元" in shop.found(QUESTION)[0]
