"""How long reports, exports and the load of the desk take, by how many conversations there are:
`make bench-reports`."""

import argparse
import statistics
import tempfile
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, text

from bench.stores import started
from frontdesk import bootstrap
from frontdesk.agents import Role
from frontdesk.bootstrap import Frontdesk
from frontdesk.reports.filters import Filters
from frontdesk.tables import Base
from tests.conftest import PASSWORD
from tests.reports.month import month_of, set_up

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))
OTHERS = datetime(2025, 6, 1, tzinfo=UTC)
DRAWN = 20_000
REPEATS = 3
HEAD = (
    "conversations in the month",
    "report",
    "of one day",
    "of one topic",
    "load of the desk",
    "table",
    "exchanges",
    "most memory",
)


def main() -> None:
    """Fill a month, and half as many conversations in another, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10, help=f"as many as {DRAWN:,} in the second line")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder, started(Path(folder)) as there:
        frontdesk = bootstrap.build(there.settings)
        frontdesk.agents.create("li@shop.example", "Li Ming", Role.AGENT, PASSWORD)
        world = set_up(frontdesk.engine)
        month_of(frontdesk.engine, DRAWN, 1, world=world)
        month_of(frontdesk.engine, DRAWN // 2, 2, start=OTHERS, world=world)
        print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
        print(_measured(frontdesk, world[0][0], DRAWN), flush=True)
        _multiply(frontdesk.engine, times)
        print(_measured(frontdesk, world[0][0], DRAWN * times), flush=True)
        frontdesk.close()


def _measured(frontdesk: Frontdesk, topic_id: uuid.UUID, count: int) -> str:
    day = replace(MARCH, first=date(2026, 3, 9), last=date(2026, 3, 9))
    topic = replace(MARCH, topic_id=topic_id)
    times = [_milliseconds(partial(frontdesk.reports.report, asked)) for asked in (MARCH, day, topic)]
    times.append(_milliseconds(frontdesk.supervision.load))
    made = (frontdesk.exports.table, frontdesk.exports.exchanges)
    exports = [_seconds(partial(_bytes, export(MARCH))) for export in made]
    tracemalloc.start()
    _bytes(frontdesk.exports.table(day))
    memory = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    cells = [f"{count:,}", *(f"{ms:.0f} ms" for ms in times), *(f"{s:.1f} s" for s in exports), f"{memory:.0f} MiB"]
    return f"| {' | '.join(cells)} |"


def _multiply(engine: Engine, times: int) -> None:
    """So many times as many conversations, of as many times as many contacts."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name in ("contacts", "conversations", "messages", "handoffs", "surveys"):
            columns = [column.name for column in Base.metadata.tables[name].columns]
            anew = {"id", "contact_id", "conversation_id", "reply_to"}
            values = [f"md5({one}::text || copy)::uuid" if one in anew else one for one in columns]
            into, read = ", ".join(columns), ", ".join(values)
            copies = f"INSERT INTO {name} ({into}) SELECT {read} FROM {name}, generate_series(2, :times) AS copy"  # noqa: S608
            connection.execute(text(copies), {"times": times})
        connection.execute(text("ANALYZE contacts, conversations, messages, handoffs, surveys"))


def _bytes(pieces: Iterable[bytes]) -> int:
    return sum(map(len, pieces))


def _milliseconds(work: Callable[[], object]) -> float:
    return 1000 * statistics.median(_seconds(work) for _ in range(REPEATS))


def _seconds(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
