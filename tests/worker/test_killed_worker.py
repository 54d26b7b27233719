"""kill -9 of the whole worker in the middle of an ingestion: another one goes on where it stood."""

import os
import signal
import uuid
from functools import partial
from pathlib import Path

from pymilvus import MilvusClient

from frontdesk.knowledge.models import SourceStatus, Stage
from frontdesk.settings import Settings
from tests.conftest import running_worker
from tests.waiting import wait_for
from tests.worker.conftest import Shop

COUNT = 3000
BEFORE = 10
QUESTION = "商品7号的保修期"


def manual(unit: str, count: int) -> str:
    """A manual, each of whose sections becomes a passage."""
    return "\n".join(f"# 第{n}条\n\n商品{n}号的保修期是{n}{unit}。\n" for n in range(count))


def test_a_killed_workers_document_is_finished_by_the_next(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    document_id = shop.put("manual.md", manual("天", BEFORE))
    shop.frontdesk.indexing.index_document(document_id)
    shop.put("manual.md", manual("年", COUNT))
    for stage in (Stage.PARSE, Stage.WRITE):
        with running_worker(settings, tmp_path) as worker:
            wait_for(partial(has_begun, shop, document_id, stage), 60, f"the stage {stage}")
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)
        assert shop.document(document_id).status == SourceStatus.WORKING
        assert shop.found(QUESTION)[0].endswith("7天。")
        shop.let_the_lease_run_out(document_id)
    with running_worker(settings, tmp_path):
        assert shop.end(document_id, 60).passages == COUNT
    assert shop.found(QUESTION)[0].endswith("7年。")
    # The version before is kept, for whoever wants it back.
    assert shop.chunks(document_id) == BEFORE + COUNT
    assert rows_in_milvus(shop) == BEFORE + COUNT


def has_begun(shop: Shop, document_id: uuid.UUID, stage: Stage) -> bool:
    """Whether the worker is some way into this stage, or the next."""
    document = shop.document(document_id)
    return document.stage in (stage, Stage.WRITE) and document.done > 0


def rows_in_milvus(shop: Shop) -> int:
    """How many chunks Milvus holds for the shop."""
    client = MilvusClient(shop.frontdesk.settings.milvus_uri)
    collection = shop.frontdesk.knowledge.base(shop.knowledge_base_id).collection
    (row,) = client.query(collection, output_fields=["count(*)"], consistency_level="Strong")
    client.close()
    return row["count(*)"]
