"""The data folder: who may use it, what is kept in it.

Standard library only, since `make reset` needs no install.
"""

import fcntl
import os
import tempfile
import time
from pathlib import Path
from typing import Self

from deploy.local.guard import is_alive
from deploy.local.settings import Refusal

LOCK = "frontdesk.lock"
NOT_OURS_BUT_HARMLESS = {"lost+found"}


class Home:
    """A data folder that this supervisor has for itself until it ends."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self.lock = lock
        """Descriptor that holds the lock; whoever inherits it keeps the folder locked."""

    @classmethod
    def open(cls, folder: Path, patience_s: float = 10.0) -> Self:
        """Make the folder or take it over; raises Refusal when it cannot be written or is in use.

        `patience_s`: how long to wait for what a killed supervisor left to be gone.
        """
        _require_writable(folder)
        return cls(folder, lock_folder(folder, patience_s))

    def room(self, name: str) -> Path:
        """A folder inside, made when missing and closed to other accounts."""
        path = self.folder / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def log(self, part: str) -> Path:
        """The file that takes what a part prints."""
        return self.room("logs") / f"{part}.log"

    def is_done(self, step: str) -> bool:
        """Whether a step that is needed once has succeeded before."""
        return (self.room("done") / step).exists()

    def mark_done(self, step: str) -> None:
        """Remember that a step needs no second time."""
        (self.room("done") / step).touch()


def _require_writable(folder: Path) -> None:
    advice = "set FRONTDESK_DATA_DIR to a folder that you can write to"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        strangers = {entry.name for entry in folder.iterdir()} - NOT_OURS_BUT_HARMLESS
        if strangers and LOCK not in strangers:
            raise Refusal(f"{folder} holds files that are not Frontdesk's: set FRONTDESK_DATA_DIR to an empty one.")
        folder.chmod(0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Refusal(f"Cannot write to the data folder {folder} ({error.strerror}): {advice}.") from error
    for entry in folder.iterdir():
        if not os.access(entry, os.W_OK):
            raise Refusal(f"Cannot write to {entry}, which another account made: {advice}.")


def lock_folder(folder: Path, patience_s: float) -> int:
    """Lock the folder and return the descriptor that holds it; raises Refusal when it is in use."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            owner = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
            # A lock without a living owner is held by the guard that is still clearing up after a killed one.
            if (owner.isdigit() and is_alive(int(owner))) or time.monotonic() > deadline:
                os.close(lock)
                raise Refusal(
                    f"Frontdesk is already running on {folder} (pid {owner or 'unknown'}): stop it, "
                    "or set FRONTDESK_DATA_DIR to another folder."
                ) from None
            time.sleep(0.1)
    os.truncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock
