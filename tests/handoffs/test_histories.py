"""One owner at a time, nothing lost, nothing twice, always told, always a way back: whatever happens at once.

`HANDOFF_HISTORIES=100000` lives through so many made-up histories; `HANDOFF_SEED` tells them from others.
"""

import os
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from frontdesk.agents import Role
from frontdesk.bootstrap import Frontdesk
from tests.handoffs.histories import World
from tests.handoffs.invariants import BROKEN
from tests.handoffs.staff import found, hire

HISTORIES = int(os.environ.get("HANDOFF_HISTORIES", "300"))
SEED = int(os.environ.get("HANDOFF_SEED", "1"))
AT_ONCE = 100
STEPS = 10


def worlds() -> Iterator[tuple[int, int]]:
    """Seeds of worlds and how many histories each has."""
    for number, begun in enumerate(range(0, HISTORIES, AT_ONCE)):
        yield SEED * 1_000_000 + number, min(AT_ONCE, HISTORIES - begun)


@pytest.mark.usefixtures("entries")
@pytest.mark.timeout(60 + HISTORIES)
def test_no_history_breaks_what_must_hold(frontdesk: Frontdesk) -> None:
    agents = hire(frontdesk, 5, capacity=20) + hire(frontdesk, 1, Role.ADMIN)
    teams = [
        found(frontdesk, "Shop", agents[:3], assigns=True, first_response_minutes=5),
        found(frontdesk, "Returns", agents[2:5], position=2, languages=["zh"]),
    ]
    began, happened = time.monotonic(), dict[str, int]()
    for seed, size in worlds():
        world = World(frontdesk, agents, teams, seed, size)
        world.live(STEPS)
        with frontdesk.engine.begin() as connection:
            for what, query in BROKEN.items():
                assert connection.execute(text(query)).all() == [], f"seed {seed}: {what}"
            kept = connection.execute(
                text("SELECT conversation_id, idempotency_key FROM messages WHERE sender = 'contact'")
            ).all()
            said = [(life.conversation.id, key) for life in world.lives for key in life.said]
            assert sorted(map(str, kept)) == sorted(map(str, said)), f"seed {seed}: what contacts said"
            replied = connection.scalars(text("SELECT id FROM messages WHERE sender = 'agent'")).all()
            assert set(replied) == {one for life in world.lives for one in life.replied}, f"seed {seed}: replies"
            for activity, count in connection.execute(
                text("SELECT COALESCE(activity, sender), count(*) FROM messages GROUP BY 1")
            ):
                happened[activity] = happened.get(activity, 0) + count
            connection.execute(text("TRUNCATE conversations CASCADE"))
    print(f"{HISTORIES} histories in {time.monotonic() - began:.0f} s: {happened}")
    assert min(happened.values()) > 0
    assert {"claimed", "assigned", "transferred", "released", "snoozed", "woken", "returned", "resolved"} <= set(
        happened
    )
