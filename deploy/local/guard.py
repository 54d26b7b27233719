"""The last one out: ends what a supervisor that was killed had started.

A supervisor that is killed with -9 notices nothing. Its children get a signal of their own then, but not
their children (a worker's pool). This small program waits on a pipe that only the supervisor holds: a line is
`+GROUP SIGNAL` (a part was started) or `-GROUP` (it is gone), and the end means: end all that is left.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

GRACE_S = 3.0


class Guard:
    """The supervisor's side of the pipe."""

    def __init__(self, lock: int) -> None:
        """Start the guard; it holds `lock` too, so that the data folder stays locked until it is finished."""
        end, pipe = os.pipe()
        self._watcher = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__))],
            stdin=end,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(lock,),
        )
        os.close(end)
        self._pipe = pipe
        self.pid = self._watcher.pid

    def watch(self, group: int, death_signal: signal.Signals) -> None:
        """When the supervisor is gone, `group` gets `death_signal`, and is killed if that does not end it."""
        self._say(f"+{group} {int(death_signal)}\n")

    def forget(self, group: int) -> None:
        """`group` is gone; its number may come back as somebody else's."""
        self._say(f"-{group}\n")

    def close(self) -> None:
        """Let the guard end; it does so at once when every group was forgotten."""
        os.close(self._pipe)
        self._watcher.wait()

    def _say(self, line: str) -> None:
        # A guard that somebody killed is no reason to stop: the parts still have their own death signals.
        with suppress(BrokenPipeError):
            os.write(self._pipe, line.encode())


def main() -> None:
    """Read lines until the supervisor is gone, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        words = line[1:].split()
        if line.startswith("+"):
            groups[int(words[0])] = int(words[1])
        else:
            groups.pop(int(words[0]), None)
    end(groups)


def end(groups: Mapping[int, int]) -> None:
    """Send every group its signal, wait up to GRACE_S seconds for the leaders, and kill what is left."""
    for group, number in groups.items():
        send(group, number)
    deadline = time.monotonic() + GRACE_S
    while any(map(is_alive, groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> None:
    """Signal a process group if it is still there."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def is_alive(pid: int) -> bool:
    """Whether a program runs; one that has died and waits for init to notice does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


if __name__ == "__main__":
    main()
