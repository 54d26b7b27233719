"""Websites and databases over HTTP: administrators add, watch and remove them, and no secret comes back."""

import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr

from frontdesk.agents import Agent as DomainAgent
from frontdesk.bootstrap import Frontdesk
from frontdesk.settings import Settings
from tests.api.people import Agent, Json, refused
from tests.conftest import free_ports
from tests.feeds.conftest import HOST, WebServer, serving

SECRET = "hunter2-and-more"


@pytest.fixture
def site() -> Iterator[WebServer]:
    """A site of two pages on this machine."""
    with serving() as web:
        web.page("/", "Welcome.", "/pay")
        web.page("/pay", "Pay by card.")
        yield web


@pytest.fixture
def settings_with_sources(settings: Settings) -> Json:
    """What the operator allows."""
    address = f"postgresql+psycopg2://reader:{SECRET}@127.0.0.1:{free_ports(1)[0]}/none"
    return {
        "crawl_private_hosts": HOST,
        "crawl_pause_seconds": 0,
        "sql_databases": {"shop": SecretStr(settings.database_url), "away": SecretStr(address)},
    }


@pytest.fixture
def frontdesk(build: Callable[..., Frontdesk], settings_with_sources: Json) -> Frontdesk:
    """The domain, as the api below has it."""
    return build(**settings_with_sources)


@pytest.fixture
def api(frontdesk: Frontdesk, serve: Callable[..., httpx.Client], settings_with_sources: Json) -> httpx.Client:
    """An api that may read this machine."""
    return serve(**settings_with_sources)


@pytest.fixture
def path(knowledge_base_id: uuid.UUID) -> str:
    """Where the feeds are."""
    return f"/knowledge-bases/{knowledge_base_id}/feeds"


def website(site: WebServer, **bounds: object) -> Json:
    return {"kind": "website", "url": site.url()} | bounds


def added(boss: Agent, path: str, source: Json, **more: object) -> Json:
    """A new feed."""
    answer = boss.post(path, {"source": source} | more)
    assert answer.status_code == 202, answer.text
    return answer.json()["feed"]


class TestWebsites:
    def test_one_is_looked_at_added_read_and_removed(
        self, frontdesk: Frontdesk, boss: Agent, path: str, site: WebServer
    ) -> None:
        look = boss.post(f"{path}/preview", {"source": website(site)}).raise_for_status().json()
        assert (look["title"], look["first_addresses"]) == ("Page /", [site.url("/pay")])
        feed = added(boss, path, website(site), every_hours=24)
        assert (feed["name"], feed["status"], feed["every_hours"], feed["next_at"]) == (HOST, "queued", 24, None)

        frontdesk.feed_reading.work(uuid.UUID(feed["id"]))
        (read,) = boss.get(path)["feeds"]
        assert (read["status"], read["counts"]["found"], read["counts"]["new"]) == ("done", 2, 2)
        assert read["next_at"] > read["ended_at"]
        assert boss.get(f"/feeds/{feed['id']}")["feed"] == read
        pages = boss.get(f"/feeds/{feed['id']}/pages", params={"outcome": "new", "limit": 1})
        assert (pages["total"], pages["pages"][0]["url"], pages["pages"][0]["title"]) == (
            2,
            site.url("/"),
            "Page /",
        )
        assert boss.get("/knowledge-bases")["knowledge_bases"][0]["documents"] == 2

        assert boss.send("DELETE", f"/feeds/{feed['id']}", params={"documents": True}).status_code == 204
        assert boss.get(path)["feeds"] == []
        assert boss.get("/knowledge-bases")["knowledge_bases"][0]["documents"] == 0

    def test_it_is_run_stopped_and_changed(
        self, frontdesk: Frontdesk, boss: Agent, path: str, site: WebServer
    ) -> None:
        place = f"/feeds/{added(boss, path, website(site))['id']}"
        assert refused(boss.post(f"{place}/run"), 409) == "feed_running"
        assert boss.post(f"{place}/stop").json()["feed"]["status"] == "stopped"
        assert refused(boss.post(f"{place}/stop"), 409) == "feed_not_running"
        change = {"name": "Help", "source": website(site, exclude=["/pay"]), "every_hours": 6}
        changed = boss.send("PATCH", place, json=change).json()["feed"]
        assert (changed["name"], changed["source"]["exclude"], changed["every_hours"]) == ("Help", ["/pay"], 6)
        assert boss.send("PATCH", place, json={"every_hours": None}).json()["feed"]["every_hours"] is None
        assert boss.post(f"{place}/run").json()["feed"]["status"] == "queued"
        query = {"kind": "sql", "database": "shop", "query": "SELECT 1"}
        assert refused(boss.send("PATCH", place, json={"source": query}), 422) == "feed_kind"

    @pytest.mark.parametrize(
        ("source", "code"),
        [
            ({"kind": "website", "url": "my shop"}, "feed_address"),
            ({"kind": "website", "url": "http://u:p@shop.example/"}, "feed_address"),
            ({"kind": "website", "url": "https://shop.example/", "pages": 5001}, "invalid"),
            ({"kind": "ftp", "url": "https://shop.example/"}, "invalid"),
            ({"kind": "sql", "database": "none", "query": "SELECT 1"}, "database_unknown"),
            ({"kind": "sql", "database": "shop", "query": "DROP TABLE agents"}, "query_not_select"),
            ({"kind": "sql", "database": "shop", "query": "SELECT 1; SELECT 2"}, "query_several"),
        ],
    )
    def test_what_can_not_be_read_is_refused(self, boss: Agent, path: str, source: Json, code: str) -> None:
        assert refused(boss.post(path, {"source": source}), 422) == code

    @pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "2130706433"])
    def test_a_look_leads_into_no_private_network(self, boss: Agent, path: str, host: str) -> None:
        source = {"kind": "website", "url": f"http://{host}/"}
        assert refused(boss.post(f"{path}/preview", {"source": source}), 422) == "address_private"


class TestDatabases:
    def test_names_are_told_and_secrets_are_not(self, boss: Agent, path: str) -> None:
        look = boss.post(
            f"{path}/preview",
            {"source": {"kind": "sql", "database": "shop", "query": "SELECT 'Why?' AS question, 1"}},
        )
        assert look.json()["rows"] == [{"question": "Why?", "?column?": "1"}]
        away = boss.post(f"{path}/preview", {"source": {"kind": "sql", "database": "away", "query": "SELECT 1"}})
        assert refused(away, 503) == "database_unreachable"
        added(boss, path, {"kind": "sql", "database": "away", "query": "SELECT 1"})
        listed = boss.send("GET", path)
        assert listed.json()["databases"] == ["away", "shop"]
        assert not [answer for answer in (look, away, listed) if SECRET in answer.text]

    def test_only_administrators_come_near(self, li: Agent, boss: Agent, path: str, agent: DomainAgent) -> None:
        feed = added(boss, path, {"kind": "sql", "database": "shop", "query": "SELECT 1"})
        place = f"/feeds/{feed['id']}"
        for method, where in (
            ("GET", path),
            ("POST", path),
            ("POST", f"{path}/preview"),
            *(("GET", place), ("GET", f"{place}/pages"), ("PATCH", place), ("DELETE", place)),
            *(("POST", f"{place}/run"), ("POST", f"{place}/stop")),
        ):
            assert refused(li.send(method, where, json={}), 403) == "admin_only"
