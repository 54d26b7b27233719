"""Secrets of the local platform: generated once, kept in one file that only its owner can read."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

HEADER = """\
# Secrets of this Frontdesk, made on its first start. Readable by you only; keep it so.
# FRONTDESK_ADMIN_PASSWORD is the first administrator's password until it is changed on the screens.
"""


class Credentials:
    """What the environment says, else what the file keeps, else newly made and kept."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.path = path
        self._environment = environment
        self._kept = _read(path) if path.exists() else {}

    def secret(self, name: str, length: int = 32) -> str:
        """A setting's value; a new one has `length` random bytes, in letters that need no quoting."""
        if given := self._environment.get(name):
            return given
        return self.kept(name, length)

    def kept(self, name: str, length: int = 32) -> str:
        """As `secret`, whatever the environment says: for what a store has already written down itself."""
        if name not in self._kept:
            self._kept[name] = secrets.token_urlsafe(length)
            self._write()
        return self._kept[name]

    def is_given(self, name: str) -> bool:
        """Whether the environment, not this file, decides."""
        return bool(self._environment.get(name))

    def _write(self) -> None:
        text = HEADER + "".join(f"{name}={value}\n" for name, value in self._kept.items())
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)


def _read(path: Path) -> dict[str, str]:
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
