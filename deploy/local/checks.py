"""Reasons not to start, found before anything is: each is one line that names the setting to change."""

import errno
import shutil
import socket
import sys
from pathlib import Path

from deploy.local.settings import PORTS, LocalSettings, Refusal


def require_linux() -> None:
    """Raise Refusal where the supervisor could not keep its promise to leave nothing behind."""
    if not sys.platform.startswith("linux"):
        raise Refusal("`make run` needs Linux; elsewhere use the containers: `make up`.")


def require_disk(folder: Path, least_mb: int) -> None:
    """Raise Refusal when the disk under the data folder is nearly full."""
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < least_mb:
        raise Refusal(
            f"Only {free_mb} MB free under {folder}, {least_mb} MB wanted: free some, set FRONTDESK_DATA_DIR "
            "to a folder on another disk, or lower FRONTDESK_MIN_FREE_MB."
        )


def require_ports(settings: LocalSettings, parts: frozenset[str]) -> None:
    """Raise Refusal with a line for every port that cannot be listened on."""
    problems = []
    taken: dict[int, str] = {}
    for part in sorted(parts & PORTS.keys(), key=list(PORTS).index):
        name, port = PORTS[part][0], settings.ports[part]
        if port in taken:
            problems.append(f"{name} and {taken[port]} are both {port}: set one of them to another port.")
            continue
        taken[port] = name
        if reason := _why_closed(settings.host(part), port):
            problems.append(f"Port {port} {reason}: set {name} to a free port.")
    if problems:
        raise Refusal(*problems)


def _why_closed(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as door:
        # As the servers do: connections that were just closed do not count.
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except PermissionError:
            return "may not be used by this account"
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is in use"
            return f"of {host} cannot be used ({error.strerror})"
    return None
