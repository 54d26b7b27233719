"""A website on this machine that can be slow, huge, hostile or gone, and feeds that read it."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from sqlalchemy import select, update

from frontdesk.bootstrap import Frontdesk
from frontdesk.database import now
from frontdesk.knowledge.feeds.models import Feed, FeedPage, FeedStatus
from frontdesk.knowledge.feeds.sources import Website
from frontdesk.knowledge.models import Document

HOST = "localhost"


@dataclass
class Answer:
    """What the site says at an address."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    trickles: bool = False
    """Sends a byte now and then, until the site is closed."""


@dataclass
class WebServer:
    """A small site; paths that nobody put there are 404."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    is_down: bool = False
    before: Callable[[str], None] = lambda path: None
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", host: str = HOST) -> str:
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, body: str | bytes, status: int = 200, trickles: bool = False, **headers: str) -> None:
        """Put an answer there; header names are written with `_`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body.encode() if isinstance(body, str) else body
        self.answers[path] = Answer(content, status, {"Content-Type": "text/html; charset=utf-8"} | named, trickles)

    def page(self, path: str, text: str, *links: str, head: str = "", **headers: str) -> None:
        """Put a page there with links in it."""
        anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
        title = f"<title>Page {path}</title>"
        html = f"<html><head>{title}{head}</head><body><p>{text}</p><ul>{anchors}</ul></body></html>"
        self.put(path, html, **headers)

    def move(self, path: str, target: str) -> None:
        """Have an address lead to another one."""
        self.put(path, "", 302, Location=target)

    def pages_asked(self) -> list[str]:
        """The paths that were asked for, but for robots.txt; forgets them."""
        asked, self.asked = [path for path in self.asked if path != "/robots.txt"], []
        return asked


@contextmanager
def serving() -> Iterator[WebServer]:
    """A site on a free port of localhost."""
    web = WebServer()

    class Requests(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"

        def do_GET(self) -> None:
            web.asked.append(self.path)
            web.headers.append(dict(self.headers))
            web.before(self.path)
            answer = Answer(b"down", 503) if web.is_down else web.answers.get(self.path, Answer(b"", 404))
            etag = answer.headers.get("ETag")
            if etag and self.headers.get("If-None-Match") == etag and not web.is_down:
                answer = Answer(b"", 304, {"ETag": etag})
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = len(answer.body)
            self.send_header("Content-Length", str(length + 1000 if answer.trickles else length))
            self.end_headers()
            with suppress(OSError):  # who asked has seen enough
                self.wfile.write(answer.body)
                while answer.trickles and not web.closing.wait(0.02):
                    self.wfile.write(b" ")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    web.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def site() -> Iterator[WebServer]:
    """The site."""
    with serving() as web:
        yield web


@dataclass(frozen=True, slots=True)
class Reader:
    """A Frontdesk that may read the site, and one feed after the other."""

    frontdesk: Frontdesk
    knowledge_base_id: uuid.UUID

    def add(self, url: str, every_hours: int | None = None, **bounds: object) -> uuid.UUID:
        """A website that is to be read; gives the feed's id."""
        return self.frontdesk.feeds.create(self.knowledge_base_id, None, Website(url, **bounds), every_hours).id

    def run(self, feed_id: uuid.UUID) -> Feed:
        """Read it as the worker does, to the end of the run; gives the feed as it is then."""
        for _ in range(50):
            self.wake(feed_id)
            self.frontdesk.feed_reading.work(feed_id, seconds=30)
            if self.feed(feed_id).status not in (FeedStatus.QUEUED, FeedStatus.WORKING):
                return self.feed(feed_id)
        raise AssertionError("the run does not end")

    def again(self, feed_id: uuid.UUID) -> Feed:
        """Read it once more."""
        self.frontdesk.feeds.run(feed_id)
        return self.run(feed_id)

    def wake(self, feed_id: uuid.UUID) -> None:
        """As after the pause or the lease for which nobody else may read it."""
        with self.frontdesk.sessions.begin() as session:
            session.execute(update(Feed).where(Feed.id == feed_id).values(job_until=now()))

    def feed(self, feed_id: uuid.UUID) -> Feed:
        return self.frontdesk.feeds.feed(feed_id)

    def documents(self) -> dict[str, Document]:
        """The documents by the path of their page, or by name where they have no page."""
        found = self.frontdesk.knowledge.documents(self.knowledge_base_id)
        return {self.path(one.url) if one.url else one.name: one for one in found}

    def outcomes(self, feed_id: uuid.UUID) -> dict[str, tuple[str, str | None]]:
        """What became of each page, by path: its outcome and the error's code."""
        with self.frontdesk.sessions() as session:
            pages = session.scalars(select(FeedPage).where(FeedPage.feed_id == feed_id)).all()
        return {self.path(page.url): (page.outcome.value, page.error_code) for page in pages}

    @staticmethod
    def path(url: str) -> str:
        return "/" + url.split("/", 3)[3]


@pytest.fixture
def reader(build: Callable[..., Frontdesk]) -> Reader:
    """Reads without pauses; localhost is a host that may be private."""
    frontdesk = build(
        crawl_private_hosts=f"{HOST}, 127.0.0.1", crawl_pause_seconds=0, crawl_page_seconds=2, crawl_page_mb=1
    )
    return Reader(frontdesk, frontdesk.inboxes.bases("web")[0])
