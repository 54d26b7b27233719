"""Frontdesk's own programs as parts, and the steps that prepare their database."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from deploy.local import probes
from deploy.local.home import Home
from deploy.local.parts import Part, Step
from deploy.local.settings import LocalSettings

FRONTDESK = str(Path(sys.executable).with_name("frontdesk"))


def for_this_machine(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which programs reach each other directly, whatever proxy is set."""
    known = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    local = ",".join(filter(None, (known, "127.0.0.1", "localhost")))
    return {**environment, "NO_PROXY": local, "no_proxy": local, "PYTHONUNBUFFERED": "1"}


def migrate(environment: Mapping[str, str], after: frozenset[str]) -> Step:
    """Bring the database's schema up to this version."""
    return Step(
        name="migrate",
        title="Database schema",
        command=(FRONTDESK, "migrate"),
        environment=environment,
        after=after,
    )


def create_admin(environment: Mapping[str, str], email: str, password: str, finish: Callable[[], None]) -> Step:
    """The first administrator; the only program that sees the password."""
    return Step(
        name="create-admin",
        title="First administrator",
        command=(FRONTDESK, "create-admin", "--email", email),
        environment={**environment, "FRONTDESK_ADMIN_PASSWORD": password},
        after=frozenset({"migrate"}),
        finish=finish,
    )


def load_sample(environment: Mapping[str, str], after: frozenset[str], finish: Callable[[], None]) -> Step:
    """The sample shop."""
    return Step(
        name="load-sample",
        title="Sample shop",
        command=(FRONTDESK, "load-sample", "--wait", "60"),
        environment=environment,
        after=after,
        finish=finish,
        is_optional=True,
    )


def worker(home: Home, environment: Mapping[str, str], after: frozenset[str]) -> Part:
    """Ingestion and the sweep for overdue work."""
    return Part(
        name="worker",
        title="Worker",
        command=(
            *(sys.executable, "-m", "celery", "-A", "services.worker.app", "worker"),
            *("--beat", "--schedule", str(home.room("worker") / "beat")),
            *("--loglevel", "INFO"),
        ),
        environment=environment,
        after=after,
        is_ready=partial(probes.jobs_are_awaited, environment["FRONTDESK_REDIS_URL"]),
    )


def api(settings: LocalSettings, environment: Mapping[str, str], after: frozenset[str]) -> Part:
    """The HTTP door."""
    return Part(
        name="api",
        title="API",
        command=(sys.executable, "-m", "services.api"),
        environment=environment,
        after=after,
        is_ready=partial(probes.http_answers, settings.url("api") + "/health"),
    )


def ui(settings: LocalSettings, environment: Mapping[str, str]) -> Part:
    """The screens. They speak to the api only, and so are told no secret."""
    return Part(
        name="ui",
        title="Screens",
        command=(
            *(sys.executable, "-m", "streamlit", "run", "services/ui/app.py"),
            *("--server.port", str(settings.ports["ui"])),
            *("--server.address", settings.ui_host),
            *("--server.headless", "true"),
            *("--server.fileWatcherType", "none"),
            *("--browser.gatherUsageStats", "false"),
        ),
        environment={
            **{name: value for name, value in environment.items() if not name.startswith("FRONTDESK_")},
            "FRONTDESK_API_URL": settings.url("api"),
            "FRONTDESK_UPLOAD_LIMIT_MB": environment.get("FRONTDESK_UPLOAD_LIMIT_MB", "50"),
        },
        is_ready=partial(probes.http_answers, settings.url("ui") + "/_stcore/health"),
    )
