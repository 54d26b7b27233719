"""One started command: its output, its end, and whatever it leaves behind."""

import asyncio
import ctypes
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import psutil

from deploy.local.account import wrapped
from deploy.local.guard import Guard
from deploy.local.parts import Part, Start
from deploy.local.settings import ROOT

START_MARK = "== started "
LOG_LIMIT_BYTES = 20 * 1024 * 1024
PR_SET_CHILD_SUBREAPER = 36


class Child:
    """A command running in a session and process group of its own."""

    def __init__(self, start: Start, log: Path, guard: Guard) -> None:
        """Start it; raises OSError when that is impossible."""
        death_signal = start.death_signal if isinstance(start, Part) else signal.SIGKILL
        with open_log(log) as output:
            self._popen = subprocess.Popen(
                wrapped(start.command, start.account, death_signal),
                env=dict(start.environment),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.start = start
        self.log = log
        self.pid = self._popen.pid
        self.started = time.monotonic()
        self._guard = guard
        guard.watch(self.pid, death_signal)
        self._end = os.pidfd_open(self.pid)
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(self._end, self._on_end)

    @property
    def age_s(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started

    @property
    def has_ended(self) -> bool:
        """Whether the command is over."""
        return self._code.done()

    async def ended(self, timeout_s: float | None = None) -> int | None:
        """Wait for its end; returns the exit code (minus the signal that killed it), None when time is up."""
        await asyncio.wait({self._code}, timeout=timeout_s)
        return self._code.result() if self._code.done() else None

    def send(self, number: signal.Signals) -> None:
        """Signal the command itself, not those that it started."""
        if not self._code.done():
            self._popen.send_signal(number)

    def kill(self) -> None:
        """End the command and everything in its process group now."""
        if not self._code.done():
            _kill_group(self.pid)

    def _on_end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._end)
        os.close(self._end)
        # Before the number is given back: until then no other group can have it.
        _kill_group(self.pid)
        self._guard.forget(self.pid)
        self._code.set_result(self._popen.wait())


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def open_log(path: Path) -> BinaryIO:
    """Open a part's log for appending; one that has grown over LOG_LIMIT_BYTES is put aside as `.1` first."""
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    file = path.open("ab")
    file.write(f"{START_MARK}{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode())
    file.flush()
    return file


def last_lines(path: Path, count: int) -> list[str]:
    """The end of what was logged since the newest start."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 64 * 1024))
        end = file.read().decode("utf-8", "replace")
    newest = end[end.rfind(START_MARK) :] if START_MARK in end else end
    return newest.splitlines()[-count:]


def last_said(path: Path, pattern: re.Pattern[str]) -> str:
    """The pattern's first group in the newest line since the newest start that is like it; empty without one."""
    found = map(pattern.fullmatch, reversed(last_lines(path, 200)))
    return next((match[1] for match in found if match), "")


def adopt_orphans() -> None:
    """Let processes whose parent dies become ours, so that what a dead part leaves can be found and ended."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


async def end_orphans(known: Callable[[], set[int]], patience_s: float = 5.0) -> None:
    """Kill every child of ours that is not known just then, and theirs, which become ours as they die."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        ours = known()
        strangers = [child for child in psutil.Process().children() if child.pid not in ours]
        if not strangers:
            return
        for stranger in strangers:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(stranger.pid, signal.SIGKILL)
                os.waitpid(stranger.pid, os.WNOHANG)
        await asyncio.sleep(0.02)
