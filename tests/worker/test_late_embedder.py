"""The embedder comes while the worker runs: the sweep notices, and kill -9 in the middle costs one batch."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from frontdesk.bootstrap import Frontdesk
from frontdesk.jobs import Job, Jobs, make_celery
from frontdesk.knowledge.collections import CHUNKS_AT_ONCE
from tests.conftest import running_worker
from tests.model_server import Script
from tests.waiting import wait_for
from tests.worker.conftest import Shop
from tests.worker.test_killed_worker import manual

COUNT = 1000
QUESTION = "商品7号的保修期"


def test_a_killed_rebuild_goes_on_where_it_stood(
    shop: Shop, build: Callable[..., Frontdesk], model: tuple[str, Script], tmp_path: Path
) -> None:
    url, script = model
    document_id = shop.put("manual.md", manual("天", COUNT))
    shop.frontdesk.indexing.index_document(document_id)
    hybrid = build(embedding_url=url)

    def legs() -> list[str]:
        return list(hybrid.assistant.consider(shop.knowledge_base_id, QUESTION).legs)

    def embedded() -> int:
        """How many passages the embedder was asked for."""
        return sum(len(body["input"]) for body in script.embedded if body["input_type"] == "document")

    before_the_switch: list[int] = []

    def is_switched() -> bool:
        count = embedded()
        if legs() == ["lexical", "dense"]:
            return True
        before_the_switch.append(count)
        return False

    def sweep() -> None:
        Jobs(make_celery(hybrid.settings.redis_url)).enqueue(Job.SWEEP)

    with running_worker(hybrid.settings, tmp_path) as worker:
        sweep()
        wait_for(lambda: embedded() > COUNT / 3, 30, "the first third")
        script.embeds.clear()
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)
    script.embeds.set()
    assert COUNT / 3 < embedded() < COUNT
    assert legs() == ["lexical"]
    with hybrid.engine.begin() as connection:
        connection.execute(text("UPDATE rebuilds SET job_until = now()"))
    with running_worker(hybrid.settings, tmp_path):
        sweep()
        wait_for(is_switched, 60, "the switch")
    # What is measured of the new vectors afterwards asks for some of them again, and is no part of it.
    assert embedded() >= COUNT
    assert before_the_switch[-1] <= COUNT + CHUNKS_AT_ONCE
