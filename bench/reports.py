"""How long reports and exports take, by how many conversations there are: `make bench-reports`."""

import argparse
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from bench.stores import started
from frontdesk import bootstrap
from frontdesk.agents import Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.reports.filters import Filters
from frontdesk.teams.models import Team
from tests.conftest import PASSWORD
from tests.reports.month import month_of, set_up

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))
YEAR_BEFORE = 2025
REPEATS = 5


def main() -> None:
    """Fill a month, beside a year of as many conversations in other months, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, nargs="+", default=[20_000, 200_000], metavar="COUNT")
    counts = parser.parse_args().conversations
    print("| conversations in the month | report | of one day | of one topic | table | exchanges | most memory |")
    print("|---|---|---|---|---|---|---|")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder, started(Path(folder)) as there:
            frontdesk = bootstrap.build(there.settings)
            try:
                print(_measured(frontdesk, count), flush=True)
            finally:
                frontdesk.close()


def _measured(frontdesk: Frontdesk, count: int) -> str:
    frontdesk.agents.create("li@shop.example", "Li Ming", Role.AGENT, PASSWORD)
    with frontdesk.sessions.begin() as session:
        session.add(Team(name="Shop", position=0, first_response_minutes=10, resolution_minutes=240))
    world = set_up(frontdesk.engine)
    month_of(frontdesk.engine, count, 1, world=world)
    for month in range(2, 12, 3):
        start = datetime(YEAR_BEFORE, month, 1, tzinfo=UTC)
        month_of(frontdesk.engine, count // 4, month, start=start, world=world)
    day = replace(MARCH, first=date(2026, 3, 9), last=date(2026, 3, 9))
    topic = replace(MARCH, topic_id=world[0][0])
    times = [_milliseconds(lambda asked=asked: frontdesk.reports.report(asked)) for asked in (MARCH, day, topic)]
    tracemalloc.start()
    exports = [
        _seconds(lambda made=made: sum(len(piece) for piece in made(MARCH)))
        for made in (frontdesk.exports.table, frontdesk.exports.exchanges)
    ]
    memory = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    cells = [f"{count:,}", *(f"{ms:.0f} ms" for ms in times), *(f"{s:.1f} s" for s in exports), f"{memory:.0f} MiB"]
    return f"| {' | '.join(cells)} |"


def _milliseconds(work: Callable[[], object]) -> float:
    return 1000 * statistics.median(_seconds(work) for _ in range(REPEATS))


def _seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
