"""Settings of the local platform, read from the environment."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]

PORTS = {
    # The stores' ports lie beside the usual ones, so that they do not clash with an installed server, and
    # below 32768, where Linux starts to hand out ports for outgoing connections.
    "postgres": ("FRONTDESK_POSTGRES_PORT", 15439),
    "redis": ("FRONTDESK_REDIS_PORT", 16389),
    "milvus": ("FRONTDESK_MILVUS_PORT", 19539),
    "api": ("FRONTDESK_API_PORT", 8000),
    "ui": ("FRONTDESK_UI_PORT", 8501),
    "llm": ("LLM_PORT", 9000),
}


class Refusal(Exception):
    """Starting would not go well; every line tells one reason and names the setting to change."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """What a user may choose about the local platform."""

    folder: Path
    """Where data, logs and generated secrets live."""
    ports: Mapping[str, int]
    """Port of each part that listens, by the part's name."""
    api_host: str
    ui_host: str
    min_free_mb: int
    start_timeout_s: float
    """How long a part may take until it answers for the first time."""
    admin_email: str
    loads_sample: bool
    """Whether an empty knowledge base gets the sample shop."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; raises Refusal with a line for each one that makes no sense."""
        problems: list[str] = []

        def number(name: str, default: int, least: int, most: int) -> int:
            text = environment.get(name) or str(default)
            if text.isascii() and text.isdigit() and least <= int(text) <= most:
                return int(text)
            problems.append(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
            return default

        ports = {part: number(name, default, 0, 65535) for part, (name, default) in PORTS.items()}
        settings = cls(
            folder=Path(environment.get("FRONTDESK_DATA_DIR") or ROOT / ".frontdesk").expanduser().absolute(),
            ports=_with_free_ports(ports),
            api_host=environment.get("FRONTDESK_API_HOST") or "127.0.0.1",
            ui_host=environment.get("FRONTDESK_UI_HOST") or "127.0.0.1",
            min_free_mb=number("FRONTDESK_MIN_FREE_MB", 2000, 0, 10**9),
            start_timeout_s=number("FRONTDESK_START_TIMEOUT_S", 120, 1, 3600),
            admin_email=environment.get("FRONTDESK_ADMIN_EMAIL") or "admin@example.com",
            loads_sample=bool(number("FRONTDESK_SAMPLE", 1, 0, 1)),
        )
        if problems:
            raise Refusal(*problems)
        return settings

    def host(self, part: str) -> str:
        """The address a part listens on; the stores never leave this machine."""
        return {"api": self.api_host, "ui": self.ui_host}.get(part, "127.0.0.1")

    def url(self, part: str) -> str:
        """Where a part is reached from this machine, such as http://127.0.0.1:8000."""
        host = self.host(part)
        if host in ("0.0.0.0", "::"):  # noqa: S104
            host = "127.0.0.1"
        return f"http://{f'[{host}]' if ':' in host else host}:{self.ports[part]}"


def _with_free_ports(ports: Mapping[str, int]) -> dict[str, int]:
    """Replace every 0 by a port that is free now; all are held until the last is chosen: none comes twice."""
    held: list[socket.socket] = []
    chosen = dict(ports)
    for part, port in ports.items():
        if port == 0:
            held.append(socket.create_server(("127.0.0.1", 0)))
            chosen[part] = held[-1].getsockname()[1]
    for holder in held:
        holder.close()
    return chosen
