"""The walls of the house: who may import whom, and one door for each outside library."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Inside the domain a room imports only rooms that come before it.
ROOMS = [
    ["errors", "settings", "language", "texts", "files", "places", "privacy"],
    ["database"],
    ["events", "jobs", "models_client"],
    ["contacts", "agents"],
    ["teams"],
    ["conversations"],
    ["widget"],
    ["handoffs"],
    ["canned"],
    ["knowledge"],
    ["attachments"],
    ["triage"],
    ["confidence"],
    ["answering"],
    ["evaluation"],
    ["feedback"],
    ["reports"],
    ["growth"],
    ["tables", "health"],
    ["bootstrap"],
    ["sample"],
    ["cli", "__main__"],
]
ORDER = {room: number for number, rooms in enumerate(ROOMS) for room in rooms}

# Each outside library is used by these modules alone.
DOORS = {
    "pymilvus": ["frontdesk/knowledge/index.py"],
    "torch": ["services/llm/"],
    "transformers": ["services/llm/"],
    "celery": ["frontdesk/jobs.py", "services/worker/"],
    "fastapi": ["services/"],
    "streamlit": ["services/ui/"],
    "httpx": ["frontdesk/models_client.py", "services/ui/"],
    "httpcore": ["frontdesk/knowledge/feeds/fetching.py", "frontdesk/knowledge/feeds/network.py"],
    "protego": ["frontdesk/knowledge/feeds/robots.py"],
    "PIL": ["frontdesk/knowledge/parsing/redrawing.py"],
    "sacrebleu": ["frontdesk/evaluation/wording.py"],
    "rapidfuzz": ["frontdesk/evaluation/wording.py"],
    "numkong": ["frontdesk/knowledge/vectors.py"],
    "jieba": ["frontdesk/knowledge/lexical.py", "frontdesk/bootstrap.py"],
    "redis": ["frontdesk/events.py", "frontdesk/health.py", "services/api/rates.py"],
}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "frontdesk" and len(parts) > 1 and parts[1] in ORDER else None


@pytest.mark.parametrize("path", modules("frontdesk"), ids=name)
def test_a_room_imports_only_rooms_before_it(path: Path) -> None:
    own = path.relative_to(ROOT / "frontdesk").parts[0].removesuffix(".py")
    if own == "__init__":
        return
    assert own in ORDER, f"{own} has no place in the order of rooms"
    for imported in filter(None, map(room_of, imports(path))):
        assert imported == own or ORDER[imported] <= ORDER[own], f"{own} must not know {imported}"


@pytest.mark.parametrize("service", ["api", "worker", "ui", "llm"])
def test_services_never_import_each_other(service: str) -> None:
    for path in modules(f"services/{service}"):
        for imported in imports(path):
            parts = imported.split(".")
            assert parts[0] != "services" or parts[1:2] in ([], [service]), f"{name(path)} imports {imported}"


@pytest.mark.parametrize("service", ["ui", "llm"])
def test_ui_and_llm_know_nothing_of_the_domain(service: str) -> None:
    for path in modules(f"services/{service}"):
        assert not [i for i in imports(path) if i.split(".")[0] == "frontdesk"], name(path)


def test_the_domain_knows_no_door() -> None:
    for path in modules("frontdesk"):
        assert not [i for i in imports(path) if i.split(".")[0] in ("services", "deploy", "bench")], name(path)


@pytest.mark.parametrize("library", DOORS)
def test_an_outside_library_has_one_door(library: str) -> None:
    for folder in ("frontdesk", "services"):
        for path in modules(folder):
            if library in {i.split(".")[0] for i in imports(path)}:
                assert name(path).startswith(tuple(DOORS[library])), f"{name(path)} imports {library}"


@pytest.mark.parametrize("folder", ["frontdesk", "services"])
def test_imports_stand_at_the_top(folder: str) -> None:
    for path in modules(folder):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                buried = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
                assert not buried, f"{name(path)} imports inside {node.name}"
