"""Stores of a benchmark's own, as `make run` starts them, gone afterwards; and a Frontdesk on them."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from frontdesk import bootstrap, cli
from frontdesk.bootstrap import Frontdesk
from frontdesk.settings import Settings
from tests.conftest import supervised

WATCH_SECONDS = 1.0


@dataclass(frozen=True)
class Started:
    """Settings that lead to the stores, and the process of each part."""

    settings: Settings
    parts: Mapping[str, int]


@contextmanager
def started(folder: Path, parts: str = "postgres,redis,milvus", **settings: Any) -> Iterator[Started]:
    """These parts with the newest schema; `settings` are Frontdesk's, by name."""
    folder.mkdir(exist_ok=True)
    settings = {"log_level": "WARNING", **settings}
    given = {f"FRONTDESK_{name.upper()}": str(value) for name, value in settings.items()}
    with supervised(folder, parts, **given) as ready:
        told = json.loads(ready.read_text())
        names = {name.removeprefix("FRONTDESK_").lower(): value for name, value in told["environment"].items()}
        own = Settings(**{name: value for name, value in names.items() if name in Settings.model_fields} | settings)
        bootstrap.prepare(own)
        cli.migrate(own)
        yield Started(own, told["parts"])


@contextmanager
def plugged(settings: Settings) -> Iterator[Frontdesk]:
    """A Frontdesk in this process."""
    frontdesk = bootstrap.build(settings)
    try:
        yield frontdesk
    finally:
        frontdesk.close()


@dataclass
class Memory:
    """The most memory that some programs had: each with its children, what these share counted once, in MiB."""

    programs: Mapping[str, int]
    most: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look every second until the block ends."""
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(WATCH_SECONDS):
                self.look()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.look()

    def look(self) -> None:
        """Note what they have now."""
        for name, pid in self.programs.items():
            self.most[name] = max(self.most.get(name, 0.0), memory(pid))


def memory(pid: int) -> float:
    """The resident memory of a process and its children, what they share counted once, in MiB."""
    total = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0.0
    for one in family:
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 2**20


def own_memory() -> float:
    """The resident memory of this process alone, in MiB."""
    return psutil.Process().memory_info().rss / 2**20
