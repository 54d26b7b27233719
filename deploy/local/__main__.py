"""`python -m deploy.local`: the whole platform as processes on this machine. Ctrl-C stops all of it."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local import checks, models
from deploy.local.child import adopt_orphans
from deploy.local.credentials import Credentials
from deploy.local.guard import Guard
from deploy.local.home import Home
from deploy.local.plan import ELSEWHERE, GUESTS, PROGRAMS, STORES, make_plan, started_parts
from deploy.local.postgres import require_same_major
from deploy.local.ready import show_addresses, write_ready_file
from deploy.local.screen import Screen
from deploy.local.settings import LocalSettings, Refusal
from deploy.local.supervisor import Supervisor


def main() -> int:
    """Read the command line and run until stopped; returns the exit code."""
    try:
        return run(_arguments(), os.environ)
    except Refusal as refusal:
        for line in refusal.lines:
            print(line, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Check, start, keep, stop; raises Refusal when a check fails, before anything was started."""
    screen = Screen()
    os.umask(0o077)
    checks.require_linux()
    settings = LocalSettings.from_environment(environment)
    home = Home.open(settings.folder)
    checks.require_disk(home.folder, settings.min_free_mb)
    started = started_parts(arguments.only, environment)
    asked = models.choose(arguments.models, settings, environment) if arguments.models else None
    checks.require_ports(settings, started | (frozenset(GUESTS) if asked else frozenset()))
    require_same_major(home.folder)
    credentials = Credentials(home.folder / "credentials", environment)
    plan = make_plan(settings, home, credentials, arguments.only, with_sample=arguments.sample, asked=asked)

    screen.line(f"Starting Frontdesk in {home.folder}")
    for part in sorted(arguments.only - started):
        screen.line(f"  - {part} is the one that {ELSEWHERE[part]} names")
    if asked and not plan.guests:
        screen.line(f"  - no models: {'their packages are not installed' if asked.names else 'all are turned off'}")

    def on_running(pids: Mapping[str, int], is_first: bool) -> None:
        if arguments.ready_file:
            write_ready_file(arguments.ready_file, plan, settings, pids)
        if is_first:
            show_addresses(screen, plan, settings, home, credentials)

    adopt_orphans()
    guard = Guard(home.lock)
    supervisor = Supervisor(plan, home, guard, screen, settings.start_timeout_s, on_running)
    try:
        return asyncio.run(supervisor.run())
    finally:
        if arguments.ready_file:
            arguments.ready_file.unlink(missing_ok=True)
        guard.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument(
        "--only",
        type=_parts,
        default=frozenset(STORES + PROGRAMS),
        metavar="PART,...",
        help=f"start these parts alone: {', '.join(STORES + PROGRAMS)}",
    )
    parser.add_argument(
        "--models",
        choices=models.KINDS,
        metavar="|".join(models.KINDS),
        help="start our model server too, with models that suit this machine; LLM_ settings choose others",
    )
    parser.add_argument(
        "--no-sample",
        dest="sample",
        action="store_false",
        help="leave the sample shop out, as FRONTDESK_SAMPLE=0 does",
    )
    parser.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help="write pids, addresses and settings here as JSON once all answer",
    )
    return parser.parse_args()


def _parts(text: str) -> frozenset[str]:
    names = frozenset(text.split(","))
    if unknown := names - {*STORES, *PROGRAMS}:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    sys.exit(main())
