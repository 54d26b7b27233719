"""Tells that everything answers: on the terminal, and in a file for other programs."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from deploy.local.credentials import Credentials
from deploy.local.home import Home
from deploy.local.plan import Plan
from deploy.local.screen import Screen
from deploy.local.settings import LocalSettings


def write_ready_file(path: Path, plan: Plan, settings: LocalSettings, pids: Mapping[str, int]) -> None:
    """Pids, addresses and the settings of the programs as JSON; secrets included, so for its owner only."""
    content = {
        "pid": os.getpid(),
        "parts": dict(pids),
        "urls": {part: settings.url(part) for part in ("api", "ui") if part in pids},
        "environment": dict(plan.environment),
    }
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    draft.replace(path)


def show_addresses(
    screen: Screen, plan: Plan, settings: LocalSettings, home: Home, credentials: Credentials
) -> None:
    """The block that a user reads first."""
    names = {part.name for part in plan.parts}
    screen.line(f"\nFrontdesk is running, started in {screen.age_s:.1f} s.\n")
    rows = []
    if "ui" in names:
        rows += [("Chat", settings.url("ui")), ("Staff", f"{settings.url('ui')}/desk")]
    if "api" in names:
        rows += [("API", f"{settings.url('api')}/docs"), ("Administrator", settings.admin_email)]
        rows += [("Password", _password(plan, credentials))]
    if plan.models:
        rows += [("Models", f"{', '.join(plan.models)} (until they are ready it answers without them)")]
    rows += [("Logs", str(home.folder / "logs")), ("Stop", "Ctrl-C")]
    screen.table(rows)
    screen.line()


def _password(plan: Plan, credentials: Credentials) -> str:
    if credentials.is_given("FRONTDESK_ADMIN_PASSWORD"):
        return "as set in FRONTDESK_ADMIN_PASSWORD"
    if plan.makes_admin:
        password = credentials.secret("FRONTDESK_ADMIN_PASSWORD")
        return f"{password}   (shown this once; kept in {credentials.path})"
    return f"kept in {credentials.path}"
