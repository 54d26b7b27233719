"""Where a model's files come from: a folder, the cache, or a hub that may be slow, gone or without it."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.llm.hub import hub_of

FETCH = """
import sys
from services.llm.hub import fetch
from services.llm.unloadable import Unloadable
try:
    print(fetch("LLM_CHAT_MODEL", sys.argv[1]))
except Unloadable as error:
    sys.exit(f"llm: {error}")
"""


def fetch(name: str, cache: Path, endpoint: str, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    environment = kept | {"HF_HOME": str(cache), "HF_ENDPOINT": endpoint, "HOME": str(cache), **more}
    return subprocess.run(
        [sys.executable, "-c", FETCH, name],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    for name, size in {"config.json": 40, "tokenizer.json": 3000, "model.safetensors": 4_000_000}.items():
        (folder / name).write_bytes(os.urandom(size))
    for name in ("pytorch_model.bin", "model.gguf", "onnx/model.onnx", "README.md", "modeling_own.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"not wanted")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_bytes(b"{}")
    return folder


def nobody() -> str:
    """An address that takes connections and never answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    nobody.listeners.append(listener)  # type: ignore[attr-defined]
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


nobody.listeners = []  # type: ignore[attr-defined]


def test_a_model_is_downloaded_once_with_progress_and_without_what_is_not_needed(
    repository: Path, tmp_path: Path
) -> None:
    with hub_of(repository) as hub:
        first = fetch("shop/model", tmp_path, hub.url)
        assert first.returncode == 0, first.stderr
        folder = Path(first.stdout.strip())
        got = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        assert got == ["1_Pooling/config.json", "config.json", "model.safetensors", "tokenizer.json"]
        assert (folder / "model.safetensors").read_bytes() == (repository / "model.safetensors").read_bytes()
        assert first.stderr == "llm: downloaded shop/model, 4.0 MB\n"
        asked = len(hub.asked)
        second = fetch("shop/model", tmp_path, hub.url)
        assert (second.stdout, second.stderr) == (first.stdout, "")
        assert len(hub.asked) == asked


def test_a_long_download_tells_how_far_it_is(repository: Path, tmp_path: Path) -> None:
    with hub_of(repository) as hub:
        hub.pauses = "model.safetensors"
        told = fetch("shop/model", tmp_path, hub.url).stderr.splitlines()
    assert told[-1] == "llm: downloaded shop/model, 4.0 MB"
    assert any(
        line.startswith("llm: downloading shop/model ") and line.endswith("% of 4.0 MB") for line in told[:-1]
    )


def test_what_is_cached_needs_no_network_however_dead(repository: Path, tmp_path: Path) -> None:
    with hub_of(repository) as hub:
        folder = fetch("shop/model", tmp_path, hub.url).stdout
    assert fetch("shop/model", tmp_path, hub.url).stdout == folder
    assert fetch("shop/model", tmp_path, nobody()).stdout == folder
    assert fetch("shop/model", tmp_path, hub.url, HF_HUB_OFFLINE="1").stdout == folder


def test_a_download_that_broke_off_is_not_taken_for_a_model_and_goes_on_later(
    repository: Path, tmp_path: Path
) -> None:
    with hub_of(repository) as hub:
        hub.breaks_at = "model.safetensors"
        broken = fetch("shop/model", tmp_path, hub.url)
        assert broken.returncode == 1
    assert fetch("shop/model", tmp_path, hub.url, HF_HUB_OFFLINE="1").returncode == 1
    with hub_of(repository) as hub:
        assert fetch("shop/model", tmp_path, hub.url).returncode == 0


@pytest.mark.parametrize("how", ["nobody answers", "nothing listens", "offline by setting"])
def test_without_a_hub_one_line_says_so_soon(how: str, tmp_path: Path) -> None:
    endpoint = nobody() if how == "nobody answers" else "http://127.0.0.1:9"
    more = {"HF_HUB_OFFLINE": "1"} if how == "offline by setting" else {}
    began = time.monotonic()
    failed = fetch("shop/model", tmp_path, endpoint, **more)
    assert time.monotonic() - began < 60
    assert failed.returncode == 1
    assert failed.stderr.startswith(
        "llm: LLM_CHAT_MODEL: shop/model is not on this machine and cannot be downloaded:"
    )
    assert failed.stderr.count("\n") == 1


def test_a_model_that_the_hub_does_not_have_is_one_line(repository: Path, tmp_path: Path) -> None:
    with hub_of(repository) as hub:
        failed = fetch("shop/other", tmp_path, hub.url)
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "shop/other" in failed.stderr


def test_a_folder_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    name = "/" + 300 * "x"
    failed = fetch(name, tmp_path, "http://127.0.0.1:9")
    assert failed.stderr == f"llm: LLM_CHAT_MODEL: the folder {name} cannot be read: File name too long.\n"


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./nothing", "a/b/c"])
def test_a_folder_that_is_not_there_is_one_line(name: str, tmp_path: Path) -> None:
    failed = fetch(name, tmp_path, "http://127.0.0.1:9")
    assert failed.stderr == f"llm: LLM_CHAT_MODEL: there is no folder {name}.\n"
