"""The real stores, started once; every test finds them empty."""

import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import redis
from sqlalchemy import create_engine, text

from frontdesk import bootstrap, cli
from frontdesk.agents import Agent, Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.knowledge.entries_text import EntryText
from frontdesk.settings import Settings
from frontdesk.tables import Base
from services.api.app import make_app
from tests.model_server import Script, ThreadedServer
from tests.model_server import make_app as make_model_app
from tests.waiting import wait_for

PASSWORD = "correct horse battery"
# Thirty times as fast as TRUNCATE, which makes new files for every table and index; all tables at once need no
# triggers that look after each other.
EMPTYING = text(
    "; ".join(
        ["SET LOCAL session_replication_role = replica"]
        + [f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables]  # noqa: S608 - our own names
    )
)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def without_own_settings() -> dict[str, str]:
    """The environment; settings of whoever runs the tests must not lead them to stores that hold something."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}


@contextmanager
def supervised(folder: Path, parts: str, **settings: str) -> Iterator[Path]:
    """Some parts of the platform as `make run` starts them, on free ports; gives the file that tells of them."""
    ready = folder / "ready.json"
    ports = {f"FRONTDESK_{name}_PORT": "0" for name in ("POSTGRES", "REDIS", "MILVUS", "API")}
    with (folder / "log").open("w") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "--no-sample", "--only", parts, "--ready-file", str(ready)],
            env=without_own_settings() | ports | {"FRONTDESK_DATA_DIR": str(folder / "data")} | settings,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def started() -> bool:
        assert supervisor.poll() is None, (folder / "log").read_text()
        return ready.exists()

    try:
        wait_for(started, 90, f"the start of {parts}")
        yield ready
    finally:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(60)


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """PostgreSQL, Redis and Milvus Lite; gives the environment of the programs."""
    with supervised(tmp_path_factory.mktemp("stores"), "postgres,redis,milvus") as ready:
        yield json.loads(ready.read_text())["environment"]


@pytest.fixture(scope="session")
def base_settings(stores: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings for the stores, schema in place; many messages a minute are allowed."""
    for name in [
        name for name in os.environ if name.startswith("FRONTDESK_") and name != "FRONTDESK_REQUIRE_BROWSER"
    ]:
        del os.environ[name]
    settings = Settings(
        database_url=stores["FRONTDESK_DATABASE_URL"],
        redis_url=stores["FRONTDESK_REDIS_URL"],
        milvus_uri=stores["FRONTDESK_MILVUS_URI"],
        secret_key=stores["FRONTDESK_SECRET_KEY"],
        files_dir=tmp_path_factory.mktemp("files"),
        messages_per_minute=1000,
        opens_per_minute=10000,
    )
    bootstrap.prepare(settings)
    cli.migrate(settings)
    engine = create_engine(settings.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # What a program that dies has committed is kept all the same; only the machine must not die.
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    return settings


@pytest.fixture
def settings(base_settings: Settings) -> Settings:
    """The settings, with empty stores behind them."""
    engine = create_engine(base_settings.database_url)
    with engine.begin() as connection:
        connection.execute(EMPTYING)
    engine.dispose()
    redis.Redis.from_url(base_settings.redis_url).flushdb()
    for path in base_settings.files_dir.iterdir():
        if path.is_file():
            path.unlink()
    return base_settings


@pytest.fixture
def build(settings: Settings) -> Iterator[Callable[..., Frontdesk]]:
    """Builds a Frontdesk for these settings with some of them changed; an inbox is there."""
    with ExitStack() as stack:

        def make(**changes: object) -> Frontdesk:
            frontdesk = bootstrap.build(settings.model_copy(update=changes))
            stack.callback(frontdesk.close)
            base = frontdesk.knowledge.create_base("Shop")
            frontdesk.inboxes.ensure("web", base.id)
            return frontdesk

        yield make


@pytest.fixture
def frontdesk(build: Callable[..., Frontdesk]) -> Frontdesk:
    """The domain on the stores, without any model."""
    return build()


@pytest.fixture
def knowledge_base_id(frontdesk: Frontdesk) -> uuid.UUID:
    """The knowledge base of the web inbox."""
    return frontdesk.inboxes.bases("web")[0]


@pytest.fixture
def entries(frontdesk: Frontdesk, knowledge_base_id: uuid.UUID) -> None:
    """A little knowledge, indexed."""
    frontdesk.knowledge.add_entries(
        knowledge_base_id,
        [
            EntryText(
                ("你们的退货政策是怎么样的？", "可以退货吗", "怎么退货"),
                "签收后7天内可以无理由退货，运费由买家承担。",
            ),
            EntryText(("请问你们海南能发货吗？", "海南可以送吗"), "可以发往海南，首重运费12元，3到5天送达。"),
            EntryText(("What is your return policy?", "can I send it back"), "You can return it within 7 days."),
            EntryText(("Do you ship to Hainan?", "delivery to hainan"), "Yes, to Hainan it takes 3 to 5 days."),
            EntryText(("保修多久？", "质保期是几年"), "所有小家电保修一年。"),
            EntryText(("How do I get an invoice?", "vat invoice"), "Invoices are sent by e-mail after dispatch."),
        ],
    )
    frontdesk.indexing.index_entries(knowledge_base_id)


@pytest.fixture
def agent(frontdesk: Frontdesk) -> Agent:
    """Li Ming, of the staff."""
    return frontdesk.agents.create("li@shop.example", "Li Ming", Role.AGENT, PASSWORD)


@pytest.fixture
def admin(frontdesk: Frontdesk) -> Agent:
    """The administrator."""
    return frontdesk.agents.create("boss@shop.example", "Wang Fang", Role.ADMIN, PASSWORD)


@pytest.fixture
def model() -> Iterator[tuple[str, Script]]:
    """Somebody's model server: its base URL and how it behaves."""
    script = Script()
    script.gate.set()
    with ThreadedServer(make_model_app(script)) as url:
        yield f"{url}/v1", script
        script.gate.set()


@pytest.fixture
def serve(settings: Settings) -> Iterator[Callable[..., httpx.Client]]:
    """Starts the real api for these settings with some of them changed; gives a client for it."""
    with ExitStack() as stack:

        def start(**changes: object) -> httpx.Client:
            url = stack.enter_context(ThreadedServer(make_app(settings.model_copy(update=changes))))
            return stack.enter_context(httpx.Client(base_url=url, timeout=20, trust_env=False))

        yield start


@pytest.fixture
def api(frontdesk: Frontdesk, serve: Callable[..., httpx.Client]) -> httpx.Client:
    """A client of the running api."""
    return serve()


def bearer(token: str) -> dict[str, str]:
    """The header that says who is asking."""
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def running_worker(settings: Settings, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker with beat."""
    environment = os.environ | {
        "FRONTDESK_DATABASE_URL": settings.database_url,
        "FRONTDESK_REDIS_URL": settings.redis_url,
        "FRONTDESK_MILVUS_URI": settings.milvus_uri,
        "FRONTDESK_SECRET_KEY": settings.secret_key.get_secret_value(),
        "FRONTDESK_FILES_DIR": str(settings.files_dir),
        "FRONTDESK_EMBEDDING_URL": str(settings.embedding_url or ""),
    }
    command = ["celery", "-A", "services.worker.app", "worker", "--beat", "--concurrency", "1"]
    with (folder / "worker.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", *command, "--schedule", str(folder / "beat"), "--loglevel", "INFO"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield worker
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)
