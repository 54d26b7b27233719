"""The real worker reads websites, also when it is killed in the middle of one."""

import os
import signal
import threading
from pathlib import Path

import pytest
from sqlalchemy import update

from frontdesk.database import now
from frontdesk.knowledge.feeds.models import Feed, FeedStatus
from frontdesk.knowledge.feeds.sources import Website
from frontdesk.settings import Settings
from tests.conftest import running_worker
from tests.feeds.conftest import HOST, serving
from tests.waiting import wait_for
from tests.worker.conftest import Shop

PAGES = 12


def test_a_killed_workers_website_is_read_to_its_end_by_the_next(
    shop: Shop, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTDESK_CRAWL_PRIVATE_HOSTS", HOST)
    monkeypatch.setenv("FRONTDESK_CRAWL_PAUSE_SECONDS", "0")
    reached, closed = threading.Event(), threading.Event()

    def hang(path: str) -> None:
        if path == "/6" and not reached.is_set():
            reached.set()
            closed.wait(60)

    with serving() as site:
        site.page("/", "Welcome.", *(f"/{number}" for number in range(PAGES)))
        for number in range(PAGES):
            site.page(f"/{number}", f"商品{number}号的保修期是{number}天。")
        site.before = hang
        feed_id = shop.frontdesk.feeds.create(shop.knowledge_base_id, "Shop", Website(site.url()), None).id
        with running_worker(settings, tmp_path) as worker:
            assert reached.wait(60), "the seventh page was not asked for"
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)
        closed.set()
        half = shop.frontdesk.feeds.feed(feed_id)
        assert half.status == FeedStatus.WORKING
        assert 0 < half.new < PAGES
        with shop.frontdesk.sessions.begin() as session:
            session.execute(update(Feed).where(Feed.id == feed_id).values(job_until=now()))
        with running_worker(settings, tmp_path):
            wait_for(lambda: shop.frontdesk.feeds.feed(feed_id).status == FeedStatus.DONE, 60, "the end of the run")
            wait_for(lambda: shop.found("商品7号的保修期"), 60, "the indexing of its pages")
        feed = shop.frontdesk.feeds.feed(feed_id)
        assert (feed.run, feed.found, feed.new) == (1, PAGES + 1, PAGES + 1)
        asked = site.pages_asked()
    assert asked.count("/6") == 2
    assert len(asked) == PAGES + 2
    assert len(shop.frontdesk.knowledge.documents(shop.knowledge_base_id)) == PAGES + 1
