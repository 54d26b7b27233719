"""From settings to everything that has to be started."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from deploy.local import models, programs, stores
from deploy.local.credentials import Credentials
from deploy.local.home import Home
from deploy.local.models import Models
from deploy.local.parts import Guest, Part, Step
from deploy.local.postgres import PASSWORD as POSTGRES_PASSWORD
from deploy.local.postgres import database_url, postgres
from deploy.local.settings import LocalSettings

STORES = ("postgres", "redis", "milvus")
PROGRAMS = ("worker", "api", "ui")
GUESTS = ("llm",)

ELSEWHERE = {
    "postgres": "FRONTDESK_DATABASE_URL",
    "redis": "FRONTDESK_REDIS_URL",
    "milvus": "FRONTDESK_MILVUS_URI",
}
"""A store whose setting the user gives is the user's own: it is used and not started."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run of the supervisor starts."""

    steps: tuple[Step, ...]
    parts: tuple[Part, ...]
    guests: tuple[Guest, ...]
    models: tuple[str, ...]
    """Those that a guest will serve."""
    environment: Mapping[str, str]
    """The settings that Frontdesk's programs get, secrets included."""

    @property
    def makes_admin(self) -> bool:
        """Whether this start creates the first administrator."""
        return any(step.name == "create-admin" for step in self.steps)


def started_parts(wanted: frozenset[str], environment: Mapping[str, str]) -> frozenset[str]:
    """The wanted parts without the stores that the user runs elsewhere."""
    return frozenset(part for part in wanted if not environment.get(ELSEWHERE.get(part, "")))


def make_plan(
    settings: LocalSettings,
    home: Home,
    credentials: Credentials,
    wanted: frozenset[str],
    *,
    with_sample: bool,
    asked: Models | None,
) -> Plan:
    """Write what the stores need to find and list all that has to be started; raises Refusal."""
    given = programs.for_this_machine(os.environ)
    started = started_parts(wanted, given)
    ports = settings.ports
    redis_password = credentials.kept("FRONTDESK_REDIS_PASSWORD")
    ours = {
        "FRONTDESK_DATABASE_URL": database_url(ports["postgres"], credentials.kept(POSTGRES_PASSWORD)),
        "FRONTDESK_REDIS_URL": stores.redis_url(ports["redis"], redis_password),
        "FRONTDESK_MILVUS_URI": settings.url("milvus"),
        "FRONTDESK_FILES_DIR": str(home.room("files")),
    }
    environment = {name: given.get(name) or value for name, value in ours.items()} | {
        "FRONTDESK_SECRET_KEY": credentials.secret("FRONTDESK_SECRET_KEY", 48),
        "FRONTDESK_API_HOST": settings.api_host,
        "FRONTDESK_API_PORT": str(ports["api"]),
        "FRONTDESK_API_URL": settings.url("api"),
        **(asked.asking if asked else {}),
    }
    database = "" if "postgres" in started else _fingerprint(environment["FRONTDESK_DATABASE_URL"])
    steps: list[Step] = []
    parts: list[Part] = []
    if "postgres" in started:
        first, server = postgres(home, ports["postgres"], credentials)
        steps += first
        parts.append(server)
    if "redis" in started:
        parts.append(stores.redis(home, ports["redis"], redis_password))
    if "milvus" in started:
        parts.append(stores.milvus(home, ports["milvus"], given))
    full = {**given, **environment}
    if started & {"worker", "api"}:
        steps.append(programs.migrate(full, started & {"postgres"}))
        once = f"create-admin{database}"
        if not home.is_done(once):
            password = credentials.secret("FRONTDESK_ADMIN_PASSWORD", 12)
            finish = partial(home.mark_done, once)
            steps.append(programs.create_admin(full, settings.admin_email, password, finish))
    filled = started & set(STORES) | {"migrate"}
    if "worker" in started:
        parts.append(programs.worker(home, full, filled))
    if "api" in started:
        parts.append(programs.api(settings, full, filled))
    if "ui" in started:
        parts.append(programs.ui(settings, given))
    once = f"load-sample{database}"
    if with_sample and settings.loads_sample and "worker" in started and not home.is_done(once):
        steps.append(programs.load_sample(full, filled | {"worker"}, partial(home.mark_done, once)))
    guests = []
    if asked and asked.names and models.are_installed():
        # After all others: loading takes what the machine has, and nobody waits for it.
        everything = frozenset(start.name for start in (*parts, *steps) if start.name != "load-sample")
        guests.append(models.server(settings, given, asked, everything))
    served = asked.names if asked and guests else ()
    return Plan(tuple(steps), tuple(parts), tuple(guests), served, environment)


def _fingerprint(url: str) -> str:
    """Tells databases apart, so that what was done once in one is done once in the next too."""
    return "-" + sha256(url.encode()).hexdigest()[:12]
